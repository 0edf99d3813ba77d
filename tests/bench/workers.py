"""The workers: one program for each way to cross the boundary, all asked in the same words."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

from files import BENCH

# In the order of the tables: the floor, ours, and what is in use today.
IMPLS = ["c", "rust", "capi", "go", "libbpfgo"]
# Those that load the boundary object themselves; the others have it built in.
LOADERS = {"c", "libbpfgo"}
# Tasks come in multiples of this (BENCH_FILL in aid.h).
FILL = 4096


class WorkerError(Exception):
    """A worker ended, or answered something unexpected."""


@dataclass
class Answer:
    """The total cost of some tasks."""

    tasks: int
    ns: int
    allocations: int
    crossings: int


class Worker:
    """A worker that runs on one CPU. It sleeps between questions."""

    def __init__(self, impl: str, cpu: int, before: list[str] | None = None):
        self.impl = impl
        command = [*(before or []), str(BENCH / impl)]
        if impl in LOADERS:
            command.append(str(BENCH / "boundary.bpf.o"))
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"LD_LIBRARY_PATH": str(BENCH / "lib")},
            preexec_fn=lambda: os.sched_setaffinity(0, {cpu}),
        )
        if self._read() != "ready":
            raise WorkerError(f"the worker {impl} does not start")

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> str:
        line = self.process.stdout.readline().strip()
        if not line:
            raise WorkerError(f"the worker {self.impl} ended; what it said stands above")
        return line

    def ask(self, name: str, batch: int, tasks: int) -> Answer | None:
        """Measures; None if this worker does not have this measure."""
        self.process.stdin.write(f"{name} {batch} {tasks}\n")
        self.process.stdin.flush()
        line = self._read()
        if line == "unsupported":
            return None
        ns, allocations, crossings = map(int, line.split())
        return Answer(tasks, ns, allocations, crossings)

    def close(self) -> None:
        """Lets it end."""
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()

#!/usr/bin/env python3
"""Adds up the test suites.

    summary.py suite NAME KIND -- COMMAND...   runs one suite, shows its output, counts it
    summary.py all MAKE STAGE...               runs all, the later ones too when one fails, and prints the sum

A STAGE is one target of make, several ("a b"), or several rows of them that run side by side ("a b | c | d"). The later
rows only get what nobody else wants of the CPUs; what they say is shown when they have ended. The next stage begins when
the first row has ended.

KIND tells how to count: cargo, go (`go test -json`), unittest, or line (a suite that prints
`N passed, N failed[, N skipped]` itself, and `FAIL WHAT` for each failure). A suite that fails without naming
a test counts as one failure, and so does one that ran nothing. What failed is told once more before the sum, for
those who see only the end of the log.
"""

from __future__ import annotations

import codecs
import dataclasses
import fcntl
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import IO

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/vm"))
from util import cpu_time_s  # noqa: E402

SUMMARY = ROOT / "target/test-summary.json"


@dataclasses.dataclass
class Count:
    """What a suite gives."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    # One line for each test that failed, as far as the suite names them.
    failures: list[str] = dataclasses.field(default_factory=list)
    # Of make, that ran it.
    target: str = ""
    # What it took of the CPUs.
    cpu_s: float = dataclasses.field(default=0, compare=False)

    def ran(self) -> int:
        return self.passed + self.failed + self.skipped

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed"
        return f"{text}, {self.skipped} skipped" if self.skipped else text


def show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


class Lines:
    """Shows output as it comes and hands over whole lines."""

    def __init__(self, take: Callable[[str], None], shown: bool = True):
        self.take = take
        self.shown = shown
        self.rest = ""

    def feed(self, chunk: str) -> None:
        if self.shown:
            show(chunk)
        *lines, self.rest = (self.rest + chunk).split("\n")
        for line in lines:
            self.take(line)


def cargo(count: Count, line: str) -> None:
    if match := re.match(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", line):
        count.passed += int(match[1])
        count.failed += int(match[2])
        count.skipped += int(match[3])
    elif match := re.fullmatch(r"test (.+) \.\.\. FAILED", line):
        count.failures.append(match[1])


def unittest(count: Count, line: str) -> None:
    if match := re.match(r"Ran (\d+) tests? in", line):
        count.passed += int(match[1])
    elif match := re.fullmatch(r"(?:FAIL|ERROR): (.+)", line):
        count.failures.append(match[1])
    elif re.match(r"(OK|FAILED)\b", line):
        numbers = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}
        failed = numbers.get("failures", 0) + numbers.get("errors", 0)
        count.passed -= failed + numbers.get("skipped", 0)
        count.failed += failed
        count.skipped += numbers.get("skipped", 0)


def line(count: Count, text: str) -> None:
    if match := re.fullmatch(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", text.strip()):
        count.passed, count.failed, count.skipped = int(match[1]), int(match[2]), int(match[3] or 0)
    elif match := re.fullmatch(r"FAIL (.+)", text):
        # Some suites repeat at their end what they said before.
        if match[1] not in count.failures:
            count.failures.append(match[1])


class Go:
    """`go test -json`: shows packages, and the output of tests that fail."""

    def __init__(self) -> None:
        self.output: dict[str, str] = {}

    def __call__(self, count: Count, text: str) -> None:
        try:
            event = json.loads(text)
        except ValueError:
            show(text + "\n")
            return
        action, test = event.get("Action"), event.get("Test")
        if action in ("output", "build-output"):
            if test is None:
                show(event["Output"])
            else:
                self.output[self._key(event)] = self.output.get(self._key(event), "") + event["Output"]
        elif test is not None and action in ("pass", "fail", "skip"):
            output = self.output.pop(self._key(event), "")
            if action == "fail":
                show(output)
                count.failures.append(self._key(event) + self._reason(output))
            # Subtests are parts of a test, not tests to count.
            if "/" not in test:
                count.passed += action == "pass"
                count.failed += action == "fail"
                count.skipped += action == "skip"

    @staticmethod
    def _key(event: dict) -> str:
        return f"{event.get('Package')} {event.get('Test')}"

    @staticmethod
    def _reason(output: str) -> str:
        """The first line that names a file."""
        match = re.search(r"^\s+(\w+\.go:\d+: .*)$", output, re.M)
        return f": {match[1]}" if match else ""


def counter(kind: str) -> Callable[[Count, str], None]:
    return Go() if kind == "go" else {"cargo": cargo, "unittest": unittest, "line": line}[kind]


def judge(count: Count, status: int) -> Count:
    """Nothing that went wrong may look like success."""
    if (status != 0 and count.failed == 0) or count.ran() == 0:
        count.failed += 1
        count.failures.append(f"exit status {status}" if status else "ran no test")
    return count


def run_suite(name: str, kind: str, command: list[str]) -> int:
    show(f"\n== {name}: {' '.join(command)}\n")
    count = Count()
    take = counter(kind)
    lines = Lines(lambda text: take(count, text), shown=kind != "go")
    try:
        # Leaving the block waits for the command, also when interrupted: its own clean-up must finish.
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            decode = codecs.getincrementaldecoder("utf-8")("replace").decode
            while chunk := os.read(process.stdout.fileno(), 65536):
                lines.feed(decode(chunk))
            lines.feed("\n" if lines.rest else "")
        status = process.returncode
    except FileNotFoundError as error:
        show(f"cannot run {name}: {error}\n")
        status = 127
    except KeyboardInterrupt:
        return 130
    judge(count, status)
    count.cpu_s = cpu_time_s()
    show(f"== {name}: {count}\n")
    record(name, count)
    return int(count.failed > 0)


def record(name: str, count: Count) -> None:
    target = os.environ.get("SCXB_SUMMARY")
    if target is None:
        return  # a single suite, run by hand
    store(name, count, target)


def store(name: str, count: Count, target: str) -> None:
    count.target = target
    # Suites may run side by side.
    with open(SUMMARY.with_suffix(".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        suites = load() | {name: count}
        SUMMARY.write_text(json.dumps({name: dataclasses.asdict(count) for name, count in suites.items()}, indent=1) + "\n")


def load() -> dict[str, Count]:
    try:
        return {name: Count(**fields) for name, fields in json.loads(SUMMARY.read_text()).items()}
    except (OSError, ValueError):
        return {}


def failures_of(target: str) -> int:
    return sum(count.failed for count in load().values() if count.target == target)


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60:3} min {int(seconds) % 60:02} s"


# Before a command: it and all that it starts run only where a CPU would be idle.
WHERE_IDLE = ["chrt", "--idle", "0"]


class Row:
    """Targets that run one after the other."""

    before: list[str] = []

    def __init__(self, make: str, targets: list[str], took: dict[str, float]):
        self.make = make
        self.targets = targets
        self.took = took

    def run(self, output: IO[bytes] | None = None) -> None:
        for target in self.targets:
            began = time.monotonic()
            status = self._make(target, output)
            self.took[target] = time.monotonic() - began
            if status != 0 and failures_of(target) == 0:
                # It broke before any suite could be counted, as a build does.
                text = f"== {target}: failed with {status}\n"
                if output:
                    output.write(text.encode())
                else:
                    show(text)
                store(target, judge(Count(), status), target)

    def _make(self, target: str, output: IO[bytes] | None) -> int:
        # Open descriptors pass on: one is make's jobserver.
        return subprocess.run(
            [*self.before, self.make, "--no-print-directory", target],
            env=os.environ | {"SCXB_SUMMARY": target},
            stdout=output,
            stderr=output and subprocess.STDOUT,
            close_fds=False,
            check=False,
        ).returncode


class Beside(Row):
    """One that runs beside others, and keeps what it says until it has ended."""

    before = WHERE_IDLE

    def __init__(self, make: str, targets: list[str], took: dict[str, float]):
        super().__init__(make, targets, took)
        self.output = tempfile.TemporaryFile()
        self.thread = threading.Thread(target=self.run, args=(self.output,))
        show(f"beside the others: {' '.join(targets)}\n")
        self.thread.start()

    def wait(self) -> None:
        if self.thread.is_alive():
            show(f"\nwaiting for {' '.join(self.targets)}\n")
        self.thread.join()
        with self.output:
            self.output.seek(0)
            show(self.output.read().decode(errors="replace"))


def run_stage(make: str, stage: str, took: dict[str, float]) -> list[Beside]:
    """Returns what goes on beside the later stages."""
    first, *others = (row.split() for row in stage.split("|"))
    beside = [Beside(make, targets, took) for targets in others]
    Row(make, first, took).run()
    return beside


def run_all(make: str, stages: list[str]) -> int:
    SUMMARY.parent.mkdir(exist_ok=True)
    SUMMARY.write_text("{}\n")
    took: dict[str, float] = {}
    beside: list[Beside] = []
    for stage in stages:
        beside += run_stage(make, stage, took)
    for row in beside:
        row.wait()
    suites = load()
    total = Count(*(sum(getattr(count, field) for count in suites.values()) for field in ("passed", "failed", "skipped")))
    width = max(len(name) for name in [*suites, *took])
    show("\n" + "".join(f"{name:<{width}}  {count}  ({count.cpu_s:.0f} s of CPU)\n" for name, count in suites.items()))
    # With what had to be built for them.
    show("\n" + "".join(f"{target:<{width}}  {clock(seconds)}\n" for target, seconds in took.items()))
    failures = [f"FAIL {name}: {failure}\n" for name, count in suites.items() for failure in count.failures]
    show("\n" + "".join(failures) if failures else "")
    show(f"\n{total}\n")
    return int(total.failed > 0 or total.ran() == 0)


def main() -> int:
    arguments = sys.argv[1:]
    if len(arguments) > 4 and arguments[0] == "suite" and arguments[3] == "--":
        return run_suite(arguments[1], arguments[2], arguments[4:])
    if len(arguments) > 2 and arguments[0] == "all":
        return run_all(arguments[1], arguments[2:])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())

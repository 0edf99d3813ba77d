#!/usr/bin/env python3
"""The boundary benchmarks: what a task costs between the rings and the program that decides.

    bench.py run [--repeats N] [--no-docs]         measures, writes target/bench and docs/performance.md
    bench.py migrating [--repeats N] [--no-docs]   the package qumun, into docs/migrating.md
    bench.py guard [--update]                      counts, and compares with baseline.json

`make bench` and `make test-bench` call this, after tests/bench/build.sh. Needs root, and no sched_ext.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import re
import sys
import tempfile

import machine
import plot
import report
from files import BENCH, ROOT, write
from workers import FILL, IMPLS, Worker, WorkerError

SUITE = "boundary"
DOCUMENT = ROOT / "docs/performance.md"
PLOT = ROOT / "docs/performance-boundary.svg"
BASELINE = pathlib.Path(__file__).with_name("baseline.json")

BATCHES = [1, 8, 64, 512]
MEASURES = [
    (name, batch)
    for name in ("receive", "dispatch", "flush", "select_cpus", "round", "round_select")
    for batch in BATCHES
] + [("select_cpu", 1)]

# The costs of a scheduler written for scx_goland_core: with the package qumun, natively, and with its old libraries.
MIGRATING = ROOT / "docs/migrating.md"
MIGRATING_IMPLS = ["qumun", "go", "libbpfgo"]
MIGRATING_MEASURES = [(name, batch) for name in ("round", "round_select") for batch in (1, 8, 64)]

# How long one sample should take; in a long one the timer tick matters less.
SAMPLE_NS = 10_000_000
MOST_TASKS = 64 * FILL


def quiet_cpu() -> int:
    """Returns the CPU for all workers, and keeps the driver off it: the last one, since interrupts prefer the first."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) > 1:
        os.sched_setaffinity(0, cpus[:-1])
    return cpus[-1]


def sample_sizes(workers: dict[str, Worker], measures: list[tuple[str, int]]) -> dict[report.Key, int]:
    """The number of tasks in one sample of each measure, so that it takes about SAMPLE_NS. Warms up as well."""
    sizes = {}
    for name, batch in measures:
        for impl, worker in workers.items():
            worker.ask(name, batch, FILL)
            answer = worker.ask(name, batch, FILL)
            if answer is not None:
                fills = round(SAMPLE_NS / max(answer.ns, 1))
                sizes[name, impl, batch] = FILL * max(1, min(fills, MOST_TASKS // FILL))
    return sizes


def measure(
    workers: dict[str, Worker], measures: list[tuple[str, int]], repeats: int
) -> dict[report.Key, list[report.Sample]]:
    """In each repeat all implementations take turns at each measure, in an order that changes."""
    sizes = sample_sizes(workers, measures)
    samples: dict[report.Key, list[report.Sample]] = {key: [] for key in ordered(sizes)}
    shuffle = random.Random(1).shuffle
    for repeat in range(repeats):
        print(f"repeat {repeat + 1} of {repeats}", flush=True)
        for name, batch in measures:
            turns = [impl for impl in workers if (name, impl, batch) in sizes]
            shuffle(turns)
            for impl in turns:
                tasks = sizes[name, impl, batch]
                answer = workers[impl].ask(name, batch, tasks)
                samples[name, impl, batch].append(report.Sample(answer.ns / tasks, answer.allocations / tasks))
    return samples


def ordered(keys: dict[report.Key, int]) -> list[report.Key]:
    names, impls = list(report.MEASURE_NAMES), list(report.IMPL_NAMES | report.GOLAND)
    return sorted(keys, key=lambda key: (names.index(key[0]), impls.index(key[1]), key[2]))


def measured(impls: list[str], measures: list[tuple[str, int]], repeats: int) -> report.Results:
    if os.geteuid() != 0:
        raise WorkerError("loading BPF programs needs root")
    cpu = quiet_cpu()
    workers = {impl: Worker(impl, cpu) for impl in impls}
    try:
        return report.summarize(measure(workers, measures, repeats))
    finally:
        for worker in workers.values():
            worker.close()


def migrating(repeats: int, docs: bool) -> int:
    results = measured(MIGRATING_IMPLS, MIGRATING_MEASURES, repeats)
    text = report.migrating(results, machine.describe(), repeats)
    write(BENCH / "migrating.json", json.dumps(report.as_json("migrating", results), indent=1) + "\n")
    if docs:
        write(MIGRATING, report.splice(MIGRATING.read_text(), "migrating", text))
    print("\n" + text)
    return 0


def run(repeats: int, docs: bool) -> int:
    results = measured(IMPLS, MEASURES, repeats)
    text = report.markdown(results, machine.describe(), repeats, PLOT.name)
    write(BENCH / f"{SUITE}.json", json.dumps(report.as_json(SUITE, results), indent=1) + "\n")
    if docs:
        write(PLOT, plot.plot(results))
        write(DOCUMENT, report.splice(DOCUMENT.read_text(), SUITE, text))
    print("\n" + text)
    return 0


GUARDED = ["c", "rust", "capi", "go"]
GUARD_BATCH = 64
GUARD_ROUNDS = 8 * FILL // GUARD_BATCH
# Rounds that wait for their only record. (Go's runtime then makes some system calls of its own.)
IDLE = "go, idle round"
IDLE_COUNTED = ("allocations", "crossings")


def count_idle(cpu: int) -> dict[str, float]:
    """What a round costs that begins with an empty ring."""
    with Worker("go", cpu) as worker:
        worker.ask("idle_round", 1, FILL)
        answer = worker.ask("idle_round", 1, FILL)
    return {what: round(getattr(answer, what) / FILL) for what in IDLE_COUNTED}


def count(impl: str, cpu: int) -> dict[str, float]:
    """The exactly countable costs of a round of 64 tasks."""
    with tempfile.NamedTemporaryFile("r", prefix="scxb-bench-") as sum_file:
        with Worker(impl, cpu, before=[str(BENCH / "count"), sum_file.name]) as worker:
            worker.ask("round", GUARD_BATCH, FILL)  # so that one-time costs are not counted
            before = int(sum_file.read())
            answer = worker.ask("round", GUARD_BATCH, GUARD_ROUNDS * GUARD_BATCH)
            sum_file.seek(0)
            calls = int(sum_file.read()) - before
    # Rounding removes what the Go runtime does by itself now and then.
    return {
        "allocations": round(answer.allocations / GUARD_ROUNDS),
        "crossings": round(answer.crossings / GUARD_ROUNDS),
        "system_calls": round(calls / GUARD_ROUNDS),
    }


# Workers in C, where callgrind can recognize time_measure().
COUNTED_INSTRUCTIONS = ["c", "capi"]
# Compilers and C libraries differ a little.
INSTRUCTIONS_TOLERANCE = 0.15


def instructions(impl: str, cpu: int) -> int:
    """The instructions of a round of 64 tasks in user space, as counted by valgrind's callgrind."""
    with tempfile.NamedTemporaryFile("r", prefix="scxb-bench-") as log:
        valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log.name}"]
        with Worker(impl, cpu, before=[*valgrind, "--toggle-collect=time_measure"]) as worker:
            worker.ask("round", GUARD_BATCH, GUARD_ROUNDS * GUARD_BATCH)
        found = re.search(r"Collected : (\d+)", log.read())
    if not found or int(found.group(1)) < GUARD_ROUNDS:
        raise WorkerError(f"callgrind did not count the instructions of the worker {impl}")
    return round(int(found.group(1)) / GUARD_ROUNDS)


def costs_the_same(counts: dict[str, float], wanted: dict[str, float] | None) -> bool:
    """Whether the counts are those of the baseline: instructions within a tolerance, all others exactly."""
    if wanted is None or counts.keys() != wanted.keys():
        return False
    tolerated = wanted.get("instructions", 0) * INSTRUCTIONS_TOLERANCE
    return all(abs(counts[what] - wanted[what]) <= (tolerated if what == "instructions" else 0) for what in counts)


def guard(update: bool) -> int:
    if os.geteuid() != 0:
        print("skipped: loading BPF programs needs root")
        print(f"0 passed, 0 failed, {len(GUARDED) + 1} skipped")
        return 0
    cpu = quiet_cpu()
    found = {impl: count(impl, cpu) for impl in GUARDED}
    for impl in COUNTED_INSTRUCTIONS:
        found[impl]["instructions"] = instructions(impl, cpu)
    found[IDLE] = count_idle(cpu)
    if update:
        write(BASELINE, json.dumps(found, indent=1) + "\n")
        return 0
    baseline = json.loads(BASELINE.read_text())
    failed = 0
    for impl, counts in found.items():
        if costs_the_same(counts, baseline.get(impl)):
            print(f"ok {impl}: {counts}")
        else:
            failed += 1
            print(f"FAIL {impl}: a round costs {counts}, and should {baseline.get(impl)}; on purpose? bench.py guard --update")
    print(f"{len(found) - failed} passed, {failed} failed")
    return int(failed > 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for command in ("run", "migrating"):
        running = commands.add_parser(command)
        running.add_argument("--repeats", type=int, default=15, help="at least 5")
        running.add_argument("--no-docs", action="store_true", help="leave docs alone")
    guarding = commands.add_parser("guard")
    guarding.add_argument("--update", action="store_true", help="make this the baseline")
    arguments = parser.parse_args()
    try:
        if arguments.command == "guard":
            return guard(arguments.update)
        if arguments.repeats < 5:
            parser.error("fewer than 5 repeats say little")
        measuring = migrating if arguments.command == "migrating" else run
        return measuring(arguments.repeats, not arguments.no_docs)
    except WorkerError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

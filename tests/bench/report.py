"""From samples to results: medians, goals, tables, and their place in docs/performance.md."""

from __future__ import annotations

import statistics
import textwrap
from dataclasses import dataclass

IMPL_NAMES = {
    "c": "C on libbpf (the floor)",
    "rust": "scxbridge, Rust",
    "capi": "scxbridge, C ABI",
    "go": "scxbridge, Go",
    "libbpfgo": "libbpfgo, cilium/ebpf",
}
# Measured only by the suite migrating.
QUMUN = {"qumun": "scxbridge, package qumun"}
MEASURE_NAMES = {
    "round": "The whole round: receive, decide, dispatch, flush",
    "round_select": "The round with a CPU chosen for each task",
    "receive": "Receive records",
    "dispatch": "Dispatch decisions, flush included",
    "flush": "Flush alone",
    "select_cpu": "Choose a CPU, one call each",
    "select_cpus": "Choose CPUs, one call a batch",
}

# (name, impl, batch)
Key = tuple[str, str, int]


@dataclass(frozen=True)
class Sample:
    """What a task cost in one repeat."""

    ns: float
    allocations: float


@dataclass(frozen=True)
class Result:
    """The median over the repeats, and the quartiles: half of the repeats lie between them."""

    ns: float
    low: float
    high: float
    allocations: float


Results = dict[Key, Result]


def summarize(samples: dict[Key, list[Sample]]) -> Results:
    """Quartiles, not extremes, which only show what else the machine did meanwhile."""
    results = {}
    for key, some in samples.items():
        low, median, high = statistics.quantiles((s.ns for s in some), n=4, method="inclusive")
        results[key] = Result(median, low, high, statistics.median(s.allocations for s in some))
    return results


def as_json(suite: str, results: Results) -> list[dict]:
    return [
        {
            "suite": suite,
            "name": name,
            "impl": impl,
            "batch": batch,
            "ns_per_task": round(r.ns, 2),
            "allocs_per_task": round(r.allocations, 4),
        }
        for (name, impl, batch), r in results.items()
    ]


@dataclass(frozen=True)
class Goal:
    """A ratio of two results that must be at least, or at most, a bound."""

    text: str
    above: Key
    below: Key
    bound: float
    at_least: bool

    def ratio(self, results: Results) -> float:
        return results[self.above].ns / results[self.below].ns

    def met(self, results: Results) -> bool:
        ratio = self.ratio(results)
        return ratio >= self.bound if self.at_least else ratio <= self.bound


GOALS = [
    Goal(
        "Go, batch 64: receive + dispatch + flush, compared with the C floor",
        ("round", "go", 64),
        ("round", "c", 64),
        1.5,
        at_least=False,
    ),
    Goal(
        "Go, batch 64: libbpfgo + cilium/ebpf with select_cpu, compared with our round",
        ("round", "libbpfgo", 64),
        ("round", "go", 64),
        40,
        at_least=True,
    ),
    Goal(
        "Go: select_cpu with one call each, compared with select_cpus for 64",
        ("select_cpu", "go", 1),
        ("select_cpus", "go", 64),
        10,
        at_least=True,
    ),
]

# No goals, but reported beside them.
OTHER_RATIOS = [
    (
        "C floor, batch 64: libbpfgo + cilium/ebpf with select_cpu, compared with its round (no library can do better)",
        ("round", "libbpfgo", 64),
        ("round", "c", 64),
    ),
    (
        "Go, batch 64: libbpfgo + cilium/ebpf with select_cpu, compared with our round with select_cpus",
        ("round", "libbpfgo", 64),
        ("round_select", "go", 64),
    ),
    (
        "Go, batch 1: libbpfgo + cilium/ebpf with select_cpu, compared with our round",
        ("round", "libbpfgo", 1),
        ("round", "go", 1),
    ),
    (
        "Go, batch 1: receive + dispatch + flush, compared with the C floor",
        ("round", "go", 1),
        ("round", "c", 1),
    ),
]


def goals_table(results: Results) -> list[str]:
    lines = ["| ratio | goal | measured | |", "| --- | --- | --- | --- |"]
    for goal in GOALS:
        bound = f"{'at least' if goal.at_least else 'at most'} {goal.bound:g}"
        verdict = "met" if goal.met(results) else "**not met**"
        lines.append(f"| {goal.text} | {bound} | {goal.ratio(results):.2f} | {verdict} |")
    for text, above, below in OTHER_RATIOS:
        lines.append(f"| {text} | | {results[above].ns / results[below].ns:.2f} | |")
    return lines


def number(ns: float) -> str:
    return f"{ns:.1f}" if ns < 100 else f"{ns:.0f}"


def cell(result: Result | None) -> str:
    if result is None:
        return "–"
    return f"**{number(result.ns)}** ({number(result.low)} to {number(result.high)})"


def measure_table(name: str, results: Results) -> list[str]:
    """Time per task in ns: a row for each implementation, a column for each batch."""
    batches = sorted({key[2] for key in results if key[0] == name})
    lines = [f"| {' | '.join(['', *(f'batch {b}' for b in batches)])} |"]
    lines.append("| --- " * (len(batches) + 1) + "|")
    for impl, title in IMPL_NAMES.items():
        row = [results.get((name, impl, batch)) for batch in batches]
        if any(row):
            lines.append(f"| {' | '.join([title, *map(cell, row)])} |")
    return lines


def allocations_table(results: Results) -> list[str]:
    """The most that any batch size costs, so that nothing hides in a mean."""
    lines = ["| | " + " | ".join(MEASURE_NAMES) + " |", "| --- " * (len(MEASURE_NAMES) + 1) + "|"]
    for impl, title in IMPL_NAMES.items():
        row = []
        for name in MEASURE_NAMES:
            some = [r.allocations for (n, i, _), r in results.items() if (n, i) == (name, impl)]
            row.append(f"{max(some):.2f}".rstrip("0").rstrip(".") if some else "–")
        lines.append(f"| {title} | " + " | ".join(row) + " |")
    return lines


def markdown(results: Results, machine: list[tuple[str, str]], repeats: int, plot: str) -> str:
    lines = ["### Goals", "", *goals_table(results), ""]
    lines += [f"![Time per task over the size of the batch, for each way to cross the boundary]({plot})", ""]
    lines += ["### Time", ""]
    lines += [f"Nanoseconds per task: the median of {repeats} repeats, and the quartiles: half of them lie in between.", ""]
    for name, title in MEASURE_NAMES.items():
        if any(key[0] == name for key in results):
            lines += [f"**{title}** (`{name}`)", "", *measure_table(name, results), ""]
    lines += ["### Allocations", ""]
    lines += ["Allocations per task, on Go's heap and by malloc together; the batch size with most of them.", ""]
    lines += [*allocations_table(results), ""]
    lines += ["### Machine", "", "| | |", "| --- | --- |"]
    lines += [f"| {key} | {value} |" for key, value in machine]
    return "\n".join(lines) + "\n"


def migrating(results: Results, machine: list[tuple[str, str]], repeats: int) -> str:
    """The package qumun beside what it replaces, which asks for a CPU for each task, and what it is built on."""
    lines = ["| a task costs, in ns | batch 1 | batch 8 | batch 64 |", "| --- | --- | --- | --- |"]
    rows = [
        ("libbpfgo and cilium/ebpf, a CPU asked for", "libbpfgo", "round"),
        ("qumun, a CPU asked for, and each time one found", "qumun", "round_select"),
        ("qumun, no CPU asked for", "qumun", "round"),
        ("the package scxbridge, no CPU asked for", "go", "round"),
    ]
    for title, impl, name in rows:
        lines.append(f"| {title} | " + " | ".join(cell(results[name, impl, batch]) for batch in (1, 8, 64)) + " |")
    lines += ["", "| times as much | batch 1 | batch 8 | batch 64 |", "| --- | --- | --- | --- |"]
    for title, (above_impl, above), (below_impl, below) in [
        ("libbpfgo and cilium/ebpf, compared with qumun that asks", ("libbpfgo", "round"), ("qumun", "round_select")),
        ("libbpfgo and cilium/ebpf, compared with qumun that does not", ("libbpfgo", "round"), ("qumun", "round")),
        ("qumun, compared with the package scxbridge", ("qumun", "round"), ("go", "round")),
    ]:
        ratios = [results[above, above_impl, b].ns / results[below, below_impl, b].ns for b in (1, 8, 64)]
        lines.append(f"| {title} | " + " | ".join(f"{r:.1f}" for r in ratios) + " |")
    lines += ["", "| allocations per task | |", "| --- | --- |"]
    for impl in ("libbpfgo", "qumun", "go"):
        most = max(r.allocations for (_, i, _), r in results.items() if i == impl)
        lines.append(f"| {(IMPL_NAMES | QUMUN)[impl]} | {most:.2f} |")
    where = "; ".join(f"{key}: {value}" for key, value in machine)
    lines += ["", *textwrap.wrap(f"The median of {repeats} repeats, and the quartiles. {where}.", 118)]
    return "\n".join(lines) + "\n"


def splice(document: str, suite: str, text: str) -> str:
    """Puts the text between the suite's markers; what people wrote around them stays."""
    begin, end = f"<!-- {suite}: begin -->\n", f"<!-- {suite}: end -->"
    head, found, rest = document.partition(begin)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the document has no place for the suite {suite}: {begin.strip()} ... {end}")
    return f"{head}{begin}{text}{end}{tail}"

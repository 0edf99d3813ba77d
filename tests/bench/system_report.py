"""From the samples of the system benchmarks to medians, goals and tables."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

# The tables' columns, in their order; a run may have others, named by their options.
IMPL_NAMES = {
    "default": "kernel default",
    "goland": "scx_goland",
    "goland --one-domain": "scx_goland, one domain",
    "earlier": "earlier scx_goland",
    "rustland": "scx_rustland",
    "bpfland": "scx_bpfland",
    "rusty": "scx_rusty",
    "bare": "bare sched_ext",
}
LOADS = {
    "cyclictest/avg": "cyclictest under a hog per CPU, average",
    "cyclictest/max": "cyclictest under a hog per CPU, maximum",
    "sleeper/p50": "wake-up of a sleeper under a hog per CPU, p50",
    "sleeper/p99": "wake-up of a sleeper under a hog per CPU, p99",
    "sleeper/max": "wake-up of a sleeper under a hog per CPU, maximum",
    "pingpong_one/round": "pipe ping-pong on one CPU, a round trip",
    "pingpong_free/round": "pipe ping-pong on any CPU, a round trip",
    "messages/message": "messages among eight tasks, each",
    "hackbench/run": "hackbench, all of it",
    "wakers/p50": "wake-up of a messenger's workers, p50",
    "wakers/p99": "wake-up of a messenger's workers, p99",
    "wakers/max": "wake-up of a messenger's workers, maximum",
    "hogs/loop": "hogs, two per CPU: a loop",
}
PROFILED = {
    "pingpong_one": "ping-pong, one CPU",
    "pingpong_free": "ping-pong, any CPU",
    "messages": "messages",
}
# A maximum is one unlucky event, so it is shown but not judged.
JUDGED = [name for name in LOADS if not name.endswith("/max")]


@dataclass(frozen=True)
class Result:
    """The median over the rounds, and the quartiles: half of the rounds lie between them."""

    value: float
    low: float
    high: float


# (name, impl)
Results = dict[tuple[str, str], Result]


def summarize(samples: list[dict]) -> Results:
    grouped: dict[tuple[str, str], list[float]] = {}
    for sample in samples:
        grouped.setdefault((sample["name"], sample["impl"]), []).append(sample["value"])
    return {key: spread(values) for key, values in grouped.items()}


def spread(values: list[float]) -> Result:
    if len(values) == 1:
        return Result(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Result(median, low, high)


def is_time(name: str) -> bool:
    return not name.startswith(("agent/", "decisions/", "carried_out/", "switches/", "bpf_calls/"))


def as_json(suite: str, results: Results) -> list[dict]:
    """What is a time; a task is whatever one of the name is. Nothing counts allocations here."""
    return [
        {"suite": suite, "name": name, "impl": impl, "batch": 1, "ns_per_task": round(r.value, 2), "allocs_per_task": None}
        for (name, impl), r in results.items()
        if is_time(name)
    ]


@dataclass(frozen=True)
class Goal:
    """scx_goland's median divided by another's must be at most the bound."""

    text: str
    name: str
    other: str
    bound: float

    def ratio(self, results: Results) -> float | None:
        return ratio(results, self.name, "goland", self.other)


GOALS = [
    Goal("cyclictest under hogs, average: against the kernel default", "cyclictest/avg", "default", 1),
    Goal("sleeper under hogs, p99: against the kernel default", "sleeper/p99", "default", 1),
    Goal("ping-pong on one CPU: against the kernel default", "pingpong_one/round", "default", 1.3),
    Goal("ping-pong on any CPU: against the kernel default", "pingpong_free/round", "default", 1.2),
    Goal("hogs, time for a loop: against the kernel default", "hogs/loop", "default", 1.03),
    Goal("hackbench: against scx_rustland", "hackbench/run", "rustland", 1),
    Goal("agent's CPU time per decision carried out: against scx_rustland's", "cpu_carried_out/all", "rustland", 0.5),
    Goal("agent's CPU time per decision, leases not counted: against scx_rustland's", "cpu/all", "rustland", 0.5),
]


def ratio(results: Results, name: str, impl: str, other: str) -> float | None:
    above, below = results.get((name, impl)), results.get((name, other))
    return above.value / below.value if above and below and below.value else None


def goals_table(results: Results) -> list[str]:
    lines = ["| ratio | goal | measured | |", "| --- | --- | --- | --- |"]
    for goal in GOALS:
        found = goal.ratio(results)
        if found is None:
            lines.append(f"| {goal.text} | at most {goal.bound:g} | – | not measured |")
        else:
            lines.append(f"| {goal.text} | at most {goal.bound:g} | {found:.2f} | {verdict(found <= goal.bound)} |")
    behind = [name for name in JUDGED if (ratio(results, name, "goland", "rustland") or 0) > 1]
    compared = [name for name in JUDGED if ratio(results, name, "goland", "rustland") is not None]
    if compared:
        lines.append(
            f"| rows in which it is not behind scx_rustland | all {len(compared)} | {len(compared) - len(behind)} "
            f"| {verdict(not behind)} |"
        )
    return lines


def verdict(met: bool) -> str:
    return "met" if met else "**not met**"


def micro(ns: float) -> str:
    us = ns / 1000
    if us >= 100:
        return f"{us:,.0f}"
    return f"{us:.1f}" if us >= 10 else f"{us:.2f}"


def cell(result: Result | None) -> str:
    return f"**{micro(result.value)}** ({micro(result.low)} to {micro(result.high)})" if result else "–"


def impls_of(results: Results) -> list[str]:
    there = dict.fromkeys(impl for _, impl in results)
    return [impl for impl in IMPL_NAMES if impl in there] + [impl for impl in there if impl not in IMPL_NAMES]


def title(impl: str) -> str:
    return IMPL_NAMES.get(impl, impl)


def loads_table(results: Results, missing: dict[str, str]) -> list[str]:
    impls = impls_of(results)
    compared = [other for other in ("default", "rustland") if other in impls and "goland" in impls]
    head = ["µs", *map(title, impls), *(f"goland / {other}" for other in compared)]
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for name, text in LOADS.items():
        row = [results.get((name, impl)) for impl in impls]
        ratios = [ratio(results, name, "goland", other) for other in compared]
        if any(row):
            cells = [text, *map(cell, row), *("–" if r is None else f"{r:.2f}" for r in ratios)]
        elif name.partition("/")[0] in missing:
            cells = [text, f"not measured: {missing[name.partition('/')[0]]}", *[""] * (len(head) - 2)]
        else:
            continue
        lines.append(f"| {' | '.join(cells)} |")
    return lines


COSTS = {
    "decisions": ("decisions", lambda v: f"{v:.0f}"),
    "carried_out": ("times that decisions were carried out, leases included", lambda v: f"{v:.0f}"),
    "cpu": ("agent's CPU time per decision, µs", micro),
    "cpu_carried_out": ("agent's CPU time per decision carried out, µs", micro),
    "switches": ("agent's context switches per decision carried out", lambda v: f"{v:.2f}"),
    "bpf_per_enqueue": ("BPF programs per task enqueued, µs", micro),
    "bpf_per_run": ("BPF programs per task run, µs", micro),
}


def costs_table(results: Results) -> list[str]:
    """A row for each figure of each load, a column for each scheduler."""
    impls = [impl for impl in impls_of(results) if impl != "default"]
    lines = [f"| | load | {' | '.join(map(title, impls))} |", "| --- " * (len(impls) + 2) + "|"]
    for kind, (text, form) in COSTS.items():
        for load, what in {**PROFILED, "all": "all of these"}.items():
            found = [results.get((f"{kind}/{load}", impl)) for impl in impls]
            if any(found):
                lines.append(f"| {text} | {what} | {' | '.join(form(r.value) if r else '–' for r in found)} |")
    return lines


def programs_table(results: Results) -> list[str]:
    """Each BPF program: how often it ran over all loads of a round, and the mean time of a call."""
    lines = ["| scheduler | program | calls | ns per call |", "| --- | --- | --- | --- |"]
    for impl in impls_of(results):
        calls: dict[str, float] = {}
        times: dict[str, float] = {}
        for (name, of), result in results.items():
            kind, _, rest = name.partition("/")
            load, _, program = rest.partition("/")
            if of == impl and kind == "bpf":
                count = results[f"bpf_calls/{load}/{program}", impl].value
                calls[program] = calls.get(program, 0) + count
                times[program] = times.get(program, 0) + count * result.value
        for program in sorted(times, key=lambda p: -times[p]):
            lines.append(f"| {title(impl)} | `{program}` | {calls[program]:.0f} | {times[program] / calls[program]:.0f} |")
    return lines


def memory_table(results: Results) -> list[str]:
    lines = ["| | major faults | minor faults | memory, MB |", "| --- | --- | --- | --- |"]
    for impl in impls_of(results):
        found = [results.get((f"agent/{kind}", impl)) for kind in ("major_faults", "minor_faults", "rss")]
        if all(found):
            major, minor, rss = (r.value for r in found)
            lines.append(f"| {title(impl)} | {major:.0f} | {minor:.0f} | {rss / 1e6:.1f} |")
    return lines


def machine_table(run: dict, machine: list[tuple[str, str]]) -> list[str]:
    clock = "counts instructions, one a nanosecond (`-icount shift=0,sleep=off`)" if run["icount"] else "real"
    rows = [*machine, ("kernel of the guest", run["kernel"]), ("CPUs of the guest", str(run["cpus"]))]
    rows += [("virtual CPUs", run["accel"].upper()), ("clock of the guest", clock)]
    rows += [(program, text.splitlines()[0]) for program, text in run["versions"].items()]
    rows += [(f"{IMPL_NAMES[impl]}, not measured", why) for impl, why in run["missing"].items() if impl in IMPL_NAMES]
    return ["| | |", "| --- | --- |", *(f"| {key} | {value} |" for key, value in rows)]


def markdown(run: dict, results: Results, machine: list[tuple[str, str]], plot: str) -> str:
    lines = ["### Goals of the system", "", *goals_table(results), ""]
    lines += [f"![Each load under each scheduler, compared with the kernel default]({plot})", ""]
    lines += ["### Loads", ""]
    lines += [f"The median of {run['rounds']} rounds, and the quartiles. Less is better.", ""]
    lines += [*loads_table(results, run["missing"]), ""]
    lines += ["### What a scheduler costs", ""]
    lines += [f"Medians of {run['profile_rounds']} rounds of their own, in which the kernel times the BPF programs.", ""]
    lines += [*costs_table(results), "", *programs_table(results), ""]
    lines += ["Page faults of the agent while all loads ran once, and the most memory that it had:", ""]
    lines += [*memory_table(results), ""]
    lines += ["### Machine of the system", "", *machine_table(run, machine)]
    return "\n".join(lines) + "\n"

"""From the samples of the topology benchmarks to goals and tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import system_report
from system_report import Results, impls_of, ratio, title, verdict
from topology_machines import ALL_DECIDED, MACHINES, SEVERAL_CACHES, impl_name

# Results by the machine's name.
All = dict[str, Results]

MOVING = {
    "messages": "messages among eight tasks",
    "wakers": "messengers and workers",
    "hackbench": "hackbench, two groups",
}
MOVES = {**MOVING, "hogs": "hogs, one more than CPUs"}
# In ns; less is better.
TIMES = {
    "messages/message": "messages among eight tasks, each",
    "wakers/wakeup": "messengers and workers, time for a wake-up",
    "hackbench/run": "hackbench, all of it",
    "hogs/loop": "hogs, one more than CPUs: a loop",
    "wakers/p50": "wake-up of a messenger's workers, p50",
    "wakers/p99": "wake-up of a messenger's workers, p99",
    "sleeper/p50": "wake-up of a sleeper under a hog per CPU, p50",
    "sleeper/p99": "wake-up of a sleeper under a hog per CPU, p99",
}
EARLIER = "earlier"
DECIDED, EARLIER_DECIDED = impl_name(f"goland:{ALL_DECIDED}"), impl_name(f"earlier:{ALL_DECIDED}")
WAITS = {"all": "for any lock", "queues": "for a dispatch queue's", "ring": "for the ring's of records"}
WAITER_NAMES = {
    "default": "kernel default",
    DECIDED: "scx_goland",
    f"{DECIDED} --one-domain": "scx_goland, one domain",
    EARLIER_DECIDED: title(EARLIER),
}

# What a table has without a row.
HEAD_LINES = 2


@dataclass(frozen=True)
class Goal:
    """The median of one scheduler must be at most so many times that of another."""

    text: str
    name: str
    impl: str
    other: str
    bound: float
    machines: list[str]

    def cell(self, results: Results | None) -> str:
        """The ratio and both medians, since a ratio of small counts says little; empty if there is no such goal."""
        ours, theirs = ((results or {}).get((self.name, impl)) for impl in (self.impl, self.other))
        if not ours or not theirs:
            return "not measured"
        is_time = self.name in TIMES
        both = " : ".join(system_report.micro(r.value) if is_time else number(r.value) for r in (ours, theirs))
        quotient = f"{ours.value / theirs.value:.2f}" if theirs.value else "–"
        return f"{quotient} ({both}{' µs' if is_time else ''}) {verdict(ours.value <= self.bound * theirs.value)}"


GOALS = [
    *(Goal(f"{text}: moves across caches, against the kernel default", f"{load}/across", "goland", "default", 2, SEVERAL_CACHES) for load, text in MOVING.items()),
    *(Goal(f"{text}: moves across caches, against the earlier one", f"{load}/across", "goland", EARLIER, 0.05, SEVERAL_CACHES) for load, text in MOVING.items()),
    Goal("waits for locks of queues and rings, against the earlier one", "waits/contended", DECIDED, EARLIER_DECIDED, 0.5, ["8in2"]),
    Goal("messenger's workers, time for a wake-up, against the kernel default", "wakers/wakeup", "goland", "default", 1, ["icount"]),
    Goal("messenger's workers, latency p99, against the kernel default", "wakers/p99", "goland", "default", 2, ["icount"]),
]


def number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def title_of(name: str) -> str:
    return MACHINES[name].title


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows)]


def goals_table(results: All) -> list[str]:
    """A column for each machine."""
    rows = [
        [goal.text, f"at most {goal.bound:g}", *(goal.cell(results.get(name)) if name in goal.machines else "" for name in MACHINES)]
        for goal in GOALS
    ]
    return table(["ratio", "goal", *map(title_of, MACHINES)], rows)


def schedulers(results: All, names: Collection[str] = SEVERAL_CACHES) -> list[str]:
    """Those that loads were measured under, on these machines."""
    loads = {key: r for name in names for key, r in results.get(name, {}).items() if not key[0].startswith("waits/")}
    return impls_of(loads)


def per_machine(results: All, names: list[str], cell) -> list[list[str]]:
    """A row for each of the machines; cell gets the results of one, and a scheduler."""
    impls = schedulers(results, names)
    found = [(name, [cell(results[name], impl) for impl in impls]) for name in names if name in results]
    return [[title_of(name), *cells] for name, cells in found if any(text != "–" for text in cells)]


def rows_of(results: All, what: dict[str, str], names: list[str], cell) -> list[str]:
    rows = [[text, *row] for key, text in what.items() for row in per_machine(results, names, lambda of, impl: cell(of, impl, key))]
    return table(["", "", *map(title, schedulers(results, names))], rows)


def moves_table(results: All) -> list[str]:
    def cell(of: Results, impl: str, load: str) -> str:
        found = [of.get((f"{load}/{kind}", impl)) for kind in ("across", "nodes", "within")]
        return f"**{number(found[0].value)}**, {number(found[1].value)}, {number(found[2].value)}" if all(found) else "–"

    return rows_of(results, MOVES, SEVERAL_CACHES, cell)


def times_table(results: All) -> list[str]:
    def cell(of: Results, impl: str, name: str) -> str:
        if impl == "default" and (name, impl) in of:
            return f"{system_report.micro(of[name, impl].value)} µs"
        found = ratio(of, name, impl, "default")
        return "–" if found is None else f"{found:.2f}"

    return rows_of(results, TIMES, list(MACHINES), cell)


def spread_table(results: All) -> list[str]:
    def cell(of: Results, impl: str) -> str:
        found = of.get(("hogs/spread", impl))
        return f"{found.value:.2f}" if found else "–"

    return table(["", *map(title, schedulers(results))], per_machine(results, SEVERAL_CACHES, cell))


def waits_table(results: All) -> list[str]:
    rows = []
    for name, of in results.items():
        for impl, text in WAITER_NAMES.items():
            found = [of.get((f"waits/{kind}", impl)) for kind in WAITS]
            if any(found):
                cells = (f"{r.value:.0f} ({r.low:.0f} to {r.high:.0f})" if r else "not measured" for r in found)
                rows.append([title_of(name), text, *cells])
    return table(["", "waits", *WAITS.values()], rows)


def machine_table(runs: dict[str, dict], host: list[tuple[str, str]]) -> list[str]:
    rows = [list(pair) for pair in host]
    for name, run in runs.items():
        clock = "; its clock counts instructions" if run["icount"] else ""
        shape = f"CPUs {run['cpus']}, last-level caches {run['caches']}, nodes {run['nodes']}"
        rows.append([title_of(name), f"{shape}; kernel {run['kernel']}, {run['accel'].upper()}{clock}; {run['rounds']} rounds"])
    versions = {program: text for run in runs.values() for program, text in run["versions"].items()}
    missing = {what: why for run in runs.values() for what, why in run["missing"].items()}
    rows += [[program, text.splitlines()[0]] for program, text in versions.items()]
    rows += [[f"{title(what)}, not measured", why] for what, why in missing.items()]
    return table(["", ""], rows)


def markdown(runs: dict[str, dict], results: All, host: list[tuple[str, str]], plot: str) -> str:
    parts = [
        ("Goals on several caches", "Medians, and in parentheses those that are compared.", goals_table(results)),
        (
            "Moves",
            f"![Moves across caches under each scheduler]({plot})\n\n"
            "For 1,000 context switches, medians: **moves across caches**, those of them to another node, and moves within a cache.",
            moves_table(results),
        ),
        ("Shares of hogs", "The most CPU time that any hog had, divided by the least. 1 is fair.", spread_table(results)),
        ("Times", "Of the kernel default the time; of the others, multiples of it. Less is better.", times_table(results)),
        ("Waits for locks", "Medians and quartiles. Each wake-up has a decision, without leases.", waits_table(results)),
        ("Machines with several caches", "", machine_table(runs, host)),
    ]
    return "\n".join(block(*part) for part in parts if len(part[2]) > HEAD_LINES)


def block(head: str, text: str, lines: list[str]) -> str:
    return "\n".join([f"### {head}", "", *([text, ""] if text else []), *lines]) + "\n"


def as_json(suite: str, results: All) -> list[dict]:
    """What is a time, as the other suites have it."""
    times = {(f"{name}/{key}", impl): r for name, of in results.items() for (key, impl), r in of.items() if key in TIMES}
    return system_report.as_json(suite, times)

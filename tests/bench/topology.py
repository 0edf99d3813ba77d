#!/usr/bin/env python3
"""The topology benchmarks: loads on virtual machines with several last-level caches, under several schedulers.

    topology.py run [--kernel K] [--repeats N] [--machines NAME[,NAME]] [--no-docs]   measures, and reports
    topology.py report [--no-docs]                                                    reports what runs have measured

`make bench SUITE=topology` calls this, after `make scenarios` and tests/bench/build-peers.sh. Each machine's
samples are kept, and a run of some machines is reported with what there is of the others.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys

import guest
import machine
import report
import system_report
import topology_plot
import topology_report
from topology_machines import MACHINES
from files import BENCH, ROOT, write

SUITE = "topology"
DOCUMENT = ROOT / "docs/performance.md"
PLOT = ROOT / "docs/performance-topology.svg"
REPEATS_LEAST = 3


def samples_of(name: str) -> pathlib.Path:
    return BENCH / f"{SUITE}-{name}.json"


def measure(arguments: argparse.Namespace) -> None:
    """A boot for each machine."""
    BENCH.mkdir(parents=True, exist_ok=True)
    wanted = {name: MACHINES[name] for name in arguments.machines or MACHINES}
    for name in wanted:
        samples_of(name).unlink(missing_ok=True)
    for name, of in wanted.items():
        print(f"the machine {name}: {of.title}", flush=True)
        run = guest.bench("--suite", SUITE, "--kernel", arguments.kernel, "--rounds", str(arguments.repeats), "--profile", "0", *of.options())
        write(samples_of(name), json.dumps(run, indent=1) + "\n")


def show(docs: bool) -> None:
    runs = {name: json.loads(samples_of(name).read_text()) for name in MACHINES if samples_of(name).exists()}
    if not runs:
        raise guest.RunError(f"nothing has been measured: there is no {samples_of('*')}")
    results = {name: system_report.summarize(run["samples"]) for name, run in runs.items()}
    text = topology_report.markdown(runs, results, machine.host(), PLOT.name)
    write(BENCH / f"{SUITE}.json", json.dumps(topology_report.as_json(SUITE, results), indent=1) + "\n")
    if docs:
        write(PLOT, topology_plot.plot(results))
        write(DOCUMENT, report.splice(DOCUMENT.read_text(), SUITE, text))
    print("\n" + text)


def machine_names(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in MACHINES:
            raise argparse.ArgumentTypeError(f"there is no machine {name!r}; there are: {', '.join(MACHINES)}")
    return names


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    running.add_argument("--kernel", default="newest")
    running.add_argument("--repeats", type=int, default=REPEATS_LEAST, help=f"at least {REPEATS_LEAST}")
    running.add_argument("--machines", type=machine_names, default=None, metavar="NAME[,NAME]", help=f"of {', '.join(MACHINES)} (default: all)")
    again = commands.add_parser("report")
    for command in (running, again):
        command.add_argument("--no-docs", action="store_true", help="leave docs alone")
    arguments = parser.parse_args()
    if arguments.command == "run" and arguments.repeats < REPEATS_LEAST and not arguments.no_docs:
        parser.error(f"fewer than {REPEATS_LEAST} repeats say little: they need --no-docs")
    try:
        if arguments.command == "run":
            measure(arguments)
        show(not arguments.no_docs)
    except guest.RunError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

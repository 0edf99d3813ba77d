#!/usr/bin/env python3
"""The system benchmarks: loads in the virtual machine under the kernel's default scheduler, scx_goland and scx_rustland.

    system.py run [--kernel K] [--icount 0|1] [--repeats N] [--no-docs]   measures, and reports
    system.py report FILE [--no-docs]                                     reports what a run has measured

`make bench SUITE=system` calls this, after `make scenarios` and tests/bench/build-peers.sh.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys

import guest
import machine
import report
import system_plot
import system_report
from files import BENCH, ROOT, write

SUITE = "system"
DOCUMENT = ROOT / "docs/performance.md"
PLOT = ROOT / "docs/performance-system.svg"
SAMPLES = BENCH / f"{SUITE}-samples.json"


def measure(arguments: argparse.Namespace) -> pathlib.Path:
    """One boot; returns the file of samples."""
    options = ["--kernel", arguments.kernel, "--rounds", str(arguments.repeats), "--profile", str(arguments.profile)]
    options += ["--impls", arguments.impls, "--loads", arguments.loads]
    if arguments.icount == "1":
        options.append("--icount")
    run = guest.bench(*options)
    BENCH.mkdir(parents=True, exist_ok=True)
    write(SAMPLES, json.dumps(run, indent=1) + "\n")
    return SAMPLES


def show(file: pathlib.Path, docs: bool) -> None:
    run = json.loads(file.read_text())
    results = system_report.summarize(run["samples"])
    text = system_report.markdown(run, results, machine.host(), PLOT.name)
    BENCH.mkdir(parents=True, exist_ok=True)
    write(BENCH / f"{SUITE}.json", json.dumps(system_report.as_json(SUITE, results), indent=1) + "\n")
    if docs:
        write(PLOT, system_plot.plot(results))
        write(DOCUMENT, report.splice(DOCUMENT.read_text(), SUITE, text))
    print("\n" + text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    running.add_argument("--kernel", default="newest")
    running.add_argument("--icount", choices=("0", "1"), default="1", help="1: guest time is a count of instructions")
    running.add_argument("--repeats", type=int, default=5, help="at least 5")
    running.add_argument("--profile", type=int, default=3, help="rounds in which BPF programs are timed")
    running.add_argument("--impls", default="default,goland,rustland", help="options of an agent follow it, each after a colon")
    running.add_argument("--loads", default="", metavar="GLOB[,GLOB]", help="only these")
    again = commands.add_parser("report")
    again.add_argument("file", type=pathlib.Path)
    for command in (running, again):
        command.add_argument("--no-docs", action="store_true", help="leave docs alone")
    arguments = parser.parse_args()
    if arguments.command == "report":
        show(arguments.file.resolve(), not arguments.no_docs)
        return 0
    if arguments.repeats < 5 and not arguments.no_docs:
        parser.error("fewer than 5 repeats say little: they need --no-docs")
    try:
        show(measure(arguments), not arguments.no_docs)
    except guest.RunError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

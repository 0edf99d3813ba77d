"""What the person at the terminal sees, and the results as JSON."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re

from scenarios import Result
from util import say, write_atomically

LOG_LINES = 120
DMESG_LINES = 40


def show(result: Result) -> None:
    """Prints one line per scenario, and details below a failed one."""
    say(headline(result))
    if result.status != "FAIL":
        return
    for title, text, lines in (
        ("log", result.log, LOG_LINES),
        ("kernel messages", result.dmesg, DMESG_LINES),
        ("console", result.console, LOG_LINES),
    ):
        if text.strip():
            say(f"  -- {title} of {result.name} on {result.kernel}")
            say("\n".join(f"  | {part}" for part in text.rstrip().splitlines()[-lines:]))
    if result.folder:
        say(f"  -- all of it: {result.folder}")


def headline(result: Result) -> str:
    line = f"{result.status:<4} {result.kernel} {result.name}  {result.seconds:.1f} s"
    return "  ".join([line, *filter(None, (result.reason, first_error(result)))])


def first_error(result: Result) -> str:
    """The first line in which a failed scenario says what is wrong, without its time."""
    match = re.search(r"FAILED.*|panic: .*|fatal error: .*", result.log) if result.status == "FAIL" else None
    return match[0] if match else ""


def failures(results: list[Result]) -> str:
    """The failed scenarios once more, for those who see only the end of a log."""
    return "".join(f"{headline(result)}\n" for result in results if result.status == "FAIL")


def table(results: list[Result]) -> str:
    """Scenarios by kernels."""
    kernels = list(dict.fromkeys(result.kernel for result in results))
    names = list(dict.fromkeys(result.name for result in results))
    cells = {(r.name, r.kernel): f"{r.status} {r.seconds:.1f} s" for r in results}
    rows = [["scenario", *kernels]] + [[name, *(cells.get((name, kernel), "-") for kernel in kernels)] for name in names]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def count(results: list[Result]) -> str:
    """The line that a suite ends with; tests/summary.py adds these up."""
    number = {status: sum(result.status == status for result in results) for status in ("ok", "FAIL", "skip")}
    text = f"{number['ok']} passed, {number['FAIL']} failed"
    return f"{text}, {number['skip']} skipped" if number["skip"] else text


def write(results: list[Result], path: pathlib.Path) -> None:
    """The results without the logs, which are in each one's folder."""
    kept = ("kernel", "name", "status", "seconds", "reason", "folder")
    entries = [{key: value for key, value in dataclasses.asdict(result).items() if key in kept} for result in results]
    write_atomically(path, json.dumps(entries, indent=1) + "\n")

#!/usr/bin/env python3
"""Adds up the test suites.

    summary.py suite NAME KIND -- COMMAND...   runs one suite, shows its output, counts it
    summary.py all MAKE TARGET...              runs all, the later ones too when one fails, and prints the sum

KIND tells how to count: cargo, go (`go test -json`), unittest, or line (a suite that prints
`N passed, N failed[, N skipped]` itself). A suite that fails without naming a test counts as one failure,
and so does one that ran nothing.
"""

from __future__ import annotations

import codecs
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[1]
SUMMARY = ROOT / "target/test-summary.json"
# What a suite gives: passed, failed, skipped.
Count = list[int]


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
    match = re.match(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", line)
    for place in range(3) if match else ():
        count[place] += int(match[place + 1])


def unittest(count: Count, line: str) -> None:
    ran = re.match(r"Ran (\d+) tests? in", line)
    if ran:
        count[0] += int(ran[1])
    if re.match(r"(OK|FAILED)\b", line):
        numbers = {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}
        failed = numbers.get("failures", 0) + numbers.get("errors", 0)
        count[0] -= failed + numbers.get("skipped", 0)
        count[1] += failed
        count[2] += numbers.get("skipped", 0)


def line(count: Count, text: str) -> None:
    match = re.fullmatch(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", text.strip())
    if match:
        count[:] = [int(match[1]), int(match[2]), int(match[3] or 0)]


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
            # Subtests are parts of a test, not tests to count.
            if "/" not in test:
                count[("pass", "fail", "skip").index(action)] += 1

    @staticmethod
    def _key(event: dict) -> str:
        return f"{event.get('Package')} {event.get('Test')}"


def counter(kind: str) -> Callable[[Count, str], None]:
    return Go() if kind == "go" else {"cargo": cargo, "unittest": unittest, "line": line}[kind]


def judge(count: Count, status: int) -> Count:
    """Nothing that went wrong may look like success."""
    if (status != 0 and count[1] == 0) or sum(count) == 0:
        count[1] += 1
    return count


def run_suite(name: str, kind: str, command: list[str]) -> int:
    show(f"\n== {name}: {' '.join(command)}\n")
    count: Count = [0, 0, 0]
    take = counter(kind)
    lines = Lines(lambda text: take(count, text), shown=kind != "go")
    environment = os.environ | ({"SCXB_TTY": "1"} if sys.stdout.isatty() else {})
    try:
        # Leaving the block waits for the command, also when interrupted: its own clean-up must finish.
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
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
    show(f"== {name}: {sentence(count)}\n")
    record(name, count)
    return int(count[1] > 0)


def record(name: str, count: Count) -> None:
    if "SCXB_SUMMARY" not in os.environ:
        return  # a single suite, run by hand
    suites = load()
    suites[name] = count
    SUMMARY.write_text(json.dumps(suites, indent=1) + "\n")


def load() -> dict[str, Count]:
    try:
        return json.loads(SUMMARY.read_text())
    except (OSError, ValueError):
        return {}


def sentence(count: Count) -> str:
    text = f"{count[0]} passed, {count[1]} failed"
    return f"{text}, {count[2]} skipped" if count[2] else text


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60:3} min {int(seconds) % 60:02} s"


def run_all(make: str, targets: list[str]) -> int:
    SUMMARY.parent.mkdir(exist_ok=True)
    SUMMARY.write_text("{}\n")
    took: dict[str, float] = {}
    for target in targets:
        began = time.monotonic()
        failed_before = sum(count[1] for count in load().values())
        # Open descriptors pass on: one is make's jobserver.
        command = [make, "--no-print-directory", target]
        status = subprocess.run(command, env=os.environ | {"SCXB_SUMMARY": "1"}, close_fds=False, check=False).returncode
        if status != 0 and sum(count[1] for count in load().values()) == failed_before:
            # It broke before any suite could be counted, as a build does.
            show(f"== {target}: failed with {status}\n")
            os.environ["SCXB_SUMMARY"] = "1"
            record(target, [0, 1, 0])
        took[target] = time.monotonic() - began
    suites = load()
    total = [sum(column) for column in zip([0, 0, 0], *suites.values())]
    width = max(len(name) for name in [*suites, *took])
    show("\n" + "".join(f"{name:<{width}}  {sentence(count)}\n" for name, count in suites.items()))
    # With what had to be built for them.
    show("\n" + "".join(f"{target:<{width}}  {clock(seconds)}\n" for target, seconds in took.items()))
    show(f"\n{sentence(total)}\n")
    return int(total[1] > 0 or sum(total) == 0)


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

"""One run of the benchmarks in the virtual machine: `vm.py bench`, and what it leaves."""

from __future__ import annotations

import json
import subprocess
import sys

from files import ROOT

DRIVER = ROOT / "tests/vm/vm.py"
# Where the driver puts a guest's files.
LOGS = ROOT / "target/vm/logs"


class RunError(Exception):
    """The machine could not measure; its output is shown above."""


def bench(*options: str) -> dict:
    """One boot; returns what it measured: benchResult in tests/vm/scenarios/bench.go."""
    if subprocess.run([sys.executable, str(DRIVER), "bench", *options], check=False).returncode != 0:
        raise RunError("the virtual machine did not finish the benchmarks")
    found = LOGS.glob("bench-*/boot*/bench/out/result.json")
    return json.loads(max(found, key=lambda path: path.stat().st_mtime).read_text())

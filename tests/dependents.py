#!/usr/bin/env python3
"""Checks what a program that depends on the crate has to build: neither the generator's crates nor the tests' BPF object.

`make lint` runs it, after the library was built.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CARGO = os.environ.get("CARGO", "cargo")
# rust/generate alone uses the first two (the second with all that it needs), only the unit tests the third.
OURS_ALONE = {"cbindgen", "libbpf-cargo", "scxbridge-boundary"}
OBJECTS = {"scxbridge.bpf.o"}


def cargo(*arguments: str) -> str:
    return subprocess.run([CARGO, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def crates(edges: str) -> set[str]:
    """The names of the crates that ours depends on along these edges."""
    tree = cargo("tree", "--package", "scxbridge", "--edges", edges, "--prefix", "none", "--format", "{p}")
    return {line.split()[0] for line in tree.splitlines() if line}


def objects_built() -> set[str]:
    """The BPF objects that the build script of the library left when it last ran; older ones may lie beside them."""
    package = cargo("pkgid", "--package", "scxbridge").strip()
    for line in cargo("build", "--release", "--quiet", "--package", "scxbridge", "--message-format", "json").splitlines():
        message = json.loads(line)
        if message["reason"] == "build-script-executed" and message["package_id"] == package:
            out = pathlib.Path(message["out_dir"])
            ran = (out.parent / "invoked.timestamp").stat().st_mtime
            return {path.name for path in out.glob("*.bpf.o") if path.stat().st_mtime >= ran}
    sys.exit("dependents.py: cargo does not tell where the build script of scxbridge left its files")


def main() -> int:
    built = crates("normal,build")
    wrong = [f"who depends on scxbridge builds the crate {name}, which only this repository needs" for name in sorted(OURS_ALONE & built)]
    # The check itself: this crate is there for tests.
    if "scxbridge-boundary" not in crates("normal,build,dev"):
        wrong.append("scxbridge has no dev-dependency scxbridge-boundary any more: name another crate in dependents.py")
    objects = objects_built()
    if objects != OBJECTS:
        wrong.append(f"who depends on scxbridge builds the BPF objects {sorted(objects)}, not {sorted(OBJECTS)} alone")
    for line in wrong:
        print(f"dependents.py: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Checks what is installed and handed out: `make test-packaging`, `make test-dist`, `make test-cross` and `make test-release`.

    run.py SUITE [GLOB]    SUITE is installed, dist, cross or release; GLOB names some of its checks

It needs what `make` built, and installs into temporary folders only.
"""

from __future__ import annotations

import fnmatch
import importlib
import sys
import textwrap

from check import CHECKS, Failed, Skipped

SUITES = {
    "installed": ["install", "service", "c_programs", "go_programs", "documented"],
    "dist": ["dist"],
    "cross": ["cross"],
    # The second release last: it takes longest.
    "release": ["released_go", "released_debian", "released_python", "released_crate", "released_image", "released"],
}


def load(suite: str) -> list:
    """The suite's checks, and not those of modules that its modules only use."""
    modules = [importlib.import_module(name).__name__ for name in SUITES[suite]]
    return [(name, function) for name, function in CHECKS if function.__module__ in modules]


def main() -> int:
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in SUITES:
        print(__doc__, file=sys.stderr)
        return 2
    wanted = sys.argv[2] if len(sys.argv) > 2 else "*"
    passed = failed = skipped = 0
    for name, function in load(sys.argv[1]):
        if not fnmatch.fnmatch(name, wanted):
            continue
        try:
            function()
        except Skipped as why:
            print(f"skip {name}: {why}", flush=True)
            skipped += 1
        except (Failed, OSError) as error:
            print(f"FAIL {name}\n{textwrap.indent(str(error).rstrip(), '    ')}", flush=True)
            failed += 1
        else:
            print(f"ok {name}", flush=True)
            passed += 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return int(failed > 0 or passed + skipped == 0)


if __name__ == "__main__":
    sys.exit(main())

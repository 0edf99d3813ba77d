#!/usr/bin/env python3
"""Checks what `make install` installs: `make test-packaging`. An argument is a glob of checks to run.

It needs what `make` built, and installs into temporary folders only.
"""

from __future__ import annotations

import fnmatch
import sys
import textwrap

import c_programs  # noqa: F401
import documented  # noqa: F401
import install  # noqa: F401
from check import CHECKS, Failed


def main() -> int:
    wanted = sys.argv[1] if len(sys.argv) > 1 else "*"
    passed = failed = 0
    for name, function in CHECKS:
        if not fnmatch.fnmatch(name, wanted):
            continue
        try:
            function()
        except (Failed, OSError) as error:
            print(f"FAIL {name}\n{textwrap.indent(str(error).rstrip(), '    ')}", flush=True)
            failed += 1
        else:
            print(f"ok {name}", flush=True)
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main())

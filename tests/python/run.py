#!/usr/bin/env python3
"""Installs the wheel into an empty venv, and runs the tests there: run.py WHEELS, with the folder that has the wheel.

PYTHON_TOOLS is the folder of the programs from PyPI (tests/venv.sh): pip, and numpy beside it.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def main() -> int:
    folder = pathlib.Path(sys.argv[1])
    tools = pathlib.Path(os.environ["PYTHON_TOOLS"])
    [wheel] = folder.glob("*.whl")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", venv], check=True)
    pip = [tools / "python", "-m", "pip", "--disable-pip-version-check", "--python", venv / "bin/python"]
    subprocess.run([*pip, "install", "--quiet", "--no-index", wheel], check=True)
    [site] = tools.parent.glob("lib/python3*/site-packages")
    # Nothing else of ours is to be found, above all not the library in target/release.
    environment = {name: value for name, value in os.environ.items() if name not in ("LD_LIBRARY_PATH", "PYTHONPATH")}
    environment |= {"SCXB_NUMPY": str(site), "SCXB_WHEEL": str(wheel)}
    command = [venv / "bin/python", "-m", "unittest", "discover", "-s", HERE]
    return subprocess.run(command, env=environment, cwd=folder, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

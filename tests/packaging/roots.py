"""Root file systems in which nothing of ours is but what a release brings, and machines that are scheduled from them."""

from __future__ import annotations

import os
import pathlib
import sys

from check import MAKE, ROOT, Failed, run

sys.path.insert(0, str(ROOT / "tests/fresh"))
from root import Failure, Root, must_be_root, unpacked  # noqa: E402

# Where what `make release` made is.
RELEASE = pathlib.Path(os.environ.get("RELEASE") or ROOT / "target/release-artifacts")
# Not below /tmp, which a virtual machine has its own of.
FOLDER = ROOT / "target/fresh/release"


def minimal(name: str, codename: str, *packages: str) -> Root:
    """A new minimal Debian, with these packages."""
    try:
        must_be_root()
        root = unpacked(codename, FOLDER / name)
    except Failure as error:
        raise Failed(str(error)) from error
    inside(root, f"apt-get -qq update && apt-get -qq install --yes --no-install-recommends {' '.join(packages)}")
    return root


def inside(root: Root, script: str) -> str:
    """What a script says that must succeed in there."""
    done = root.run(script, shown=False)
    if done.returncode != 0:
        raise Failed(f"in {root.folder}, {script}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def schedules(root: pathlib.Path, *command: str) -> None:
    """The command, with that folder as its root, schedules a virtual machine under load, and ends well when it is asked to."""
    for mounted in ("proc", "sys", "dev", "tmp"):
        (root / mounted).mkdir(exist_ok=True)
    said = run(MAKE, "--no-print-directory", "vm-run", "LOAD=hogs", "SECONDS=2",
               f"CMD={ROOT}/tests/packaging/in_root.sh {root} {' '.join(command)}")
    if "your program: exit status 0" not in said:
        raise Failed(f"{' '.join(command)} of {root}: make vm-run does not tell its exit status\n{said}")

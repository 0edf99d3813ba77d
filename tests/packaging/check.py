"""What the checks share: a list of them, a place to install into, and commands that must succeed."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import subprocess
import tempfile
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = ROOT / "include/scxbridge.h"
MAKE = os.environ.get("MAKE", "make")
CC = os.environ.get("CC", "cc")
GO = os.environ.get("GO", "go")
PKG_CONFIG = os.environ.get("PKG_CONFIG", "pkg-config")

CHECKS: list[tuple[str, Callable[[], None]]] = []
# Removed when the program ends.
_SCRATCH = tempfile.TemporaryDirectory(prefix="scxbridge-packaging-")


class Failed(Exception):
    """What a check found wrong, in words."""


class Skipped(Exception):
    """Why a check cannot be made here."""


def check(function: Callable[[], None]) -> Callable[[], None]:
    """Registers a check; its name is the function's."""
    CHECKS.append((function.__name__.replace("_", "-"), function))
    return function


def scratch(name: str) -> pathlib.Path:
    """A new empty folder."""
    return pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=_SCRATCH.name))


def plain_environment(**more: str) -> dict[str, str]:
    """An environment that knows nothing of this repository's build."""
    drop = re.compile(r"CGO_|LD_LIBRARY_PATH$|PKG_CONFIG_|GOFLAGS$|MAKE|MFLAGS$|DESTDIR$|PREFIX$|.*DIR$")
    kept = {key: value for key, value in os.environ.items() if not drop.match(key)}
    return kept | {"CGO_ENABLED": "1"} | more


def run(*command: object, env: dict[str, str] | None = None, cwd: pathlib.Path = ROOT) -> str:
    """Runs a command that must succeed and returns its standard output."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=env or plain_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def make(*arguments: object) -> str:
    return run(MAKE, "--no-print-directory", *arguments)


def equal(what: str, got: object, wanted: object) -> None:
    if isinstance(got, set) and isinstance(wanted, set) and got != wanted:
        raise Failed(f"{what}: missing {sorted(wanted - got)}, unexpected {sorted(got - wanted)}")
    if got != wanted:
        raise Failed(f"{what} is {got!r}, not {wanted!r}")


def constant(name: str) -> str:
    """The value of a constant of the header."""
    return re.search(rf"^#define {name} (.*)$", HEADER.read_text(), re.M)[1]


def version() -> str:
    return re.search(r'^version *= *"(.*)"$', (ROOT / "Cargo.toml").read_text(), re.M)[1]


def real_name() -> str:
    """The file name of the shared library: ABI major and minor, then the release's patch level."""
    return f"libscxbridge.so.{constant('SCXB_ABI_MAJOR')}.{constant('SCXB_ABI_MINOR')}.{version().split('.')[2]}"


def files(folder: pathlib.Path) -> set[str]:
    """All files and links below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}


def needed(binary: pathlib.Path) -> set[str]:
    """The shared libraries that a program asks for."""
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-d", binary)))


@functools.cache
def installed() -> pathlib.Path:
    """The prefix of an installation that the checks share and do not change."""
    prefix = scratch("prefix")
    make("install", f"PREFIX={prefix}")
    return prefix

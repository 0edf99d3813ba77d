"""What every part of the driver shares: the error for people, the cache, locks."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import resource
import subprocess
from collections.abc import Iterator


class Failure(Exception):
    """An error for the user, printed without a traceback."""


def cache_dir() -> pathlib.Path:
    """Where kernels, package lists and virtme-ng live between runs."""
    chosen = os.environ.get("SCXB_CACHE")
    if chosen:
        folder = pathlib.Path(chosen)
    else:
        base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        folder = pathlib.Path(base) / "scxbridge"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def cpu_time_s() -> float:
    """What all programs that this one ran took of the CPUs: unlike their duration, it says little of how busy the machine was."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@contextlib.contextmanager
def locked(path: pathlib.Path, waiting_for: str) -> Iterator[None]:
    """Holds a lock between processes; says so when it has to wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting: another run is busy with {waiting_for} ({path})")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_atomically(path: pathlib.Path, text: str) -> None:
    """A reader sees the old file or the new one, never a part of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(text)
    part.replace(path)


def run(command: list[str], what: str, environment: dict[str, str] | None = None, **options) -> str:
    """The output of a tool, which must succeed; with stdout=None it goes to the terminal. Adds /usr/sbin, which has
    depmod, since it is not in every user's PATH."""
    environment = dict(os.environ if environment is None else environment)
    environment["PATH"] = f"{environment.get('PATH', '')}:/usr/sbin:/sbin"
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "errors": "replace"} | options
    try:
        done = subprocess.run(command, env=environment, check=False, **options)
    except FileNotFoundError:
        raise Failure(f"cannot {what}: {command[0]} is missing. Run `make setup`, or set KERNEL=/path/to/vmlinuz where there is no apt.") from None
    if done.returncode != 0:
        raise Failure(f"cannot {what}: {' '.join(command)} failed:\n{(done.stderr or done.stdout or '').strip()}")
    return done.stdout or ""


def number(name: str, default: float) -> float:
    """A positive number from the environment."""
    text = os.environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not value > 0:
        raise Failure(f"{name}={text}: must be a number above 0.")
    return value


def say(text: str = "", end: str = "\n") -> None:
    """One line to the terminal, seen at once even through a pipe."""
    print(text, end=end, flush=True)

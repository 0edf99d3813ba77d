"""A minimal Debian as a folder, and commands that run in it as if it were a machine of its own."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import time

import network

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vm"))
from apt import mirror_of_this_machine  # noqa: E402
from util import Failure, cache_dir, locked, say  # noqa: E402

CODENAMES = {"12": "bookworm", "13": "trixie"}
MAX_AGE_S = 7 * 24 * 3600
# In namespaces of its own: with the last process all mounts are gone, however this ends.
NAMESPACES = ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--propagation", "private"]
# The mounts of a machine, then the command. Arguments: root, a line "FROM<tab>TO" for each other mount, command.
ENTER = r"""
set -e
root=$1 mounts=$2
shift 2
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
while IFS=$'\t' read -r from to; do
    [ -n "$from" ] || continue
    mkdir -p "$root$to"
    mount --bind "$from" "$root$to"
done <<<"$mounts"
exec chroot "$root" "$@"
"""


@dataclasses.dataclass
class Root:
    """One root file system, its environment and what is mounted into it."""

    folder: pathlib.Path
    environment: dict[str, str]
    mounts: dict[pathlib.Path, str]

    def run(self, script: str, shown: bool = True) -> subprocess.CompletedProcess:
        """A bash script as root in there; what it says is shown at once, or returned."""
        variables = [f"{key}={value}" for key, value in self.environment.items()]
        mounts = "\n".join(f"{source}\t{target}" for source, target in self.mounts.items())
        command = [*NAMESPACES, "bash", "-c", ENTER, "enter", str(self.folder), mounts,
                   "env", "-i", *variables, "bash", "-c", script]
        streams = {} if shown else {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.run(command, stdin=subprocess.DEVNULL, check=False, **streams)


def made(codename: str, packages: tuple[str, ...] = ()) -> pathlib.Path:
    """A minimal Debian, with these packages, as a tar archive, from the cache unless that is old."""
    archive = cache_dir() / f"fresh/{'+'.join([codename, *packages])}.tar"
    with locked(archive.with_suffix(".lock"), f"making a root of {codename}"):
        if archive.exists() and time.time() - archive.stat().st_mtime < MAX_AGE_S:
            return archive
        say(f"making a minimal root of {codename}")
        new = archive.with_suffix(".new.tar")
        new.unlink(missing_ok=True)
        # Not as on a machine that must survive a power cut, and that someone watches: dpkg need not wait for the disk.
        command = ["mmdebstrap", "--quiet", "--variant=minbase", "--dpkgopt=force-unsafe-io", '--aptopt=Dpkg::Use-Pty "0"',
                   *(f"--aptopt={option}" for option in network.apt_options()), *(f"--include={name}" for name in packages),
                   codename, str(new), mirror_of_this_machine(codename)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            new.replace(archive)
        elif archive.exists():
            say(f"warning: an older root is used, since making one failed:\n{done.stderr.strip()}")
        else:
            raise Failure(f"cannot make a minimal root: {shlex.join(command)} failed:\n{done.stderr.strip()}")
    return archive


def unpacked(codename: str, folder: pathlib.Path) -> Root:
    """A new root. Downloads are kept between runs, as in a cache that may be empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run(["tar", "-xf", made(codename), "-C", folder], check=True)
    network.copy_settings(folder)
    cache = cache_dir() / "fresh" / codename
    mounts = {
        cache / "packages": "/var/cache/apt/archives",
        cache / "crates": "/root/.cargo/registry",
        cache / "modules": "/root/go/pkg/mod",
        cache_dir() / "kernels": "/root/.cache/scxbridge/kernels",
    }
    network.seed(cache / "crates", cache / "modules")
    for path in mounts:
        path.mkdir(parents=True, exist_ok=True)
    environment = {
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "TERM": "dumb",
        # What a person would be asked, apt answers by itself.
        "DEBIAN_FRONTEND": "noninteractive",
    }
    return Root(folder, environment | network.variables(folder), mounts)


def give_toolchains(root: Root) -> None:
    """Puts this machine's Rust and Go before all else in PATH: what rustup and go.dev would have installed."""
    found = network.toolchains()
    if missing := {"rust", "go"} - set(found):
        raise Failure(
            f"this machine has no {' and no '.join(sorted(missing))} but its distribution's, and that release needs "
            "another one. Install it as https://rustup.rs and https://go.dev/doc/install say."
        )
    for name, path in found.items():
        root.mounts[path] = f"/opt/{name}"
        root.environment["PATH"] = f"/opt/{name}/bin:{root.environment['PATH']}"


def must_be_root() -> None:
    if os.geteuid() != 0:
        raise Failure("a root file system is entered and mounted into as root: run this as root.")

"""Debian packages fetched without installing them.

The lists live in our own cache, so that the machine's apt and its state stay untouched and no root is
needed. The mirror is the one that the machine's own apt uses: no host name is written here.
"""

from __future__ import annotations

import os
import pathlib
import platform
import re
import shutil
import sys
import time

from util import Failure, run, say

KEYRINGS = [pathlib.Path(f"/usr/share/keyrings/debian-archive-keyring.{end}") for end in ("gpg", "pgp")]
ARCH = "amd64"
LISTS_MAX_AGE_S = 24 * 3600


def debian_mirror(uris: str, codename: str) -> str | None:
    """The URI that serves this release itself, from the output of `apt-get --print-uris update`; it also serves the
    release's other suites (backports)."""
    suites = {codename, "stable", "oldstable", "testing", "unstable", "sid"}
    for uri, suite in re.findall(r"^'(.+)/dists/([^/]+)/main/binary-[^/]+/Packages", uris, re.M):
        if suite in suites and not uri.startswith("cdrom:"):
            return uri
    return None


def mirror_of_this_machine(wanted: str) -> str:
    """The address of the Debian mirror that this machine uses."""
    mirror = os.environ.get("SCXB_MIRROR")
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    if not mirror and release.get("ID") == "debian":
        # Without lists it prints all that it would fetch, and fetches nothing.
        uris = run(["apt-get", "-o", "Dir::State::lists=/nonexistent", "--print-uris", "update"], "ask apt for its mirror")
        mirror = debian_mirror(uris, release.get("VERSION_CODENAME", ""))
    if not mirror:
        raise Failure(
            f"no Debian mirror to fetch {wanted} from: this machine is "
            f"{release.get('PRETTY_NAME', 'of unknown make')}, and its apt uses no Debian mirror.\n"
            "Set KERNEL=/path/to/vmlinuz (a kernel with CONFIG_SCHED_CLASS_EXT and its modules), or "
            "SCXB_MIRROR=<URL of a Debian mirror> where apt and Debian's archive keyring are installed."
        )
    return mirror


def source_line(suite: str, arch: str = ARCH) -> str:
    """An apt source line for a suite of the Debian mirror that this machine uses."""
    mirror = mirror_of_this_machine(suite)
    keyring = next((key for key in KEYRINGS if key.exists()), None)
    if keyring is None:
        raise Failure(f"cannot verify packages: {KEYRINGS[0]} is missing. Install debian-archive-keyring.")
    return f"deb [signed-by={keyring} arch={arch}] {mirror} {suite} main\n"


class Apt:
    """apt-get on lists of our own, for one suite and one of Debian's architectures."""

    def __init__(self, folder: pathlib.Path, suite: str, arch: str = ARCH):
        self.folder = folder
        self.suite = suite
        self.arch = arch
        self.stamp = folder / "fetched"
        settings = {
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": folder / "lists",
            "Dir::Cache": folder / "cache",
            "Acquire::Languages": "none",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
            "Acquire::Retries": "3",
            "APT::Architecture": arch,
            # Otherwise apt adds the architectures of the machine's dpkg.
            "APT::Architectures": arch,
            # As root, apt would drop to a user that cannot write to our cache, and warn.
            "APT::Sandbox::User": "root",
        }
        self.apt_get = ["apt-get", *(part for key, value in settings.items() for part in ("-o", f"{key}={value}"))]

    def refresh(self, fresh: bool = False) -> None:
        """Fetches the lists if they are older than a day, or if they must be fresh. Without a network, the old ones
        stay in use."""
        age_s = time.time() - self.stamp.stat().st_mtime if self.stamp.exists() else float("inf")
        if age_s < LISTS_MAX_AGE_S and not fresh:
            return
        say(f"asking the Debian mirror for its packages ({self.suite}, {self.arch})")
        try:
            line = source_line(self.suite, self.arch)
            for name in ("lists/partial", "cache/archives/partial"):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            (self.folder / "sources.list").write_text(line)
            run([*self.apt_get, "-qq", "--error-on=any", "update"], f"refresh the list of {self.suite}")
            self.stamp.write_text(line)
        except Failure as error:
            if fresh or not self.stamp.exists():
                raise
            say(f"warning: {error}\nGoing on with the list of {age_s / 3600:.0f} h ago.")

    def packages(self, prefix: str) -> list[dict[str, str]]:
        """The suite's packages with this prefix, as the fields of their paragraphs, each on one line."""
        targets = [*self.apt_get, "indextargets", "--format", "$(FILENAME)", "Created-By: Packages"]
        found = []
        for path in run(targets, f"find the list of {self.suite}").split():
            # apt may keep lists compressed, depending on the machine's configuration; this reads both kinds.
            text = run(["/usr/lib/apt/apt-helper", "cat-file", path], f"read {path}")
            found += [dict(re.findall(r"^(\S+): (.*)$", part, re.M)) for part in text.split("\n\n") if part.startswith(f"Package: {prefix}")]
        return found

    def unpack(self, packages: list[str], folder: pathlib.Path) -> None:
        """Downloads packages, NAME=VERSION each, checks them against the signed list, and unpacks them into a new
        folder. apt shows its progress."""
        debs = folder.with_name(f"{folder.name}.debs")
        for new in (debs, folder):
            shutil.rmtree(new, ignore_errors=True)  # an interrupted run's
            new.mkdir(parents=True)
        run([*self.apt_get, "download", *packages], f"download {', '.join(packages)}", cwd=debs, stdout=None, stderr=None)
        for deb in debs.iterdir():
            run(["dpkg-deb", "-x", str(deb), str(folder)], f"unpack {deb.name}")
            deb.unlink()
        debs.rmdir()


if __name__ == "__main__":
    # For tests/setup.sh, which needs the backports of its own release, and packaging/cross-sysroot.sh.
    try:
        print(source_line(*sys.argv[1:3]), end="")
    except (Failure, TypeError) as error:
        sys.exit(f"usage: apt.py SUITE [ARCHITECTURE]: {error}")

"""Debian packages fetched and unpacked without installing them.

The lists live in our own cache, so that the machine's apt and its state stay untouched and no root is
needed. The mirror is the one that the machine's own apt uses: no host name is written here.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from util import Failure

ETC = pathlib.Path("/etc/apt")
KEYRINGS = [pathlib.Path(f"/usr/share/keyrings/debian-archive-keyring.{end}") for end in ("gpg", "pgp")]
ARCH = "amd64"
LISTS_MAX_AGE_S = 24 * 3600


@dataclasses.dataclass(frozen=True)
class Source:
    """One place that apt fetches from: a URI with one suite and its components."""

    uri: str
    suite: str
    components: tuple[str, ...]


def parse_list(text: str) -> list[Source]:
    """The one-line format: `deb [options] uri suite component...`."""
    found = []
    for line in text.splitlines():
        line = line.split("#", 1)[0].strip()
        match = re.match(r"deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)$", line)
        if match:
            found.append(Source(match[1], match[2], tuple(match[3].split())))
    return found


def parse_deb822(text: str) -> list[Source]:
    """The .sources format: paragraphs of `Field: values`, with continuation lines."""
    found = []
    for paragraph in paragraphs(line for line in text.splitlines() if not line.startswith("#")):
        fields = {key.lower(): value for key, value in paragraph.items()}
        if fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        if "deb" not in fields.get("types", "").split():
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                found.append(Source(uri, suite, tuple(fields.get("components", "").split())))
    return found


def paragraphs(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Splits the format that Packages files and .sources files share."""
    fields: dict[str, str] = {}
    last = ""
    for line in lines:
        if not line.strip():
            if fields:
                yield fields
            fields, last = {}, ""
        elif line[0] in " \t":
            if last:
                fields[last] += "\n" + line.strip()
        else:
            last, _, value = line.partition(":")
            fields[last] = value.strip()
    if fields:
        yield fields


def machine_sources(etc: pathlib.Path = ETC) -> list[Source]:
    """What the machine's own apt fetches from, in apt's order."""
    found = []
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    for file in files:
        if not file.is_file():
            continue
        if file.suffix == ".sources":
            found += parse_deb822(file.read_text(errors="replace"))
        elif file.suffix == ".list":
            found += parse_list(file.read_text(errors="replace"))
    return found


def debian_mirror(sources: list[Source], codename: str) -> str | None:
    """The URI that serves this release itself; its other suites (backports) are beside it."""
    names = {codename, "stable", "oldstable", "testing", "unstable", "sid"} - {""}
    for source in sources:
        if source.uri.startswith("cdrom:"):
            continue
        if source.suite in names and "main" in source.components:
            return source.uri
    return None


def os_release() -> dict[str, str]:
    try:
        lines = pathlib.Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines)
    return {key: shlex.split(value)[0] if value else "" for key, _, value in pairs if key}


def mirror_of_this_machine(wanted: str) -> str:
    """The address of the Debian mirror that this machine uses."""
    release = os_release()
    mirror = os.environ.get("SCXB_MIRROR")
    if not mirror and release.get("ID") == "debian":
        mirror = debian_mirror(machine_sources(), release.get("VERSION_CODENAME", ""))
    if not mirror:
        raise Failure(
            f"no Debian mirror to fetch {wanted} from: this machine is "
            f"{release.get('PRETTY_NAME', 'of unknown make')} and /etc/apt names no Debian mirror.\n"
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

    def _options(self) -> list[str]:
        settings = {
            "Dir::Etc::sourcelist": self.folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "Acquire::Languages": "none",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
            "Acquire::Retries": "3",
            "APT::Architecture": self.arch,
            # Else apt adds those of the machine's dpkg.
            "APT::Architectures": self.arch,
            # As root, apt would drop to a user that cannot write to our cache, and warn.
            "APT::Sandbox::User": "root",
        }
        return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]

    def age_s(self) -> float:
        """Seconds since the lists were fetched; infinite if they never were."""
        try:
            return max(0.0, time.time() - self.stamp.stat().st_mtime)
        except OSError:
            return float("inf")

    def update(self) -> None:
        """Fetches the lists anew."""
        line = source_line(self.suite, self.arch)
        for name in ("lists/partial", "cache/archives/partial"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "sources.list").write_text(line)
        self._run(["apt-get", *self._options(), "-qq", "--error-on=any", "update"], f"refresh the list of {self.suite}")
        self.stamp.write_text(line)

    def packages(self) -> Iterator[dict[str, str]]:
        """Every package of the suite, as the fields of its Packages paragraph."""
        targets = self._run(
            ["apt-get", *self._options(), "indextargets", "--format", "$(FILENAME)", "Created-By: Packages"],
            f"find the list of {self.suite}",
        )
        for path in targets.split():
            # apt keeps lists compressed or not, as the machine is configured; this reads either.
            yield from paragraphs(iter(self._run(["/usr/lib/apt/apt-helper", "cat-file", path], f"read {path}").splitlines()))

    def download(self, name: str, version: str, folder: pathlib.Path, progress: Callable[[float], None]) -> pathlib.Path:
        """Fetches one .deb, checked against the signed list, into folder; progress gets 0…100."""
        before = set(folder.glob("*.deb"))
        read_end, write_end = os.pipe()
        command = ["apt-get", *self._options(), "-qq", "-o", f"APT::Status-Fd={write_end}", "download", f"{name}={version}"]
        with subprocess.Popen(
            command, cwd=folder, pass_fds=[write_end], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            os.close(write_end)
            with os.fdopen(read_end, errors="replace") as status:
                for line in status:
                    match = re.match(r"dlstatus:[^:]*:([0-9.]+):", line)
                    if match:
                        progress(float(match[1]))
            errors = process.stderr.read()
        new = set(folder.glob("*.deb")) - before
        if process.returncode != 0 or not new:
            raise Failure(f"cannot download {name} {version}:\n{errors.strip()}")
        return new.pop()

    @staticmethod
    def _run(command: list[str], what: str) -> str:
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        except FileNotFoundError:
            raise Failure(
                f"cannot {what}: {command[0]} is not on this machine.\n"
                "Kernels are fetched from Debian; elsewhere set KERNEL=/path/to/vmlinuz."
            ) from None
        if done.returncode != 0:
            raise Failure(f"cannot {what}:\n{(done.stderr or done.stdout).strip()}")
        return done.stdout


if __name__ == "__main__":
    # For tests/setup.sh, which needs the backports of the release that it runs on.
    try:
        print(source_line(sys.argv[1]), end="")
    except (Failure, IndexError) as error:
        sys.exit(f"usage: apt.py SUITE: {error}")

"""Building the first kernel with sched_ext, 6.12, which Debian ships with sched_ext switched off.

Its source is Debian's package linux-source-6.12, its configuration kernel.config. The work is done in
`<cache>/kernels/.build-<version>`, which stays when a build is interrupted or fails: the next one continues there.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess

from apt import Apt
from util import Failure, run, say, write_atomically

SERIES = (6, 12)
# Debian 13's own kernel is of this series, so the suite will always have its source.
SUITE = "trixie"
PACKAGE = "linux-source-6.12"
CONFIG = pathlib.Path(__file__).parent / "kernel.config"
TOOLS = ("make", "gcc", "ld", "flex", "bison", "bc", "pahole", "tar", "xz", "dpkg-deb")
# The source and the build, with debug information, take 4 GB.
FREE_GB = 6


def wanted(spec: str) -> bool:
    """Whether KERNEL=spec means a kernel of this series: only by name, never as oldest or newest."""
    return re.fullmatch(r"6\.12(\.\d+)?", spec) is not None


def newest(spec: str, package_versions: list[str]) -> tuple[str, str]:
    """The kernel and the version of the source package that a spec means."""
    found = {}
    for package_version in package_versions:
        # 6.12.117-1: the part after the dash is Debian's revision.
        version = package_version.split("-", 1)[0]
        if version == spec or version.startswith(f"{spec}."):
            found[tuple(map(int, version.split(".")))] = (version, package_version)
    if not found:
        offered = ", ".join(sorted(package_versions)) or "none"
        raise Failure(f"KERNEL={spec}: {SUITE} has no such source. It has {PACKAGE} of version {offered}.")
    return found[max(found)]


def unmet(config: str, asked: str) -> list[str]:
    """Lines of `asked` that are not in a configuration: Kconfig silently drops options with unmet dependencies."""
    settings = dict(line.split("=", 1) for line in config.splitlines() if re.match(r"CONFIG_\w+=", line))
    lines = [line for line in asked.splitlines() if line.startswith("CONFIG_")]
    return [line for line in lines if settings.get(line.split("=", 1)[0], "n") != line.split("=", 1)[1]]


def build(spec: str, folder: pathlib.Path, apt_folder: pathlib.Path) -> str:
    """Builds what the spec means into folder/<version>, in the cache's layout, and returns the version."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        raise Failure(f"KERNEL={spec} has to be built; missing for that: {', '.join(missing)}. Run `make setup-kernel`.")
    apt = Apt(apt_folder, SUITE)
    apt.refresh()
    sources = [fields["Version"] for fields in apt.packages(PACKAGE) if fields["Package"] == PACKAGE]
    version, package_version = newest(spec, sources)
    work = folder / f".build-{version}"
    for other in folder.glob(".build-*"):
        if other != work:
            shutil.rmtree(other)  # an unfinished build of another version
    work.mkdir(exist_ok=True)
    source = unpacked(apt, package_version, work)
    configure(source)
    compile_in(source, version)
    install(source, folder, version, package_version)
    shutil.rmtree(work)
    return version


def unpacked(apt: Apt, package_version: str, work: pathlib.Path) -> pathlib.Path:
    """The source's folder. Renaming it is the last step, so that one that exists is complete."""
    source = work / "source"
    if source.exists():
        say(f"going on with the build in {work}")
        return source
    free_gb = shutil.disk_usage(work).free / 1e9
    if free_gb < FREE_GB:
        raise Failure(f"building a kernel takes {FREE_GB} GB, and {work.parent} has {free_gb:.1f} GB left.")
    part = work / "part"
    say(f"downloading {PACKAGE} {package_version}")
    apt.unpack([f"{PACKAGE}={package_version}"], part)
    run(["tar", "-xf", str(part / f"usr/src/{PACKAGE}.tar.xz"), "-C", str(part)], "unpack the source")
    (part / PACKAGE).rename(source)
    shutil.rmtree(part)
    return source


def environment() -> dict[str, str]:
    """The environment without the settings of a make that runs us, which the kernel's make would obey."""
    return {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}


def configure(source: pathlib.Path) -> None:
    """Configures Kconfig's defaults, except for the options in kernel.config."""
    run(["make", "-C", str(source), f"KCONFIG_ALLCONFIG={CONFIG}", "alldefconfig"], "configure the kernel", environment())
    lost = unmet((source / ".config").read_text(), CONFIG.read_text())
    if lost:
        raise Failure(f"this kernel cannot be configured as {CONFIG.name} asks: {', '.join(lost)}.")


def compile_in(source: pathlib.Path, version: str) -> None:
    """make bzImage. The output of make goes to a file."""
    jobs = len(os.sched_getaffinity(0))
    log = source.parent / "build.log"
    say(f"building kernel {version} ({jobs} at a time), about 7 minutes on two CPUs; what make says is in {log}")
    command = ["make", "-C", str(source), f"-j{jobs}", "bzImage"]
    with (
        open(log, "w") as file,
        subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT) as process,
    ):
        try:
            status = process.wait()
        finally:
            # An interrupted make removes what it was writing.
            process.terminate()
    if status != 0:
        lines = log.read_text(errors="replace").splitlines()
        errors = [line for line in lines if re.search(r"\b(?:error|Error|not found)\b", line)]
        raise Failure(
            f"building kernel {version} failed. A missing header or tool: run `make setup-kernel`. All that make said is in {log}:\n"
            + "\n".join(errors[:10] or lines[-20:])
        )


def install(source: pathlib.Path, folder: pathlib.Path, version: str, package_version: str) -> None:
    """Moves it into the cache's layout; renaming the folder is the last step."""
    new = folder / f".new-{version}-built"
    shutil.rmtree(new, ignore_errors=True)
    abi = (source / "include/config/kernel.release").read_text().strip()
    modules = new / "lib/modules" / abi
    modules.mkdir(parents=True)
    shutil.copy2(source / "arch/x86/boot/bzImage", modules / "vmlinuz")
    shutil.copy2(source / ".config", modules / "config")
    write_atomically(new / "kernel.json", json.dumps({"abi": abi, "packages": [f"{PACKAGE}={package_version}"]}, indent=1))
    shutil.rmtree(folder / version, ignore_errors=True)
    new.rename(folder / version)

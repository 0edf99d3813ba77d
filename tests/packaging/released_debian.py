"""The released Debian packages, on each release of Debian that is supported."""

from __future__ import annotations

import functools
import shutil

from check import ROOT, check, constant, equal, run, scratch, version
from roots import RELEASE, Root, inside, minimal, schedules

CODENAMES = ("bookworm", "trixie")


@functools.cache
def with_packages(codename: str) -> Root:
    root = minimal(f"debian-{codename}", codename, "gcc", "libc6-dev", "pkg-config")
    packages = root.folder / "packages"
    packages.mkdir()
    for package in RELEASE.glob("*_amd64.deb"):
        shutil.copy(package, packages)
    inside(root, "apt-get -qq install --yes --no-install-recommends /packages/*.deb")
    return root


@check
def debian_packages_install() -> None:
    for codename in CODENAMES:
        said = inside(with_packages(codename), "scx_goland --version")
        equal(f"what the agent says on {codename}", f"library {version()}" in said, True)


@check
def debian_packages_have_what_c_programs_need() -> None:
    for codename in CODENAMES:
        root = with_packages(codename)
        shutil.copy(ROOT / "examples/c/fifo.c", root.folder / "packages")
        for package in ("scxbridge", "scxbridge-static"):
            inside(root, f"cd /packages && gcc fifo.c -o fifo $(pkg-config --cflags --libs {package}) -pthread")
            said = inside(root, "! setpriv --reuid 65534 /packages/fifo 2>&1")
            equal(f"that it says that it needs root's rights, with {package} on {codename}", "CAP_BPF" in said, True)


@check
def debian_packages_schedule_a_machine() -> None:
    for codename in CODENAMES:
        schedules(with_packages(codename).folder, "/usr/bin/scx_goland")


@check
def debian_packages_of_arm64_run() -> None:
    """Emulated, with the libraries that they were linked with."""
    folder = scratch("arm64")
    for package in RELEASE.glob("*_arm64.deb"):
        equal(f"architecture of {package.name}", run("dpkg-deb", "-f", package, "Architecture").strip(), "arm64")
        run("dpkg-deb", "-x", package, folder)
    sysroot = ROOT / "target/release-build/sysroot/arm64"
    library = f"{folder}/usr/lib/aarch64-linux-gnu"
    equal("links to the library", (folder / f"{library}/libscxbridge.so.{constant('SCXB_ABI_MAJOR')}").exists(), True)
    said = run("qemu-aarch64", "-L", sysroot, "-E", f"LD_LIBRARY_PATH={library}", folder / "usr/bin/scx_goland", "--version")
    equal("what the agent says", f"library {version()}" in said, True)

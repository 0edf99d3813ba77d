"""What `make cross` builds for aarch64 is the same library, and runs in an emulated process.

QEMU's user mode has no bpf(2): nothing here opens a scheduler.
"""

from __future__ import annotations

import os
import pathlib
import re
import sys

from check import ROOT, check, constant, equal, files, installed, make, plain_environment, run, scratch, version

BUILT = pathlib.Path(os.environ.get("CROSS_BUILT", "."))
COMPILER = os.environ.get("CROSS_CC", "cc")
EMULATE = os.environ.get("CROSS_EMULATE", "").split()


def elf(path: pathlib.Path, option: str) -> str:
    return run("readelf", "-W", option, path)


def machine(path: pathlib.Path) -> str:
    return re.search(r"Machine: +(.*)", elf(path, "-h"))[1]


def newest(folder: pathlib.Path, name: str) -> pathlib.Path:
    return max(folder.glob(f"build/scxbridge-*/out/{name}"), key=lambda path: path.stat().st_mtime)


@check
def library_is_of_that_machine() -> None:
    library = BUILT / "libscxbridge.so"
    equal("its machine", machine(library), "AArch64")
    equal("its soname", re.search(r"\(SONAME\).*\[(.*)\]", elf(library, "-d"))[1],
          f"libscxbridge.so.{constant('SCXB_ABI_MAJOR')}")


@check
def library_exports_the_same() -> None:
    def exported(path: pathlib.Path) -> set[str]:
        return {line.split()[-1] for line in run("nm", "-D", "--defined-only", path).splitlines()}

    equal("what it exports", exported(BUILT / "libscxbridge.so"), exported(ROOT / "target/release/libscxbridge.so"))


@check
def bpf_object_has_the_same_programs() -> None:
    def sections(path: pathlib.Path) -> set[tuple[str, str]]:
        return set(re.findall(r"\] (\S+) +(\S+) ", elf(path, "-S")))

    here, there = newest(ROOT / "target/release", "scxbridge.bpf.o"), newest(BUILT, "scxbridge.bpf.o")
    equal("its machine", machine(there), "Linux BPF")
    equal("its sections", sections(there), sections(here))


@check
def abi_is_the_committed_one() -> None:
    env = plain_environment(CC=COMPILER, EMULATE=" ".join(EMULATE))
    run("tests/abi/dump.py", "check", env=env)


def misuse(*link: object) -> pathlib.Path:
    """The program of wrong calls."""
    folder = scratch("c")
    run(sys.executable, "tests/abi/calls.py", folder / "calls.h")
    run(*COMPILER.split(), "-std=c11", "-Iinclude", f"-I{folder}", "tests/abi/misuse.c", "-o", folder / "misuse", *link)
    return folder / "misuse"


@check
def c_program_runs() -> None:
    run(*EMULATE, misuse(f"-L{BUILT}", "-lscxbridge"))


@check
def c_program_with_the_archive_runs() -> None:
    run(*EMULATE, misuse("-static", BUILT / "lib/libscxbridge.a"))


@check
def agent_runs() -> None:
    agent = pathlib.Path(os.environ["CROSS"]) / "scx_goland"
    equal("its machine", machine(agent), "AArch64")
    equal("its version", f"library {version()}" in run(*EMULATE, agent, "--version"), True)
    native = installed() / "bin/scx_goland"
    env = plain_environment(LD_LIBRARY_PATH=str(installed() / "lib"))
    equal("its help", run(*EMULATE, agent, "--help"), run(native, "--help", env=env))


@check
def it_installs_as_the_native_one() -> None:
    destdir = scratch("destdir")
    make("install-cross", f"DESTDIR={destdir}", "PREFIX=/usr")
    equal("what is installed", files(destdir / "usr"), files(installed()))
    equal("its machine", machine(destdir / "usr/lib/libscxbridge.so"), "AArch64")

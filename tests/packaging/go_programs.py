"""A Go program outside the repository builds against what is installed, in each way, with only PKG_CONFIG_PATH set.

The scenario installed_package has both schedule a virtual machine.
"""

from __future__ import annotations

import functools
import pathlib

import external
from check import check, constant, equal, needed, plain_environment, run, scratch, version


@functools.cache
def built() -> pathlib.Path:
    folder = scratch("external")
    external.build(folder, folder)
    return folder


@check
def go_program_shared() -> None:
    program = built() / "external.shared"
    soname = f"libscxbridge.so.{constant('SCXB_ABI_MAJOR')}"
    equal("libraries of the program", needed(program), {soname, "libc.so.6"})
    env = plain_environment(LD_LIBRARY_PATH=str(built() / "prefix/lib"))
    equal("version", run(program, "version", env=env).strip(), version())


@check
def go_program_static() -> None:
    program = built() / "external.static"
    foreign = {name for name in needed(program) if name.startswith(("libscxbridge", "libelf", "libz"))}
    equal("libraries that it should not need", foreign, set())
    equal("version", run(program, "version").strip(), version())


@check
def go_program_all_static() -> None:
    program = built() / "external.all_static"
    equal("libraries of the program", needed(program), set())
    equal("version", run(program, "version").strip(), version())

"""A Go program outside the repository builds in each way: with the archive of a released module, and against what is
installed, with only PKG_CONFIG_PATH set.

The scenario installed_package has them schedule a virtual machine.
"""

from __future__ import annotations

import functools
import pathlib
import shutil
import subprocess

import external
from check import GO, ROOT, Failed, check, constant, equal, needed, plain_environment, run, scratch, version


@functools.cache
def built() -> pathlib.Path:
    folder = scratch("external")
    external.build(folder, folder)
    return folder


@check
def go_program_released() -> None:
    program = built() / "external.released"
    foreign = {name for name in needed(program) if name.startswith(("libscxbridge", "libelf", "libz"))}
    equal("libraries that it should not need", foreign, set())
    # That is all the environment that there is.
    equal("version", run(program, "version", env={"PATH": ""}).strip(), version())


@check
def released_archive_is_small_and_alone() -> None:
    """It has no more than what is used, and no names but its own: 24 MB and thousands in what it is made of."""
    archive = next((built() / "go/internal/capi").glob("libscxbridge_linux_*.a"))
    if archive.stat().st_size > 2_600_000:
        raise Failed(f"{archive.name} has {archive.stat().st_size} bytes, not at most 2.6 MB")
    names = set(run("nm", "--defined-only", "--extern-only", "--format=just-symbols", archive).split()) - {"scxbridge.o:"}
    equal("names that are not the library's", {name for name in names if not name.startswith("scxb_")}, set())


@check
def sources_without_the_library_say_what_to_do() -> None:
    module = scratch("sources") / "go"
    shutil.copytree(ROOT / "go", module)
    done = subprocess.run([GO, "build", "./..."], cwd=module, env=plain_environment(GOFLAGS="", GOWORK="off"),
                          capture_output=True, text=True, check=False)
    for word in ("go get github.com/scxbridge/scxbridge/go@latest", "-tags scxbridge_shared"):
        if done.returncode == 0 or word not in done.stderr:
            raise Failed(f"without the library, go build does not say {word!r} but:\n{done.stderr}")


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

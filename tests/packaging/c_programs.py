"""C programs find what is installed by pkg-config alone, and run."""

from __future__ import annotations

import pathlib

from check import CC, PKG_CONFIG, ROOT, check, constant, equal, installed, needed, plain_environment, run, scratch, version
from panic import panic_is_caught

SOURCE = """
#include <scxbridge.h>
#include <stdio.h>

int main(void)
{
	puts(scxb_version());
	return scxb_abi_version() >> 16 != SCXB_ABI_MAJOR;
}
"""


def with_installed() -> dict[str, str]:
    return plain_environment(PKG_CONFIG_PATH=str(installed() / "lib/pkgconfig"))


def build(package: str, *static: str, env: dict[str, str] | None = None) -> pathlib.Path:
    env = env or with_installed()
    folder = scratch("c")
    (folder / "main.c").write_text(SOURCE)
    pkg_static = ["--static"] if static else []
    flags = run(PKG_CONFIG, *pkg_static, "--cflags", "--libs", package, env=env).split()
    run(CC, *static, "main.c", "-o", "main", *flags, env=env, cwd=folder)
    return folder / "main"


@check
def pkg_config_knows_the_version() -> None:
    for package in ("scxbridge", "scxbridge-static"):
        equal(f"{package}'s version", run(PKG_CONFIG, "--modversion", package, env=with_installed()).strip(), version())


@check
def c_program_shared() -> None:
    program = build("scxbridge")
    soname = f"libscxbridge.so.{constant('SCXB_ABI_MAJOR')}"
    equal("libraries of the program", needed(program), {soname, "libc.so.6"})
    equal("version", run(program, env=plain_environment(LD_LIBRARY_PATH=str(installed() / "lib"))).strip(), version())


@check
def c_program_with_our_archives() -> None:
    program = build("scxbridge-static")
    foreign = {name for name in needed(program) if name.startswith(("libscxbridge", "libelf", "libz"))}
    equal("libraries that it should not need", foreign, set())
    equal("version", run(program).strip(), version())


@check
def c_program_all_static() -> None:
    program = build("scxbridge", "-static")
    equal("libraries of the program", needed(program), set())
    equal("version", run(program).strip(), version())


@check
def c_program_survives_a_panic() -> None:
    archive = installed() / "lib/libscxbridge.a"
    panic_is_caught(archive)
    stripped = scratch("one-object") / "libscxbridge.a"
    run(ROOT / "packaging/one-object.sh", archive, installed() / "lib/libscxbridge.so", stripped)
    panic_is_caught(stripped)


@check
def c_programs_against_a_clone() -> None:
    clone = plain_environment(PKG_CONFIG_PATH=str(ROOT / "target/pkgconfig"))
    soname = f"libscxbridge.so.{constant('SCXB_ABI_MAJOR')}"
    for package, static, libraries in (("scxbridge", [], {soname, "libc.so.6"}), ("scxbridge", ["-static"], set())):
        program = build(package, *static, env=clone)
        equal("libraries of the program", needed(program), libraries)
        said = run(program, env=plain_environment(LD_LIBRARY_PATH=str(ROOT / "target/release"))).strip()
        equal("version", said, version())

"""What each kernel's verifier makes of the BPF programs of each clang: `vm.py matrix`.

The library is built with each clang, and the scenario `loads` runs with it on each kernel, in a machine of two caches. The table is the
largest number of instructions that any of those kernels walked through for a program.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess

from scenarios import Result, Scenario
from shape import Shape
from util import Failure, number, say

SCENARIO = "loads"
LIMIT_S = 300
# A scenario whose machine has several domains and rings: with one, the verifier drops the code that chooses among them.
MACHINE_OF = "two_caches"
# The oldest that our programs must compile with: Debian 12's.
CLANG_OLDEST = 14
BEGIN, END = "<!-- begin: vm.py matrix -->\n", "<!-- end: vm.py matrix -->\n"

# Instructions by kernel, clang and program.
Verified = dict[str, dict[str, dict[str, int]]]


def installed_clangs() -> list[str]:
    """clang-14, clang-16 and so on, as far as they are in PATH."""
    folders = [pathlib.Path(folder) for folder in os.environ.get("PATH", "").split(":") if folder]
    names = {path.name for folder in folders for path in folder.glob("clang-[0-9]*") if os.access(path, os.X_OK)}
    versions = sorted(int(name.removeprefix("clang-")) for name in names if re.fullmatch(r"clang-\d+", name))
    return [f"clang-{version}" for version in versions if version >= CLANG_OLDEST]


def clang_version(clang: str) -> str:
    try:
        text = subprocess.run([clang, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise Failure(f"matrix: {clang} does not run: {error}. Install it, or name others with --clang.") from None
    return re.search(r"version (\d+\.\d+\.\d+)", text)[1]


def build(clangs: list[str], root: pathlib.Path, out: pathlib.Path) -> dict[str, pathlib.Path]:
    """A folder with the library of each clang, by the clang's version."""
    folders = {}
    for clang in clangs:
        version = clang_version(clang)
        say(f"building the library with clang {version}")
        # In a target folder of its own: all other tests use the library in the usual one.
        environment = os.environ | {"CLANG": clang, "CARGO_TARGET_DIR": str(out / "target")}
        # Without the archive and the Rust library, each of which is optimized by itself.
        command = [os.environ.get("CARGO", "cargo"), "rustc", "--release", "--lib", "--crate-type", "cdylib"]
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"CLANG={clang} {' '.join(command)} failed:\n{done.stderr.strip()}")
        folders[version] = out / clang
        folders[version].mkdir(parents=True, exist_ok=True)
        library = out / "target/release/libscxbridge.so"
        # Named by its soname, which programs are linked with.
        dynamic = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
        soname = re.search(r"\(SONAME\).*\[(.*)\]", dynamic)[1]
        shutil.copy2(library, folders[version] / soname)
    return folders


def jobs(folders: dict[str, pathlib.Path], shape: Shape) -> list[Scenario]:
    return [
        Scenario(
            f"{SCENARIO}-clang-{version}",
            timeout_s=LIMIT_S * number("VM_TIMEOUT_FACTOR", 1),
            shape=shape,
            arguments=("with", str(folder), "run", SCENARIO),
        )
        for version, folder in folders.items()
    ]


def verified(results: list[Result]) -> Verified:
    """What the scenarios left, of those that passed."""
    found: Verified = {}
    for result in results:
        if result.status == "ok":
            programs = json.loads((pathlib.Path(result.folder) / "out/verified.json").read_text())
            found.setdefault(result.kernel, {})[result.name.removeprefix(f"{SCENARIO}-clang-")] = programs
    return found


def table(found: Verified) -> str:
    """Programs by kernels; of all clangs, the most."""
    programs = sorted({program for clangs in found.values() for by_name in clangs.values() for program in by_name})
    clangs = list(dict.fromkeys(clang for by_clang in found.values() for clang in by_clang))

    def most(kernel: str, program: str) -> int:
        return max((by_name.get(program, 0) for by_name in found[kernel].values()), default=0)

    programs.sort(key=lambda program: -max(most(kernel, program) for kernel in found))
    rows = [f"| program | {' | '.join(found)} |", f"| --- |{' ---: |' * len(found)}"]
    rows += [f"| `{program}` | {' | '.join(f'{most(kernel, program):,}' for kernel in found)} |" for program in programs]
    return f"Loaded with clang {', '.join(clangs)}:\n\n" + "\n".join(rows) + "\n"


def put_into(document: str, text: str) -> str:
    """The document with the text between its marks."""
    before, found, rest = document.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not found or not ends:
        raise Failure(f"matrix: the document lacks the lines {BEGIN.strip()} and {END.strip()}.")
    return f"{before}{BEGIN}{text}{END}{after}"

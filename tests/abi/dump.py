#!/usr/bin/env python3
"""The C ABI as text, one file for each version: tests/abi/dumps/MAJOR.MINOR.abi.

    dump.py check     fails if the header and the committed text differ, or if a minor version is not compatible
    dump.py update    writes the text for the header's version (`make abi-dump`), unless that version is released

In the environment, for tests, HEADER and DUMPS name other places; CC is the compiler, EMULATE what runs its programs.
"""

from __future__ import annotations

import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = pathlib.Path(os.environ.get("HEADER", ROOT / "include/scxbridge.h"))
DUMPS = pathlib.Path(os.environ.get("DUMPS", ROOT / "tests/abi/dumps"))
WHERE = "SCXB_ABI_MAJOR and _MINOR come from rust/ffi/library.rs"


class Refused(Exception):
    """Why the ABI, or the update of its text, is wrong."""


def version(header: str) -> tuple[int, int]:
    return tuple(int(re.search(rf"^#define SCXB_ABI_{part} (\d+)$", header, re.M)[1]) for part in ("MAJOR", "MINOR"))


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def functions(code: str) -> list[str]:
    """Signatures without the names of parameters, which are not part of the ABI."""
    found = []
    for result, name, parameters in re.findall(r"^(\w[\w\s*]*?)\b(scxb_\w+)\(([^)]*)\);", code, re.M):
        types = [re.sub(r"\b\w+$", "", squeeze(p)).strip() if p.strip() != "void" else "void" for p in parameters.split(",")]
        found.append(f"function {name}: {squeeze(result)} ({', '.join(types)})")
    return found


def measured(code: str) -> list[str]:
    """Constants and layouts, as the C compiler sees them."""
    lines = []
    for name in re.findall(r"^#define (SCXB_\w+) \S", code, re.M):
        if not name.startswith("SCXB_ABI_"):
            lines.append(f'printf("constant {name} %lld\\n", (long long){name});')
    for struct, body in re.findall(r"^struct (scxb_\w+) \{(.*?)^\};", code, re.M | re.S):
        lines.append(f'printf("struct {struct} size %zu align %zu\\n", sizeof(struct {struct}), _Alignof(struct {struct}));')
        for kind, name, room in re.findall(r"(\w[\w\s]*?[\s*]+)(\w+)(\[\w+\])?;", body):
            member = f"((struct {struct} *)0)->{name}"
            lines.append(f'printf("field {struct}.{name} offset %zu size %zu {squeeze(kind)}{"[]" if room else ""}\\n", '
                         f"offsetof(struct {struct}, {name}), sizeof({member}));")
    program = f'#include "{HEADER}"\n#include <stdio.h>\nint main(void) {{\n' + "\n".join(lines) + "\nreturn 0; }\n"
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "dump.c").write_text(program)
        compiler = os.environ.get("CC", "cc").split()
        emulate = os.environ.get("EMULATE", "").split()
        subprocess.run([*compiler, "-std=c11", "-o", "dump", "dump.c"], cwd=folder, check=True)
        return subprocess.run([*emulate, f"{folder}/dump"], capture_output=True, text=True, check=True).stdout.splitlines()


def describe() -> tuple[tuple[int, int], list[str]]:
    header = HEADER.read_text()
    code = re.sub(r"//[^\n]*", "", header)
    lines = measured(code) + functions(code)
    declared = set(re.findall(r"\b(scxb_\w+)\(", code))
    described = set(re.findall(r"^function (\w+):", "\n".join(lines), re.M))
    if declared != described or not declared:
        raise Refused(f"dump.py does not understand the declarations of {sorted(declared ^ described)} in {HEADER}")
    return version(header), sorted(lines)


def path_of(major: int, minor: int) -> pathlib.Path:
    return DUMPS / f"{major}.{minor}.abi"


def read(path: pathlib.Path) -> tuple[bool, list[str]]:
    """Whether that version is released, and its lines."""
    first, *lines = path.read_text().splitlines()
    return first.endswith(" released"), lines


def broken(old: list[str], new: list[str]) -> list[str]:
    """The lines of old that programs rely on, and that new does not keep."""
    lost = []
    sizes = {m[1]: int(m[2]) for m in (re.match(r"struct (\w+) size (\d+)", line) for line in new) if m}
    for line in old:
        if line in new:
            continue
        grown = re.match(r"struct (\w+) size (\d+)", line)
        # These structs may grow: programs pass their size with each call.
        if grown and f"field {grown[1]}.size offset 0 size 4 uint32_t" in new and sizes.get(grown[1], 0) > int(grown[2]):
            continue
        # A reserved field may get a name.
        reserved = re.match(r"(field \w+\.)reserved\w* (.*)", line)
        if reserved and any(re.fullmatch(re.escape(reserved[1]) + r"\w+ " + re.escape(reserved[2]), other) for other in new):
            continue
        lost.append(line)
    return lost


def compatible(now: tuple[int, int], lines: list[str]) -> None:
    """Checks that a minor version keeps all that the one before it had."""
    major, minor = now
    before = path_of(major, minor - 1)
    if minor == 0 or not before.exists():
        return
    if lost := broken(read(before)[1], lines):
        raise Refused(f"ABI {major}.{minor} breaks programs of {major}.{minor - 1}; only a new major may ({WHERE}):\n"
                      + "\n".join(f"  {line}" for line in lost))


def check() -> None:
    now, lines = describe()
    path = path_of(*now)
    if not path.exists():
        raise Refused(f"there is no {path.name} in {DUMPS}: run `make abi-dump` and commit it")
    committed = read(path)[1]
    if committed != lines:
        part = "MAJOR" if broken(committed, lines) else "MINOR"
        diff = [line for line in difflib.unified_diff(committed, lines, lineterm="", n=0) if line[0] in "+-"][2:]
        raise Refused(f"the ABI changed and is still {now[0]}.{now[1]}. Raise ABI_{part} in rust/ffi/library.rs, then run "
                      "`make generate abi-dump` and commit both.\n(While this version is unreleased, `make abi-dump` alone will do.)\n"
                      + "\n".join(f"  {line}" for line in diff))
    compatible(now, lines)


def update() -> None:
    now, lines = describe()
    path = path_of(*now)
    if path.exists():
        released, committed = read(path)
        if released and committed != lines:
            raise Refused(f"ABI {now[0]}.{now[1]} is released, and stays as it is: raise the version first ({WHERE})")
        if released:
            return
    compatible(now, lines)
    path.write_text("\n".join([f"abi {now[0]}.{now[1]} unreleased", *lines]) + "\n")


def main() -> int:
    commands = {"check": check, "update": update}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        commands[sys.argv[1]]()
    except Refused as error:
        print(f"abi: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

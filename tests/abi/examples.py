"""Proves that the structs of examples/python/fifo.py are those of the header.

    examples.py      writes a C program on standard output that compiles if they are

A struct may stop short of the header's only if it begins with its size; else it must be complete.
"""

from __future__ import annotations

import ctypes
import importlib.util
import sys

import header

EXAMPLE = header.ROOT / "examples/python/fifo.py"


def structs() -> dict[str, type[ctypes.Structure]]:
    sys.dont_write_bytecode = True
    spec = importlib.util.spec_from_file_location("example", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        value.__name__: value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, ctypes.Structure)
    }


def fields_in_header(struct: str) -> list[str]:
    names = [item.name for item in header.items() if item.kind == "field"]
    return [name.removeprefix(struct + ".") for name in names if name.startswith(struct + ".")]


def asserts(name: str, struct: type[ctypes.Structure]) -> list[str]:
    ours, theirs = [field for field, _ in struct._fields_], fields_in_header(name)
    if theirs[: len(ours)] != ours:
        raise SystemExit(f"{EXAMPLE.name}: {name} has the fields {ours}, in the header they are {theirs}")
    lines = []
    if ours[0] != "size":
        lines.append(f'_Static_assert(sizeof(struct {name}) == {ctypes.sizeof(struct)}, "size of {name}");')
    for field in ours:
        place = getattr(struct, field)
        member = f"((struct {name} *)0)->{field}"
        lines.append(f'_Static_assert(offsetof(struct {name}, {field}) == {place.offset}, "place of {name}.{field}");')
        lines.append(f'_Static_assert(sizeof({member}) == {place.size}, "size of {name}.{field}");')
    return lines


def main() -> None:
    found = structs()
    if not found:
        raise SystemExit(f"{EXAMPLE.name} has no structs")
    print("#include <stddef.h>", "#include <scxbridge.h>", sep="\n")
    for name, struct in found.items():
        print(*asserts(name, struct), sep="\n")


if __name__ == "__main__":
    main()

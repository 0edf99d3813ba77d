"""Reads include/scxbridge.h: its constants, structs, fields and functions, each with its comment.

    header.py comments    fails if something in the header has no comment, or one that is not for C readers

The header is generated, so its form is known: a declaration stands on lines of its own, below its comment.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEADER = ROOT / "include/scxbridge.h"

COMMENT = re.compile(r"\s*//\s?(.*)")
CONSTANT = re.compile(r"#define (SCXB_\w+) (\S+)")
STRUCT = re.compile(r"struct (scxb\w*) ?([{;])")
FIELD = re.compile(r"\s+(?:const )?(?:struct )?\w+ \*?(\w+)(?:\[\w+\])?;")
FUNCTION = re.compile(r"[a-z][\w ]*[ *](scxb_\w+)\(")
# Not declarations: guards, includes, and what only a C++ compiler sees.
OTHER = re.compile(r'#(ifndef|ifdef|endif|include|define SCXBRIDGE_H)\b.*|extern "C" \{|\}  // extern "C"')


@dataclasses.dataclass
class Item:
    kind: str  # constant, struct, field or function
    name: str  # of a field: struct.field
    text: str  # the declaration
    comment: str
    line: int


def strip_head(text: str) -> str:
    """The text without block comments, but with as many lines."""
    return re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"), text, flags=re.DOTALL)


def read(text: str) -> list[Item]:
    items: list[Item] = []
    comment: list[str] = []
    struct = ""
    lines = list(enumerate(strip_head(text).splitlines(), 1))
    while lines:
        number, line = lines.pop(0)
        if match := COMMENT.fullmatch(line):
            comment.append(match[1])
            continue
        declared = None
        if struct and line == "};":
            struct = ""
        elif struct and (match := FIELD.fullmatch(line)):
            declared = Item("field", f"{struct}.{match[1]}", line.strip(), "", number)
        elif match := CONSTANT.fullmatch(line):
            declared = Item("constant", match[1], line, "", number)
        elif match := STRUCT.fullmatch(line):
            struct = match[1] if match[2] == "{" else ""
            declared = Item("struct", match[1], line, "", number)
        elif match := FUNCTION.match(line):
            while not line.endswith(");"):
                line += " " + lines.pop(0)[1].strip()
            declared = Item("function", match[1], line, "", number)
        elif line.strip() and not OTHER.fullmatch(line):
            raise SystemExit(f"{HEADER.name}:{number}: header.py does not understand: {line}")
        if declared:
            declared.comment = "\n".join(comment)
            items.append(declared)
        comment = []
    return items


def items() -> list[Item]:
    return read(HEADER.read_text())


def complaints(found: list[Item]) -> list[str]:
    """What is wrong with the comments."""
    wrong = []
    for item in found:
        where = f"{HEADER.name}:{item.line}: {item.kind} {item.name}"
        if not re.search(r"\w", item.comment):
            wrong.append(f"{where} has no comment")
        # Links, paths and code marks of Rust's own documentation.
        elif match := re.search(r"\[\w+\]|\w::\w|`|# Safety|# Errors", item.comment):
            wrong.append(f"{where}: {match[0]!r} in its comment is not for C readers")
        if any(len(line) > 117 for line in item.comment.splitlines()):
            wrong.append(f"{where}: a line of its comment is longer than 120 characters")
    return wrong


def main() -> int:
    if sys.argv[1:] != ["comments"]:
        print(__doc__, file=sys.stderr)
        return 2
    found = items()
    wrong = complaints(found)
    # An empty list would pass too.
    for kind in ("constant", "struct", "field", "function"):
        if not any(item.kind == kind for item in found):
            wrong.append(f"no {kind} was found in the header")
    print("\n".join(wrong), end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

"""Checks docs/abi.md against the header, and takes its examples out.

    document.py check         fails if a function lacks its section, signature or example, or a name or status is wrong
    document.py examples DIR  writes each example into DIR as a C file that compiles, and prints their names

A section is headed `### name`. Its first block of code is the signature; its blocks of C are the examples: a whole
file if it includes something, else a part of a function that has the handle `s`.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys

import header

DOCUMENT = header.ROOT / "docs/abi.md"

WRAPPER = """\
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <scxbridge.h>

int example(struct scxb *s);
int example(struct scxb *s)
{{
	(void)s;
#line {line} "{file}"
{code}
	return 0;
}}
"""


@dataclasses.dataclass
class Block:
    language: str
    code: str
    line: int  # of its first line of code
    section: str  # the heading above it


def blocks(text: str) -> list[Block]:
    found: list[Block] = []
    section, opened = "", None
    for number, line in enumerate(text.splitlines(), 1):
        if opened is None and (match := re.fullmatch(r"#+ (.*)", line)):
            section = match[1]
        elif match := re.fullmatch(r"```(\w*)", line):
            if opened is None:
                opened = Block(match[1], "", number + 1, section)
            else:
                found.append(opened)
                opened = None
        elif opened is not None:
            opened.code += line + "\n"
    if opened is not None:
        raise SystemExit(f"{DOCUMENT.name}:{opened.line}: this block of code does not end")
    return found


def program(block: Block) -> str:
    if "#include" in block.code:
        return f'#line {block.line} "docs/{DOCUMENT.name}"\n{block.code}'
    code = "\n".join("\t" + line if line else "" for line in block.code.splitlines())
    return WRAPPER.format(line=block.line, file=f"docs/{DOCUMENT.name}", code=code)


def normal(declaration: str) -> str:
    return re.sub(r"\s+", " ", declaration).strip()


def complaints(text: str, items: list[header.Item]) -> list[str]:
    wrong = []
    found = blocks(text)
    headings = re.findall(r"^### (scxb_\w+)$", text, re.MULTILINE)
    functions = {item.name: item for item in items if item.kind == "function"}
    for name in functions.keys() | set(headings):
        if name not in functions:
            wrong.append(f"{name} has a section, but is not in the header")
        elif headings.count(name) != 1:
            wrong.append(f"{name} has {headings.count(name)} sections, not one")
        else:
            own = [block for block in found if block.section == name]
            if not own or normal(own[0].code) != normal(functions[name].text):
                wrong.append(f"the section of {name} does not begin with its signature: {normal(functions[name].text)}")
            if not any(block.language == "c" and f"{name}(" in block.code for block in own):
                wrong.append(f"the section of {name} has no example that calls it")

    known = {item.name.split(".")[-1] for item in items}
    for name in sorted(set(re.findall(r"\b(?:scxb_[a-z_]*[a-z]|SCXB_[A-Z_]*[A-Z])\b(?!\*)", text)) - known):
        wrong.append(f"{name} is not in the header")
    # Each status in the header has its row, alone or with others.
    rows = set(re.findall(r"^\| `-(E\w+)` \|", text, re.MULTILINE))
    for status in sorted(set(re.findall(r"-(E[A-Z0-9]+)", "\n".join(item.comment for item in items))) - rows):
        wrong.append(f"the table of errors lacks -{status}")
    return sorted(wrong)


def write_examples(text: str, folder: pathlib.Path) -> None:
    count: dict[str, int] = {}
    for block in blocks(text):
        if block.language != "c":
            continue
        count[block.section] = count.get(block.section, 0) + 1
        number = f"_{count[block.section]}" if count[block.section] > 1 else ""
        name = re.sub(r"\W+", "_", block.section) + number
        (folder / f"{name}.c").write_text(program(block))
        print(name)


def main() -> int:
    text = DOCUMENT.read_text()
    match sys.argv[1:]:
        case ["check"]:
            wrong = complaints(text, header.items())
            print("\n".join(wrong), end="\n" if wrong else "")
            return int(bool(wrong))
        case ["examples", folder]:
            write_examples(text, pathlib.Path(folder))
            return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())

"""The commands that the README tells newcomers to type. Taken from there, so that they cannot drift."""

from __future__ import annotations

import pathlib
import re

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
# Its own suite runs it, and takes an hour; what it needs to be installed is a part of what is run here.
ELSEWHERE = {"make test"}
ADDRESS = re.compile(r"\bgit clone (https://\S+)")


def first_lines(text: str) -> list[str]:
    """The commands of the first block of the section "Try it", without comments."""
    block = re.search(r"^## Try it$.*?^```sh\n(.*?)^```$", text, re.M | re.S)
    if not block:
        raise ValueError("the section 'Try it' has no block of commands")
    lines = (re.sub(r"(^|\s+)#\s.*", "", line).strip() for line in block[1].splitlines())
    return [line for line in lines if line]


def commands(text: str) -> list[str]:
    """What is run: those, and the targets that the section names besides."""
    lines = [line for line in first_lines(text) if line not in ELSEWHERE]
    for target in ("make lint", "make deb"):
        if f"`{target}`" not in text:
            raise ValueError(f"nothing is said of `{target}`")
        lines.append(target)
    if not any(ADDRESS.search(line) for line in lines):
        raise ValueError("no line clones the repository")
    return lines


def address(lines: list[str]) -> str:
    """Where the README says that the repository is."""
    return next(match[1] for match in map(ADDRESS.search, lines) if match)

"""Writes calls.h: a call of every function of the header that has a handle, for the C programs of this folder.

    calls.py FILE    writes it

The arguments are good, so a call fails only because of its handle; it must then leave them as they were. A function that
is new in the header is called, too, without a word about it here.
"""

from __future__ import annotations

import pathlib
import re
import sys

import header

DECLARATION = re.compile(r"(\w+) (scxb_\w+)\(struct scxb \*handle(?:, )?(.*)\);")
PARAMETER = re.compile(r"(const )?((?:struct )?\w+) (\*?)(\w+)")
# A good value of each type: an existing id, a small count, no time at all.
VALUES = {"int32_t": "1", "uint32_t": "1", "int64_t": "0", "uint64_t": "0"}
TEXT = 64  # room for one

TAIL = """\
/* Makes every call but those that are named, which another line looks at: each has this status. */
#define EXPECT_ALL(handle, status, ...) \\
	expect_all(__LINE__, handle, status, (const char *const[]){ __VA_ARGS__, NULL })

static void expect_all(int line, struct scxb *handle, long long status, const char *const *but)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		const char *const *name = but;

		while (*name && strcmp(*name, calls[i].name))
			name++;
		if (!*name)
			expect_in(__BASE_FILE__, line, calls[i].name, calls[i].run(handle), status);
	}
}
"""

HEAD = """\
/* Written by tests/abi/calls.py from include/scxbridge.h. */
#include <string.h>
"""


def wrapper(returned: str, name: str, parameters: str, sized: set[str]) -> str:
    """A function in C that makes the call and checks that its arguments are unchanged."""
    variables, setup, arguments, checks = [], [], ["handle"], []
    for parameter in filter(None, parameters.split(", ")):
        match = PARAMETER.fullmatch(parameter)
        if not match or not (match[3] or match[2] in VALUES or match[2] == "size_t"):
            raise SystemExit(f"calls.py: {name}: no good argument is known for {parameter!r}")
        constant, kind, pointer, variable = match.groups()
        if kind == "size_t":
            arguments.append(str(TEXT))
        elif not pointer:
            arguments.append(VALUES[kind])
        else:
            array = f"[{TEXT}]" if kind == "char" else "[1]"
            variables.append(f"{kind} {variable}{array}, {variable}_before{array};")
            setup.append(f"memset({variable}, {'0' if constant else '0x5a'}, sizeof({variable}));")
            if kind in sized:
                setup.append(f"{variable}->size = sizeof(*{variable});")
            setup.append(f"memcpy({variable}_before, {variable}, sizeof({variable}));")
            arguments.append(variable)
            checks.append(f'expect(__LINE__, "{name} failed and left {variable} as it was",')
            checks.append(f"       !memcmp({variable}, {variable}_before, sizeof({variable})), 1);")
    call = f"{name}({', '.join(arguments)})"
    if returned == "void":
        call, result = f"{call};", "0"
    else:
        variables.append("long long result;")
        call, result = f"result = (long long){call};", "result"
    lines = [*variables, "", *setup, call]
    if checks:
        lines += [f"if ({result} < 0) {{", *("\t" + check for check in checks), "}"]
    body = "\n".join(f"\t{line}".rstrip() for line in [*lines, f"return {result};"]).lstrip("\n")
    return f"static long long call_{name}(struct scxb *handle)\n{{\n{body}\n}}\n"


def program(items: list[header.Item]) -> str:
    sized = {f"struct {item.name.removesuffix('.size')}" for item in items if item.name.endswith(".size")}
    functions = [re.sub(r"\s+", " ", item.text) for item in items if item.kind == "function"]
    found = [match.groups() for text in functions if (match := DECLARATION.fullmatch(text))]
    if not found:
        raise SystemExit("calls.py: the header has no function that takes a handle")
    table = "".join(f'\t{{ "{name}", call_{name} }},\n' for _, name, _ in found)
    table = f"static const struct {{\n\tconst char *name;\n\tlong long (*run)(struct scxb *handle);\n}} calls[] = {{\n{table}}};\n"
    return "\n".join([HEAD, *(wrapper(*declared, sized) for declared in found), table, TAIL])


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    pathlib.Path(sys.argv[1]).write_text(program(header.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

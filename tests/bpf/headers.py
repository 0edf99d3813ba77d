#!/usr/bin/env python3
"""Checks the headers of the kernel side: each compiles alone, and includes exactly what it uses.

Usage: headers.py LIBBPF_INCLUDE

The compiler is $CLANG, or clang: the one that builds the BPF object. Sources (*.bpf.c) are held to the same rule for
includes, those of the boundary's stand-in too.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "rust/bpf"
# libbpf's headers come with this one.
KERNEL = "kernel.bpf.h"
LIBBPF = re.compile(r"SEC|__uint|__type|__always_inline|__noinline|barrier_var|(bpf|BPF)_\w+")


def code_of(text):
    """The text without comments, strings, arguments of counter macros, and what only user space sees."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    text = re.sub(r"^(#ifdef __bpf__\n[^#]*(?:#include[^#]*)*)#else\n.*?^#endif", r"\1#endif", text, flags=re.S | re.M)
    text = re.sub(r'^(?!#include).*?$', lambda line: re.sub(r'"(\\.|[^"\\])*"', '""', line[0]), text, flags=re.M)
    return re.sub(r"\b(stat_(?:inc|inc_barrier))\(\w+\)", r"\1()", text)


def without_fields(code):
    """The code with the names of fields taken out of structs: they are not names of their own."""

    def fields(body):
        return re.sub(r"\w+(\[[^\]]*\])?(\s*__attribute__\(\(.*?\)\))?;", r"\1;", body[0])

    return re.sub(r"^(?:typedef )?struct\b[^;{}=]*\{.*?^\}", fields, code, flags=re.S | re.M)


def has_programs(code):
    """Whether a header has programs, which nobody calls by name."""
    return re.search(r"^SEC\(.*\)\n", code, flags=re.M) is not None


def defined(code):
    """The names that a header defines: (kind, name) with the kinds struct, function and name."""
    names = set()
    code = re.sub(r" ?(__attribute__\(\(.*?\)\)|__weak)(?=[ ;\n])", "", code)
    for name, call in re.findall(r"^#define (\w+)(\(?)", code, flags=re.M):
        names.add(("function" if call else "name", name))
    names |= {("function", name) for name in re.findall(r"^KFUNC_BOOL\((\w+)", code, flags=re.M)}
    names |= {("struct", name) for name in re.findall(r"^(?:struct|enum|union) (\w+) \{", code, flags=re.M)}
    names |= {("name", name) for name in re.findall(r"^typedef [^{;]*?(\w+);", code, flags=re.M)}
    for body in re.findall(r"^enum\b[^{;]*\{(.*?)\}", code, flags=re.S | re.M):
        names |= {("name", name) for name in re.findall(r"(\w+)\s*(?:=[^,]*)?(?:,|$)", body)}
    # Maps and other variables of a struct that is defined on the spot.
    names |= {("name", name) for name in re.findall(r"^\} (\w+)", code, flags=re.M)}
    for line in re.findall(r"^[a-z_].*", code, flags=re.M):
        if re.match(r"(?:typedef|enum)\b|(?:struct|union) \w+ ?[{;]|struct \{", line):
            continue
        function = re.match(r"(?!.*\bSEC\().*?\b(\w+)\(", line)
        variable = re.match(r"(?:[\w*]+ )+\*?(\w+)(?:\[\w*\])?(?: =| __ksym| SEC\(|;|,)", line)
        if variable:
            names.add(("name", variable[1]))
            names |= {("name", name) for name in re.findall(r", (\w+)", line) if "(" not in line}
        elif function:
            names.add(("function", function[1]))
    return names - {("name", name) for name in re.findall(r"^#ifndef (SCXB_\w+_H)$", code, flags=re.M)}


def used(code):
    """The names that a file uses, those included that it defines itself."""
    code = without_fields(re.sub(r"^#include.*$", "", code, flags=re.M))
    names = {("struct", name) for name in re.findall(r"\b(?:struct|enum|union) (\w+)", code)}
    # Callbacks are used by name; so a function counts wherever its name is no field or variable.
    names |= {("function", name) for name in re.findall(r"(?<![.>\w])(\w+)\(", code)}
    names |= {("name", name) for name in re.findall(r"(?<![.>\w])(\w+)\b(?!\()", code)}
    return names


def faults(texts):
    """What is wrong with the includes of these files, given as {name: text}."""
    codes = {name: code_of(text) for name, text in texts.items()}
    definitions = {name: defined(code) for name, code in codes.items() if name.endswith(".h")}
    ours = set().union(*definitions.values())
    uses_at_all = set().union(*(used(code) for code in codes.values()))
    definitions[KERNEL] = definitions.get(KERNEL, set()) | {
        name for name in uses_at_all - ours if LIBBPF.fullmatch(name[1])
    }
    found = []
    for name, code in codes.items():
        uses = used(code) - defined(code)
        included = re.findall(r'^#include "([^"]+)"', code, flags=re.M)
        own = [header for header in included if header in definitions]
        provided = set().union(*(definitions[header] for header in own))
        for header in own:
            if not definitions[header] & uses and not has_programs(codes.get(header, "")):
                found.append(f"{name}: includes {header} and uses nothing of it")
        for header, names in definitions.items():
            missing = sorted(what for _, what in (names & uses) - provided)
            if header != name and header not in own and missing:
                found.append(f"{name}: uses {', '.join(missing)} of {header} and does not include it")
        for header in {header for header in own if own.count(header) > 1}:
            found.append(f"{name}: includes {header} twice")
    return sorted(found)


def compile_alone(clang, include, file):
    """What the compiler says of a file that includes this one only; empty if it is content.

    A header may have functions that only other files call; a source may not.
    """
    command = [clang, "-target", "bpf", "-mcpu=v3", "-fsyntax-only", "-Wall", "-Werror"]
    command += ["-Wno-compare-distinct-pointer-types", f"-I{include}", f"-I{FOLDER}", f"-I{file.parent}"]
    command += ["-Wno-unused-function"] * (file.suffix == ".h") + ["-D__TARGET_ARCH_x86", "-x", "c", "-"]
    try:
        result = subprocess.run(command, input=f'#include "{file.name}"\n', capture_output=True, text=True)
    except OSError as err:
        raise SystemExit(f"check the BPF headers: run {clang}: {err.strerror}; `make setup` installs it") from err
    return result.stderr if result.returncode else ""


def main():
    if len(sys.argv) != 2 or not Path(sys.argv[1], "bpf/bpf_helpers.h").exists():
        raise SystemExit("check the BPF headers: libbpf's headers are not in the folder given; build the library first")
    clang = os.environ.get("CLANG") or "clang"
    files = sorted([*FOLDER.glob("*.h"), *FOLDER.glob("*.bpf.c"), *(ROOT / "tests/boundary").glob("*.bpf.c")])
    complaints = faults({file.name: file.read_text() for file in files})
    for file in files:
        if said := compile_alone(clang, sys.argv[1], file):
            complaints.append(f"{file.name} does not compile alone:\n{said}")
    if not files or complaints:
        raise SystemExit("\n".join(complaints) or f"check the BPF headers: there are none in {FOLDER}")


if __name__ == "__main__":
    main()

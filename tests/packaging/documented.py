"""The man page and the completions of the agent say what `scx_goland --help` says."""

from __future__ import annotations

import functools
import re
import subprocess

from check import Failed, ROOT, check, equal, installed, plain_environment, run


@functools.cache
def options() -> dict[str, tuple[str, str]]:
    """Each option with its argument and its default, as the program tells them."""
    prefix = installed()
    text = run(prefix / "bin/scx_goland", "--help", env=plain_environment(LD_LIBRARY_PATH=str(prefix / "lib")))
    found = {}
    for line in text.splitlines():
        if option := re.match(r"  --(\S+) +(?:(\S+)  +)?", line):
            # Without an argument, the description begins in the column of all descriptions.
            argument = line[5 + len(option[1]):30].strip()
            default = re.search(r"\(default:? (.*)\)$", line)
            found[option[1]] = (argument, default[1] if default else "")
    if len(found) < 20:
        raise Failed(f"--help is not understood: {text}")
    return found | {"help": ("", "")}


@functools.cache
def commands() -> set[str]:
    """The commands, as the program tells them."""
    prefix = installed()
    text = run(prefix / "bin/scx_goland", "--help", env=plain_environment(LD_LIBRARY_PATH=str(prefix / "lib")))
    return set(re.findall(r"^    (\w+) ", text, re.M))


def choices() -> dict[str, set[str]]:
    """The options whose argument is one of a few words."""
    return {name: set(argument.split("|")) for name, (argument, _) in options().items() if "|" in argument}


@check
def man_page_renders() -> None:
    page = installed() / "share/man/man8/scx_goland.8"
    command = ["groff", "-man", "-ww", "-Tascii", "-P-cbou", page]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    equal("what groff complains of", done.stderr, "")
    for heading in ("NAME", "SYNOPSIS", "COMMANDS", "OPTIONS", "EXIT STATUS"):
        equal(f"the heading {heading} in the man page", f"\n{heading}\n" in done.stdout, True)


@check
def man_page_has_the_commands() -> None:
    source = (ROOT / "packaging/scx_goland.8").read_text()
    source = source[source.index(".SH COMMANDS"):source.index(".SH CONFIGURATION")]
    equal("commands of the man page", set(re.findall(r'^\.BI? (\w+)', source, re.M)), commands())


@check
def man_page_has_the_options() -> None:
    source = (ROOT / "packaging/scx_goland.8").read_text()
    source = source[source.index(".SH OPTIONS"):source.index(".SH EXIT")].replace("\\-", "-")
    found = {}
    for entry in source.split(".TP\n")[1:]:
        name, argument = re.match(r'\.BI? --(\S+)(?: " (.*)")?\n', entry).groups(default="")
        default = re.search(r"^Default: (.*)\.$", entry, re.M)
        found[name] = (argument, default[1] if default else "")
    equal("options of the man page", set(found), set(options()))
    for name, wanted in options().items():
        equal(f"argument and default of --{name} in the man page", found[name], wanted)


@check
def bash_completion_has_the_options() -> None:
    script = installed() / "share/bash-completion/completions/scx_goland"
    ask = 'source "$0"; COMP_WORDS=(scx_goland "$@"); COMP_CWORD=$#; _scx_goland; printf "%s\\n" "${COMPREPLY[@]}"'

    def complete(*words: str) -> set[str]:
        return set(run("bash", "-c", ask, script, *words).split())

    equal("bash's commands", complete(""), commands())
    equal("bash's completions", complete("--"), {f"--{name}" for name in options()})
    for name, (argument, _) in options().items():
        if argument:
            equal(f"bash's completions after --{name}", complete(f"--{name}", ""), choices().get(name, set()))


@check
def fish_completion_has_the_options() -> None:
    script = installed() / "share/fish/vendor_completions.d/scx_goland.fish"

    def complete(line: str) -> set[str]:
        text = run("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line)
        return {answer.split("\t")[0] for answer in text.splitlines()}

    equal("fish's commands", complete("scx_goland "), commands())
    equal("fish's completions", complete("scx_goland --"), {f"--{name}" for name in options()})
    for name, (argument, _) in options().items():
        if argument:
            equal(f"fish's completions after --{name}", complete(f"scx_goland --{name} "), choices().get(name, set()))


@check
def zsh_completion_has_the_options() -> None:
    script = installed() / "share/zsh/site-functions/_scx_goland"
    run("zsh", "-n", script)
    # What the function hands to zsh's own _arguments, which needs a terminal.
    specs = run("zsh", "-fc", '_arguments() { print -l -- "$@" }; source $1', "zsh", script).splitlines()
    words = re.fullmatch(r"1:command:\((.*)\)", specs.pop(0))[1].split()
    equal("zsh's commands", set(words), commands())
    found = {}
    for spec in specs:
        name, argument = re.fullmatch(r"--([a-z-]+)\[(?:[^\]]+)\](?::[a-z-]+:(.*))?", spec).groups()
        found[name] = argument
    equal("zsh's completions", set(found), set(options()))
    for name, (argument, _) in options().items():
        wanted = f"({' '.join(argument.split('|'))})" if "|" in argument else " " if argument else None
        equal(f"zsh's completions after --{name}", found[name], wanted)

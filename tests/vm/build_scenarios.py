#!/usr/bin/env python3
"""Builds the scenarios' program: build_scenarios.py [--demo] OUT

It holds the plugins of github.com/Gthulhu/plugin where that module can be fetched. Elsewhere our declarations of
it stand in, and the scenarios of its plugins are skipped, for the reason that is compiled in here.

With --demo it has less: demo and soak, which are commands of it, do not need the scenarios whose packages take long to
compile. Their files have the build constraint "!demo"; those of the plugins are among them. So it is with the agent, which
is built then, too, beside OUT.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from util import Failure, say

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests/vm/scenarios"
AGENT = ROOT / "go/cmd/scx_goland"
GO = os.environ.get("GO", "go")
PLUGINS = "github.com/Gthulhu/plugin"
# What Gthulhu itself requires.
PLUGINS_VERSION = "v1.1.1-0.20260223021833-8f174def9e15"


def go(*arguments: str | pathlib.Path) -> subprocess.CompletedProcess:
    return subprocess.run([GO, *map(str, arguments)], cwd=FOLDER, capture_output=True, text=True, check=False)


def must(done: subprocess.CompletedProcess) -> None:
    if done.returncode != 0:
        raise Failure(f"{' '.join(done.args)} failed:\n{(done.stderr or done.stdout).strip()}")


def reason(stderr: str) -> str:
    """The last line of go's output, without the module's name at its beginning."""
    lines = [line.strip() for line in stderr.strip().splitlines()] or ["no reason given"]
    # "server response:" explains the line before.
    text = "; ".join(lines[-2:]) if lines[-1].startswith("server response:") else lines[-1]
    # Drop the proxy's address: it is long, and depends on the person's settings.
    text = " ".join(word for word in text.split() if "://" not in word).removeprefix("go: ")
    # The linker gets it between these quotes.
    return text.replace("'", "")


def module_with_plugins(folder: pathlib.Path) -> pathlib.Path:
    """A go.mod like the scenarios', but with the real module."""
    folder.mkdir(parents=True, exist_ok=True)
    modfile = folder / "plugins.mod"
    for suffix in (".mod", ".sum"):
        (folder / f"plugins{suffix}").write_text((FOLDER / f"go{suffix}").read_text())
    must(go("mod", "edit", f"-dropreplace={PLUGINS}", f"-require={PLUGINS}@{PLUGINS_VERSION}", modfile))
    return modfile


def demo_tags() -> str:
    """The flag that chooses the demo's files: tags given here take the place of those in GOFLAGS."""
    given = [flag.split("=", 1)[1] for flag in os.environ.get("GOFLAGS", "").split() if flag.lstrip("-").startswith("tags=")]
    # The last two spare compiling the C parts of the standard library.
    return "-tags=" + ",".join([*given, "demo", "netgo", "osusergo"])


def build(out: pathlib.Path) -> str:
    """Returns why the plugins are missing, or an empty string if they are not."""
    # Linked without what only debuggers read (-w).
    modfile = module_with_plugins(out.parent / "plugins")
    fetched = go("mod", "download", f"-modfile={modfile}", f"{PLUGINS}@{PLUGINS_VERSION}")
    if fetched.returncode == 0:
        # A plugin that does not compile is a failure: our API has changed.
        must(go("build", "-mod=mod", f"-modfile={modfile}", "-ldflags=-w", "-o", out, "."))
        return ""
    missing = reason(fetched.stderr)
    # The plugins' scenarios say so when they are skipped.
    must(go("build", f"-ldflags=-w -X 'main.pluginsMissing={missing}'", "-o", out, "."))
    return missing


def main() -> int:
    arguments = sys.argv[1:]
    for_demo = arguments[:1] == ["--demo"]
    if len(arguments) != (2 if for_demo else 1):
        sys.exit(__doc__)
    out = pathlib.Path(arguments[-1]).absolute()
    missing = ""
    try:
        if for_demo:
            must(go("build", demo_tags(), "-ldflags=-s -w", "-o", out, "."))
            must(go("-C", AGENT, "build", demo_tags(), "-ldflags=-s -w", "-o", out.parent / AGENT.name, "."))
        else:
            missing = build(out)
    except Failure as failure:
        sys.exit(f"error: {failure}")
    if missing:
        say(f"{PLUGINS} cannot be fetched, and the scenarios of its plugins will be skipped: {missing}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

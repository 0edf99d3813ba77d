#!/usr/bin/env python3
"""Builds the scenarios' program: build_scenarios.py [--no-plugins] OUT

It holds the plugins of github.com/Gthulhu/plugin where that module can be fetched. Elsewhere our declarations of
it stand in, and the scenarios of its plugins are skipped, for the reason that is compiled in here. With --no-plugins
it is not even asked for: demo and soak, which are commands of this program, have no use for it.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from util import Failure, say

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests/vm/scenarios"
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


def build_without(missing: str, out: pathlib.Path) -> None:
    """Compiles in the reason, which the plugins' scenarios print when they are skipped."""
    must(go("build", f"-ldflags=-X 'main.pluginsMissing={missing}'", "-o", out, "."))


def build(out: pathlib.Path) -> str:
    """Returns why the plugins are missing, or an empty string if they are not."""
    modfile = module_with_plugins(out.parent / "plugins")
    fetched = go("mod", "download", f"-modfile={modfile}", f"{PLUGINS}@{PLUGINS_VERSION}")
    if fetched.returncode == 0:
        # A plugin that does not compile is a failure: our API has changed.
        must(go("build", "-mod=mod", f"-modfile={modfile}", "-o", out, "."))
        return ""
    missing = reason(fetched.stderr)
    build_without(missing, out)
    return missing


def main() -> int:
    arguments = sys.argv[1:]
    asked = arguments[:1] != ["--no-plugins"]
    if len(arguments) != (1 if asked else 2):
        sys.exit(__doc__)
    out = pathlib.Path(arguments[-1]).absolute()
    missing = ""
    try:
        if asked:
            missing = build(out)
        else:
            build_without("this program was built for the demo; `make scenarios` builds the whole one", out)
    except Failure as failure:
        sys.exit(f"error: {failure}")
    if missing:
        say(f"{PLUGINS} cannot be fetched, and the scenarios of its plugins will be skipped: {missing}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Does on a minimal Debian what the README says: `make test-fresh` (DEBIAN=13 or 12).

    run.py [--keep] RELEASE    --keep leaves the root file system in target/fresh

What is committed is cloned there. Each line of the README is one step; then what these have built is used.
"""

from __future__ import annotations

import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import time

import readme
from root import CODENAMES, Failure, Root, give_toolchains, must_be_root, say, unpacked
from util import cpu_time_s

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The distribution's Rust and Go are too old there.
TOO_OLD = {"12"}
# What the demo has no use for: what the tests run with, and what only they build. A command that has to fail.
TESTS_ONLY = "ls -d target/examples || ls -d target/packaging || command -v valgrind strace g++"
# Somebody who may not become root is told all that the tests need, before anything of it is there: clang's sanitizers, too,
# whose package is named after clang's version. A command that has to fail.
WITHOUT_ROOT = "chmod go+x /root && setpriv --reuid=nobody --regid=nogroup --clear-groups make setup"
# What lint finds there and not on this machine is of the distribution's compilers and clang-format. Of the Go modules only
# those are left that need little time: what the others require, as client-go, is compiled first.
SHORTER = {"make lint": "make lint-tools GO_MODULES='go go/qumun'"}
# Beyond the README: what was built is what a stranger can use.
AFTERWARDS = {
    "the packages install": "apt-get install --yes ./target/dist/*.deb && scx_goland --version && scx_goland --help >/dev/null",
    "programs link, also statically": "python3 tests/packaging/run.py installed '*-program*'",
}


def bare_repository(folder: pathlib.Path) -> pathlib.Path:
    """What is committed, as a repository of one branch. Works from a shallow clone and a detached HEAD too."""
    repository = folder / "source.git"
    shutil.rmtree(repository, ignore_errors=True)
    for command in (
        ["git", "init", "--quiet", "--bare", "--initial-branch=main", repository],
        ["git", "-C", repository, "fetch", "--quiet", "--update-shallow", ROOT, "HEAD:refs/heads/main"],
    ):
        subprocess.run(command, check=True)
    if subprocess.run(["git", "-C", ROOT, "diff", "--quiet", "HEAD"], check=False).returncode != 0:
        say("what is not committed is left out")
    return repository


class Steps:
    """Runs steps, shows how long each took, counts. The current folder goes from one to the next, as in a shell."""

    def __init__(self, root: Root):
        self.root = root
        self.folder = "/root"
        self.passed = self.failed = 0
        self.took: list[str] = []

    def note(self, word: str, name: str, began: float, cpu_began: float) -> None:
        self.took.append(f"{word:<4} {time.monotonic() - began:5.0f} s  {cpu_time_s() - cpu_began:5.0f} s of CPU  {name}")
        say(self.took[-1])

    def run(self, name: str, script: str) -> bool:
        say(f"\n#### {name}" + ("" if name == script else f": {script}"))
        began, cpu_began = time.monotonic(), cpu_time_s()
        done = self.root.run(f"cd {shlex.quote(self.folder)} || exit\n{script}\nstatus=$?\npwd >/machine/folder\nexit $status")
        self.note("ok" if done.returncode == 0 else "FAIL", name, began, cpu_began)
        if done.returncode == 0:
            self.passed += 1
            self.folder = (self.root.folder / "machine/folder").read_text().strip()
        else:
            self.failed += 1
        return done.returncode == 0

    def expect(self, name: str, script: str, wanted: str) -> None:
        """A command that has to fail, and to say something."""
        done = self.root.run(f"cd {shlex.quote(self.folder)} && {script}", shown=False)
        if done.returncode != 0 and wanted in done.stdout:
            self.passed += 1
            say(f"ok   {name}")
        else:
            self.failed += 1
            say(f"FAIL {name}: exit status {done.returncode}, and not a word of '{wanted}':\n{done.stdout}")


def check(release: str, keep: bool) -> Steps:
    must_be_root()
    text = readme.README.read_text()
    lines = readme.commands(text)
    folder = ROOT / "target/fresh" / release
    began = time.monotonic()
    root = unpacked(CODENAMES[release], folder / "root")
    try:
        source = bare_repository(folder)
        root.mounts[source] = "/machine/source.git"
        (root.folder / "machine").mkdir(exist_ok=True)
        # The line of the README that clones is run as it stands, and served from here.
        (root.folder / "root/.gitconfig").write_text(f'[url "/machine/source.git"]\n\tinsteadOf = {readme.address(lines)}\n[safe]\n\tdirectory = *\n')
        steps = Steps(root)
        steps.note("", "making the root", began, 0)
        steps.expect("the root is minimal", "command -v git make cc rustc go python3", "")
        while lines and not lines[0].startswith("make "):
            if not steps.run(lines[0], lines[0]):
                return steps
            lines.pop(0)
        if release in TOO_OLD:
            steps.expect("without Rust it says what to do", "make demo", "https://rustup.rs")
            give_toolchains(root)
        steps.expect("without root it says what to install", WITHOUT_ROOT, "apt-get install -y --no-install-recommends gcc")
        for line in lines:
            steps.run(line, SHORTER.get(line, line))
            if line == "make demo":
                steps.expect("the demo brings nothing that only the tests need", TESTS_ONLY, "")
        for name, script in AFTERWARDS.items():
            steps.run(name, script)
        return steps
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    arguments = sys.argv[1:]
    keep = arguments[:1] == ["--keep"]
    if len(arguments) != 1 + keep or arguments[-1] not in CODENAMES:
        print(__doc__, file=sys.stderr)
        print(f"RELEASE is {' or '.join(CODENAMES)}", file=sys.stderr)
        return 2
    # Ended by another program, it removes the root as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        steps = check(arguments[-1], keep)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (Failure, ValueError, OSError, subprocess.CalledProcessError) as error:
        say(f"FAIL Debian {arguments[-1]}: {error}\n0 passed, 1 failed")
        return 1
    say("\n" + "\n".join(steps.took))
    say(f"{steps.passed} passed, {steps.failed} failed")
    return int(steps.failed > 0)


if __name__ == "__main__":
    sys.exit(main())

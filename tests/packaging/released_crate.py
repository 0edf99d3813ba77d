"""The released crate: it can be published, and a program that depends on it builds no more than the library."""

from __future__ import annotations

import functools
import os
import shutil
import sys

from check import ROOT, check, equal, run, version
from roots import RELEASE, Root, inside, minimal, schedules

sys.path.insert(0, str(ROOT / "tests"))
from dependents import OBJECTS, OURS_ALONE  # noqa: E402

# The first Debian whose Rust is new enough.
CODENAME = "trixie"
# What docs/requirements.md says that the library is built with.
PACKAGES = ("cargo", "clang", "gcc", "libc6-dev", "libelf-dev", "zlib1g-dev", "pkg-config", "make", "ca-certificates")
MANIFEST = """[package]
name = "policy"
version = "0.0.0"
edition = "2021"

[dependencies]
scxbridge = {{ path = "../scxbridge-{version}" }}
signal-hook = "0.4"
"""


@functools.cache
def with_dependent() -> Root:
    """The root, with the README's policy as a crate of its own that depends on the released one."""
    root = minimal("crate", CODENAME, *PACKAGES)
    home = root.folder / "root"
    run("tar", "-xzf", RELEASE / f"scxbridge-{version()}.crate", "-C", home)
    policy = home / "policy"
    (policy / "src").mkdir(parents=True)
    (policy / "Cargo.toml").write_text(MANIFEST.format(version=version()))
    shutil.copy(ROOT / "examples/rust/fifo.rs", policy / "src/main.rs")
    # The versions that the library was tested with: the newest may want a newer Rust.
    shutil.copy(home / f"scxbridge-{version()}/Cargo.lock", policy)
    inside(root, "cd /root/policy && cargo build --release 2>&1")
    return root


@check
def crate_can_be_published() -> None:
    run(os.environ.get("CARGO", "cargo"), "publish", "--dry-run", "--locked", "--registry", "crates-io", "-p", "scxbridge",
        "--target-dir", ROOT / "target/release-build/crate")


@check
def crate_builds_only_the_library() -> None:
    root = with_dependent()
    objects = inside(root, r"cd /root/policy && find target -name '*.bpf.o' -printf '%f\n'")
    equal("the BPF objects that a dependent builds", set(objects.split()), OBJECTS)
    crates = inside(root, "cd /root/policy && cargo tree --offline --edges normal,build --prefix none --format '{p}'")
    built = {line.split()[0] for line in crates.splitlines() if line}
    equal("that the crate is among what is built", "scxbridge" in built, True)
    equal("what only the repository needs", built & OURS_ALONE, set())


@check
def crate_schedules_a_machine() -> None:
    schedules(with_dependent().folder, "/root/policy/target/release/policy")

"""What `make dist` makes: the archive builds without a network, the packages hold what is installed."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import shutil
import subprocess

from check import GO, MAKE, ROOT, Failed, Skipped, check, constant, equal, files, make
from check import plain_environment, run, scratch, version
from install import CONFIGURATION, expected

OUT = ROOT / "target/dist"


@functools.cache
def unpacked() -> pathlib.Path:
    """The source archive, unpacked."""
    make("tarball")
    folder = scratch("dist")
    name = f"scxbridge-{version()}"
    run("tar", "-xf", OUT / f"{name}.tar.gz", "-C", folder)
    return folder / name


def offline(folder: pathlib.Path) -> dict[str, str]:
    """An environment without caches of crates and modules, that forbids fetching them."""
    # rustup's own commands look for their toolchains there; cargo's registry is another's.
    rustup = os.environ.get("RUSTUP_HOME", str(pathlib.Path.home() / ".rustup"))
    return plain_environment(
        CARGO_NET_OFFLINE="true", CARGO_HOME=str(folder / "cargo-home"), RUSTUP_HOME=rustup,
        GOPROXY="off", GOFLAGS="-mod=vendor -buildvcs=false", GOMODCACHE=str(folder / "go-modules"),
        # Whether it builds, not how well: that takes a fraction of the time.
        CARGO_PROFILE_RELEASE_OPT_LEVEL="0", CARGO_PROFILE_RELEASE_LTO="off", CARGO_PROFILE_RELEASE_CODEGEN_UNITS="16",
    )


def without_network(*command: object) -> list[object]:
    """The command where no network is, if this user may do that."""
    alone = ["unshare", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0:
        return [*alone, *command]
    return list(command)


@check
def archive_has_what_is_committed() -> None:
    committed = set(run("git", "ls-tree", "-r", "--name-only", "HEAD").splitlines())
    equal("what the archive lacks", committed - files(unpacked()), set())


@check
def archive_builds_without_a_network() -> None:
    tree = unpacked()
    environment = offline(tree.parent)
    run(*without_network(MAKE, "--no-print-directory"), env=environment, cwd=tree)
    said = run(tree / "target/release/scx_goland", "--version")
    equal("its version", f"library {version()}" in said, True)
    environment |= {"CGO_CFLAGS": f"-I{tree}/include", "CGO_LDFLAGS": f"-L{tree}/target/release"}
    for module in ("tests/vm/scenarios", "tests/packaging/external"):
        run(*without_network(GO, "build", "-tags", "scxbridge_flags", "-o", scratch("module") / "program", "."),
            env=environment, cwd=tree / module)


@functools.cache
def packages() -> dict[str, pathlib.Path]:
    """The Debian packages by name, made of the present build."""
    if not shutil.which("dpkg-shlibdeps"):
        raise Skipped("dpkg-dev is not installed")
    # In a folder of their own: beside this, test-service uses those of `make deb`. The address is the packager's to give.
    folder = scratch("debs")
    make("deb", f"DIST={folder}", "DEBEMAIL=nobody@debian.org")
    return {path.name.split("_")[0]: path for path in folder.glob("*.deb")}


@check
def packages_hold_what_is_installed() -> None:
    folder = scratch("packages")
    library = f"libscxbridge{constant('SCXB_ABI_MAJOR')}"
    equal("the packages", set(packages()), {library, "libscxbridge-dev", "scx-goland"})
    for package in packages().values():
        run("dpkg-deb", "-x", package, folder)
    multiarch = run("dpkg-architecture", "-qDEB_HOST_MULTIARCH").strip()
    wanted = {
        f"usr/{path}".replace("zsh/site-functions", "zsh/vendor-completions").replace("scx_goland.8", "scx_goland.8.gz")
        for path in expected(f"lib/{multiarch}")
        if not path.startswith("share/doc/")
    } | {CONFIGURATION, "usr/share/doc/scx-goland/scx_goland.dashboard.json"}
    installed = {path for path in files(folder) if not path.startswith("usr/share/doc/") or path.endswith(".json")}
    equal("what the packages hold", installed, wanted)
    env = plain_environment(LD_LIBRARY_PATH=str(folder / "usr/lib" / multiarch))
    said = run(folder / "usr/bin/scx_goland", "--version", env=env)
    equal("the version of the packaged agent", f"library {version()}" in said, True)


@check
def packages_need_each_other() -> None:
    library = f"libscxbridge{constant('SCXB_ABI_MAJOR')}"
    for name, needs in (("scx-goland", library), ("libscxbridge-dev", library), (library, "libelf1")):
        depends = run("dpkg-deb", "-f", packages()[name], "Depends")
        if not re.search(rf"\b{needs}(t64)? \(", depends):
            raise Failed(f"{name} depends on {depends!r}, not on {needs}")


@check
def packages_pass_lintian() -> None:
    paths = packages().values()
    if not shutil.which("lintian"):
        raise Skipped("lintian is not installed")
    # There is no bug to close.
    said = run("lintian", "--allow-root", "--fail-on", "error,warning",
               "--suppress-tags", "initial-upload-closes-no-bugs", *paths)
    equal("what lintian says", said.strip(), "")

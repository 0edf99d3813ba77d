#!/usr/bin/env python3
"""Builds a Go program that has nothing of this repository but what is installed, and the Go package.

    external.py FOLDER OUT    installs below FOLDER, builds there, puts external.KIND into OUT, for each of KINDS
"""

from __future__ import annotations

import pathlib
import shutil
import sys

from check import GO, ROOT, Failed, make, plain_environment, run

# How the program is built: each with its arguments.
KINDS = {
    # As from a released module, which has the archive in it; make test-release puts another one in its place.
    "released": [],
    "shared": ["-tags", "scxbridge_shared"],
    "static": ["-tags", "scxbridge_static"],
    # The resolver of names that needs glibc's shared libraries is not the library's matter.
    "all_static": ["-tags", "scxbridge_static,netgo,osusergo", "-ldflags", "-extldflags=-static"],
}


def complete_module(module: pathlib.Path, prefix: pathlib.Path) -> None:
    """Puts the header and the archive into the Go package, as packaging/go-modules.sh does for a release."""
    package = module / "internal/capi"
    archive = package / f"libscxbridge_linux_{run(GO, 'env', 'GOARCH').strip()}.a"
    run(ROOT / "packaging/one-object.sh", prefix / "lib/libscxbridge.a", prefix / "lib/libscxbridge.so", archive)
    shutil.copyfile(prefix / "include/scxbridge.h", package / "scxbridge.h")


def build(folder: pathlib.Path, out: pathlib.Path) -> None:
    """The Go package is copied: its folder is then a module alone, without the repository around it."""
    make("install-library", f"PREFIX={folder}/prefix", "DESTDIR=")
    for name, source in (("go", ROOT / "go"), ("external", ROOT / "tests/packaging/external")):
        shutil.rmtree(folder / name, ignore_errors=True)
        shutil.copytree(source, folder / name)
    complete_module(folder / "go", folder / "prefix")
    environment = plain_environment(
        PKG_CONFIG_PATH=f"{folder}/prefix/lib/pkgconfig", GOWORK="off", GOFLAGS="-mod=mod -buildvcs=false"
    )
    run(GO, "mod", "edit", "-replace", f"github.com/scxbridge/scxbridge/go={folder}/go",
        env=environment, cwd=folder / "external")
    out.mkdir(parents=True, exist_ok=True)
    for kind, arguments in KINDS.items():
        run(GO, "build", *arguments, "-o", out / f"external.{kind}", ".", env=environment, cwd=folder / "external")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        build(pathlib.Path(sys.argv[1]).absolute(), pathlib.Path(sys.argv[2]).absolute())
    except Failed as error:
        sys.exit(f"external.py: {error}")

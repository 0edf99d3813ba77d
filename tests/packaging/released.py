"""What `make release` made: whether all is there, and whether it is the same when it is made again in another folder."""

from __future__ import annotations

import hashlib
import re
import shutil

from check import MAKE, ROOT, Failed, check, constant, equal, files, plain_environment, run, version
from released_go import MODULE
from roots import RELEASE


def sums() -> dict[str, str]:
    """The checksums by file."""
    lines = (RELEASE / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


@check
def release_is_complete() -> None:
    v = version()
    library = f"libscxbridge{constant('SCXB_ABI_MAJOR')}"
    wanted = {f"scxbridge-{v}.tar.gz", f"scxbridge-{v}.crate", f"scxbridge-{v}.cdx.json", f"scx_goland-{v}.oci.tar", f"scx-goland-{v}.tgz"}
    for architecture in ("amd64", "arm64"):
        wanted |= {f"{package}_{v}-1_{architecture}.deb" for package in (library, "libscxbridge-dev", "scx-goland")}
    for module in (MODULE, f"{MODULE}/qumun", f"{MODULE}/cmd/scx_goland"):
        wanted |= {f"goproxy/{module}/@v/{name}" for name in ("list", f"v{v}.info", f"v{v}.mod", f"v{v}.zip")}
    found = files(RELEASE) - {"SHA256SUMS"}
    wheels = {name for name in found if name.endswith(".whl")}
    equal("machines of the wheels", {name.rsplit("_", 1)[-1] for name in wheels}, {"64.whl", "aarch64.whl"})
    equal("the release", found - wheels, wanted)
    equal("files with a checksum", set(sums()), found)
    for name, digest in sums().items():
        equal(f"checksum of {name}", hashlib.sha256((RELEASE / name).read_bytes()).hexdigest(), digest)


@check
def sizes_are_as_documented() -> None:
    documented = re.findall(r"^\| `([^`]+)` \| ([0-9.]+) \|", (ROOT / "docs/packaging.md").read_text(), re.M)
    equal("sizes in docs/packaging.md", len(documented) > 0, True)
    for pattern, megabytes in documented:
        largest = max((path.stat().st_size for path in RELEASE.glob(pattern)), default=0)
        if not 0.9 <= largest / 1e6 / float(megabytes) <= 1.1:
            raise Failed(f"{pattern} has {largest / 1e6:.2f} MB, not {megabytes} as docs/packaging.md says")


@check
def second_release_is_the_same() -> None:
    folder = ROOT / "target/release-second"
    shutil.rmtree(folder, ignore_errors=True)
    run("git", "clone", "--quiet", ROOT, folder)
    run(MAKE, "--no-print-directory", "release", env=plain_environment(), cwd=folder)
    again = folder / "target/release-artifacts"
    differ = {name for name, digest in sums().items() if hashlib.sha256((again / name).read_bytes()).hexdigest() != digest}
    equal("files that differ the second time", differ, set())
    shutil.rmtree(folder)

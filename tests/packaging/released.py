"""What `make release` made, used where nothing else of ours is: the Go module on a minimal Debian with Go and a C
compiler; and whether all is there, and the same when it is made again in another folder.

RELEASE names the folder of the release; without it, target/release-artifacts.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pathlib
import shutil
import sys
import tarfile

from check import MAKE, ROOT, Failed, check, constant, equal, files, plain_environment, run, scratch, version

sys.path.insert(0, str(ROOT / "tests/fresh"))
from root import Root, must_be_root, unpacked  # noqa: E402

RELEASE = pathlib.Path(os.environ.get("RELEASE") or ROOT / "target/release-artifacts")
VM = ROOT / "target/vm"
# The first Debian whose Go is new enough.
CODENAME = "trixie"
MODULE = "github.com/scxbridge/scxbridge/go"
POLICY_TEST = """package main

import (
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/scxtest"
)

func TestFIFO(t *testing.T) {
	report := scxtest.Run(t, &fifo{}, scxtest.Config{CPUs: 2, Seed: 1}, time.Second,
		scxtest.Hog(4), scxtest.Sleeper(2, scxtest.Always(time.Millisecond), scxtest.Always(20*time.Millisecond)))
	if p50 := report.Workload("sleeper").Latency.Quantile(0.5); p50 == 0 || p50 > time.Second/10 {
		t.Errorf("half of the sleepers wait %v for a CPU", p50)
	}
}
"""


def sums() -> dict[str, str]:
    """The checksums by file."""
    lines = (RELEASE / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


@check
def release_is_complete() -> None:
    v = version()
    library = f"libscxbridge{constant('SCXB_ABI_MAJOR')}"
    wanted = {f"scxbridge-{v}.tar.gz", f"scxbridge-{v}.crate", f"scxbridge-{v}.cdx.json", f"scx_goland-{v}.oci.tar"}
    for architecture in ("amd64", "arm64"):
        wanted |= {f"{package}_{v}-1_{architecture}.deb" for package in (library, "libscxbridge-dev", "scx-goland")}
    for module in (MODULE, f"{MODULE}/qumun"):
        wanted |= {f"goproxy/{module}/@v/{name}" for name in ("list", f"v{v}.info", f"v{v}.mod", f"v{v}.zip")}
    found = files(RELEASE) - {"SHA256SUMS"}
    wheels = {name for name in found if name.endswith(".whl")}
    equal("machines of the wheels", {name.rsplit("_", 1)[-1] for name in wheels}, {"64.whl", "aarch64.whl"})
    equal("the release", found - wheels, wanted)
    equal("files with a checksum", set(sums()), found)
    for name, digest in sums().items():
        equal(f"checksum of {name}", hashlib.sha256((RELEASE / name).read_bytes()).hexdigest(), digest)


@functools.cache
def built() -> Root:
    """A minimal Debian with Go, a C compiler and this release's modules, in which a policy is built."""
    must_be_root()
    folder = ROOT / "target/fresh/release/root"
    root = unpacked(CODENAME, folder)
    (folder / "machine").mkdir(exist_ok=True)
    shutil.copytree(RELEASE / "goproxy", folder / "machine/goproxy")
    policy = folder / "root/policy"
    policy.mkdir(parents=True)
    shutil.copyfile(ROOT / "go/examples/fifo/main.go", policy / "main.go")
    (policy / "main_test.go").write_text(POLICY_TEST)
    shutil.copytree(ROOT / "tests/packaging/external", folder / "root/external", ignore=shutil.ignore_patterns("go.*"))
    # The module cache of the other suite has this version of an earlier release.
    root.mounts = {path: target for path, target in root.mounts.items() if "/pkg/mod" not in target and ".cargo" not in target}
    root.environment |= {"GOPROXY": "file:///machine/goproxy", "GONOSUMDB": "*", "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    inside(root, "apt-get -qq update && apt-get -qq install --yes --no-install-recommends golang-go gcc libc6-dev >/dev/null")
    for program in ("policy", "external"):
        inside(root, f"cd /root/{program} && go mod init example.com/{program} && go get {MODULE}")
    return root


def inside(root: Root, script: str) -> str:
    done = root.run(script, shown=False)
    if done.returncode != 0:
        raise Failed(f"on a minimal {CODENAME}, {script}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


@check
def go_policy_builds_and_is_tested() -> None:
    root = built()
    absent = root.run("command -v cargo rustc clang make git pkg-config", shown=False)
    equal("what the root has besides Go and a C compiler", absent.stdout, "")
    inside(root, "cd /root/policy && go vet ./... && go test ./... && go build -o fifo .")
    equal("scheduling without root's rights", "scxbridge:" in inside(root, "cd /root/policy && ! timeout 20 setpriv --reuid 65534 ./fifo 2>&1"), True)


@check
def go_policy_builds_without_cgo_and_elsewhere() -> None:
    root = built()
    inside(root, "cd /root/policy && CGO_ENABLED=0 go vet ./... && CGO_ENABLED=0 go test ./...")
    inside(root, "cd /root/policy && CGO_ENABLED=0 GOOS=darwin go vet ./...")
    said = inside(root, "cd /root/policy && CGO_ENABLED=0 go build -o without . && ! ./without 2>&1")
    equal("what it says without the library", "CGO_ENABLED=1" in said, True)


@check
def go_policy_schedules_a_machine() -> None:
    """Static, since the machine has another C library than the root: the program of the scenario is replaced."""
    root = built()
    inside(root, "cd /root/external && go build -tags netgo,osusergo -ldflags=-extldflags=-static -o external .")
    run(MAKE, "--no-print-directory", "scenarios")
    shutil.copy(root.folder / "root/external/external", VM / "external.released")
    run(sys.executable, "tests/vm/vm.py", "test", "--kernel", os.environ.get("KERNEL") or "newest", "--case", "installed_package")


@check
def image_is_a_layout_with_the_agent() -> None:
    folder = scratch("image")
    with tarfile.open(RELEASE / f"scx_goland-{version()}.oci.tar") as tar:
        tar.extractall(folder, filter="data")

    def blob(descriptor: dict) -> bytes:
        content = (folder / "blobs" / descriptor["digest"].replace(":", "/")).read_bytes()
        equal("digest of a blob", f"sha256:{hashlib.sha256(content).hexdigest()}", descriptor["digest"])
        equal("size of a blob", len(content), descriptor["size"])
        return content

    whole = json.loads((folder / "index.json").read_text())["manifests"][0]
    manifests = json.loads(blob(whole))["manifests"]
    equal("architectures", [m["platform"]["architecture"] for m in manifests], ["amd64", "arm64"])
    for described in manifests:
        manifest = json.loads(blob(described))
        config = json.loads(blob(manifest["config"]))
        equal("architecture of the image", config["architecture"], described["platform"]["architecture"])
        (folder / "layer.tar.gz").write_bytes(blob(manifest["layers"][0]))
        root = folder / config["architecture"]
        root.mkdir()
        run("tar", "-xzf", folder / "layer.tar.gz", "-C", root)
    # Alone in its root, as a container's runtime would start it.
    said = run("chroot", folder / "amd64", config["config"]["Entrypoint"][0], "--version")
    equal("its version", f"library {version()}" in said, True)


@check
def crate_can_be_published() -> None:
    run(os.environ.get("CARGO", "cargo"), "publish", "--dry-run", "--locked", "--registry", "crates-io", "-p", "scxbridge",
        "--target-dir", ROOT / "target/release-build/crate")


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

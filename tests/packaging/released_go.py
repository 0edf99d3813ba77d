"""The released Go module, on a minimal Debian with Go and a C compiler and nothing else."""

from __future__ import annotations

import functools
import shutil
import zipfile

from check import ROOT, check, equal, scratch, version
from panic import panic_is_caught
from roots import RELEASE, Root, inside, minimal, schedules

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


@functools.cache
def with_policy() -> Root:
    """The root, with the README's policy as a module of its own that depends on the released one."""
    root = minimal("go", CODENAME, "golang-go", "gcc", "libc6-dev")
    shutil.copytree(RELEASE / "goproxy", root.folder / "goproxy")
    policy = root.folder / "root/policy"
    policy.mkdir(parents=True)
    shutil.copyfile(ROOT / "go/examples/fifo/main.go", policy / "main.go")
    (policy / "main_test.go").write_text(POLICY_TEST)
    # The module cache of the other suite has this version of an earlier release.
    root.mounts = {path: target for path, target in root.mounts.items() if "/pkg/mod" not in target}
    root.environment |= {"GOPROXY": "file:///goproxy", "GONOSUMDB": "*", "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    inside(root, f"cd /root/policy && go mod init example.com/policy && go get {MODULE}")
    return root


@check
def go_policy_builds_and_is_tested() -> None:
    root = with_policy()
    absent = root.run("command -v cargo rustc clang make git pkg-config", shown=False)
    equal("what the root has besides Go and a C compiler", absent.stdout, "")
    inside(root, "cd /root/policy && go vet ./... && go test ./... && go build -o fifo .")
    said = inside(root, "cd /root/policy && ! timeout 20 setpriv --reuid 65534 ./fifo 2>&1")
    equal("that it says that it needs root's rights", "scxbridge:" in said, True)


@check
def go_policy_builds_without_cgo_and_elsewhere() -> None:
    root = with_policy()
    inside(root, "cd /root/policy && CGO_ENABLED=0 go vet ./... && CGO_ENABLED=0 go test ./...")
    inside(root, "cd /root/policy && CGO_ENABLED=0 GOOS=darwin go vet ./...")
    said = inside(root, "cd /root/policy && CGO_ENABLED=0 go build -o without . && ! ./without 2>&1")
    equal("that it says what to do without the library", "CGO_ENABLED=1" in said, True)


@check
def go_policy_schedules_a_machine() -> None:
    root = with_policy()
    inside(root, "cd /root/policy && go build -o fifo .")
    schedules(root.folder, "/root/policy/fifo")


@check
def go_archives_catch_panics() -> None:
    """The very archives in the module: that of the other architecture in an emulated process."""
    v = version()
    folder = scratch("module")
    with zipfile.ZipFile(RELEASE / f"goproxy/{MODULE}/@v/v{v}.zip") as module:
        for architecture, compiler, emulator in (
            ("amd64", "x86_64-linux-gnu-gcc", ()),
            ("arm64", f"aarch64-linux-gnu-gcc --sysroot={ROOT}/target/release-build/sysroot/arm64", ("qemu-aarch64",)),
        ):
            archive = module.extract(f"{MODULE}@v{v}/internal/capi/libscxbridge_linux_{architecture}.a", folder)
            panic_is_caught(archive, compiler=compiler, emulator=emulator)

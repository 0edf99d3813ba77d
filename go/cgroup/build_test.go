package cgroup_test

import (
	"os"
	"os/exec"
	"testing"
)

// It builds without cgo, and on systems without cgroups.
func TestBuildsAnywhere(t *testing.T) {
	for _, system := range []string{"linux", "darwin"} {
		build := exec.Command("go", "build", ".")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system)
		if out, err := build.CombinedOutput(); err != nil {
			t.Errorf("build it for %s: %v\n%s", system, err, out)
		}
	}
}

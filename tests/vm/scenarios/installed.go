package main

import (
	"os"
	"os/exec"

	scx "github.com/scxbridge/scxbridge/go"
)

// installedPackage runs a program of tests/packaging/external, which was built in a module of its own, against
// the files that `make install` installed.
func (t *T) installedPackage(kind string, environment ...string) {
	cmd := exec.Command(binary("external." + kind))
	cmd.Env = append(os.Environ(), environment...)
	p := t.startCmd(cmd)
	p.awaitScheduling("external")
	t.forks(4, 3)
	p.terminate()
	t.expectState("disabled")
	var stats scx.Stats
	p.readLast(&stats)
	t.conserved(stats)
	t.ErrorIf(stats.Dispatched == 0, "external.%s: no decision was carried out", kind)
}

var _ = register(Scenario{
	Name: "installed_package",
	Doc:  "programs of another module, with the archive of a released Go module, and built against the installed package, shared and static, schedule the machine",
	run: func(t *T) {
		t.installedPackage("released", "LD_LIBRARY_PATH=")
		t.installedPackage("shared")
		// Even if our library cannot be found.
		t.installedPackage("static", "LD_LIBRARY_PATH=")
	},
})

package scxbridge_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Importing a package of this module pulls in no third-party module.
func TestNoDependencies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./...").Output()
	if err != nil {
		t.Fatalf("list the dependencies: %v", err)
	}
	const own = "github.com/scxbridge/scxbridge/go"
	modules := strings.Fields(string(out))
	for _, module := range modules {
		if module != own {
			t.Errorf("a package needs the module %s", module)
		}
	}
	if len(modules) < 3 {
		t.Errorf("found %d packages of %s, not at least three", len(modules), own)
	}
}

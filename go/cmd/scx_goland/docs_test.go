package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each configuration in the documentation is one: `check` has nothing to say against it.
func TestDocumentedConfigurations(t *testing.T) {
	const mark = "```yaml\n# /etc/scx_goland/scx_goland.yaml\n"
	found := 0
	files, err := filepath.Glob("../../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(text), mark)[1:] {
			block, _, _ = strings.Cut(block, "```")
			f := newFake(t)
			path := f.write(t, "scx_goland.yaml", block)
			code, out, errs := f.do("check", "--config", path)
			conflicts := strings.Contains(out, "conflicts: ") && !strings.Contains(out, "conflicts: 0\n")
			if code != exitAsked || errs != "" || conflicts {
				t.Errorf("%s: exit code %d: %s%s\n%s", file, code, out, errs, block)
			}
			found++
		}
	}
	if found < 3 {
		t.Errorf("there are only %d", found)
	}
}

package scxbridge_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// readmeBlock returns the only block of code in the README that is marked so.
func readmeBlock(t *testing.T, language string) string {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if os.IsNotExist(err) {
		if _, err := os.Stat("../Cargo.toml"); os.IsNotExist(err) {
			t.Skip("this is the module alone, not the repository")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(readme), "\n```"+language+"\n")
	if len(parts) != 2 {
		t.Fatalf("the README has %d blocks of %s, not one", len(parts)-1, language)
	}
	block, _, closed := strings.Cut(parts[1], "\n```\n")
	if !closed {
		t.Fatalf("the README's block of %s has no end", language)
	}
	return block + "\n"
}

// The README's policy is the file that is compiled, and short.
func TestReadmePolicy(t *testing.T) {
	block := readmeBlock(t, "go")
	file, err := os.ReadFile("examples/fifo/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if block != string(file) {
		t.Error("the README's policy is not examples/fifo/main.go: copy that file into it")
	}
	if lines := bytes.Count(file, []byte("\n")); lines >= 40 {
		t.Errorf("examples/fifo/main.go has %d lines, not less than 40", lines)
	}
}

// The README's C program compiles against the header.
func TestReadmeC(t *testing.T) {
	block := readmeBlock(t, "c")
	source := filepath.Join(t.TempDir(), "c_fifo.c")
	if err := os.WriteFile(source, []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	out, err := exec.Command(cc, "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I../include", source).CombinedOutput()
	if err != nil {
		t.Errorf("compile the README's C program: %v\n%s", err, out)
	}
}

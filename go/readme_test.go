package scxbridge_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../README.md")
	if os.IsNotExist(err) {
		if _, err := os.Stat("../Cargo.toml"); os.IsNotExist(err) {
			t.Skip("this is the module alone, not the repository")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readmeBlock returns the README's only code block in that language.
func readmeBlock(t *testing.T, language string) string {
	t.Helper()
	parts := strings.Split(readme(t), "\n```"+language+"\n")
	if len(parts) != 2 {
		t.Fatalf("the README has %d blocks of %s, not one", len(parts)-1, language)
	}
	block, _, closed := strings.Cut(parts[1], "\n```\n")
	if !closed {
		t.Fatalf("the README's block of %s has no end", language)
	}
	return block + "\n"
}

// The README's policy is identical to the compiled example, and short.
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

// The C program that the README tells the reader to build compiles against the header.
func TestReadmeC(t *testing.T) {
	_, command, found := strings.Cut(readme(t), "`cc -o fifo ")
	if !found {
		t.Fatal("the README does not say how to build a program in C")
	}
	source, _, _ := strings.Cut(command, " ")
	cc := os.Getenv("CC")
	if cc == "" {
		cc = "cc"
	}
	out, err := exec.Command(cc, "-fsyntax-only", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-I../include", "../"+source).CombinedOutput()
	if err != nil {
		t.Errorf("compile the README's C program: %v\n%s", err, out)
	}
}

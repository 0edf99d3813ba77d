package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

var defaults = scxbridge.Options{
	Name: "scxbridge", Timeout: 5 * time.Second, Grace: 10 * time.Millisecond, Slice: 5 * time.Millisecond,
	SliceMax: 100 * time.Millisecond, QueuedBytes: 1 << 20, DecisionsBytes: 1 << 18, ExitDumpBytes: 1 << 15,
}

// fake is an agent on a machine of its own: an empty folder.
type fake struct {
	agent
	out, errs bytes.Buffer
}

func newFake(t *testing.T) *fake {
	f := &fake{}
	f.agent = agent{
		stdout: &f.out, stderr: &f.errs, root: t.TempDir(), defaults: defaults, uid: 1000,
		run:      func(context.Context, scxbridge.Policy, scxbridge.RunOptions) error { return nil },
		detach:   func(string) error { return errors.New("not expected") },
		bind:     func(int, []int) error { return errors.New("not expected") },
		policyOf: func(int) error { return errors.New("not expected") },
	}
	return f
}

func (f *fake) do(args ...string) (code int, stdout, stderr string) {
	f.out.Reset()
	f.errs.Reset()
	code = f.command(context.Background(), args)
	return code, f.out.String(), f.errs.String()
}

// write puts a file into the fake machine.
func (f *fake) write(t *testing.T, path, text string) string {
	t.Helper()
	path = filepath.Join(f.root, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

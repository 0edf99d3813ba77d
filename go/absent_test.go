//go:build !cgo || !linux

package scxbridge

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// Without the library all that needs the kernel fails, and says what to do.
func TestWithoutTheLibrary(t *testing.T) {
	_, opened := Open(Options{})
	_, adopted := Adopt("goland")
	_, read := ReadTopology()
	_, looked := TopologyGeneration()
	for op, err := range map[string]error{
		"open":                opened,
		"adopt":               adopted,
		"detach":              DetachPinned("goland"),
		"run":                 Run(context.Background(), &echo{}, RunOptions{}),
		"read topology":       read,
		"topology generation": looked,
	} {
		if !errors.Is(err, ErrNoLibrary) || !strings.Contains(err.Error(), "build it with") {
			t.Errorf("%s: %v", op, err)
		}
	}
	if v := LibraryVersion(); v != "" {
		t.Errorf("version %q", v)
	}
}

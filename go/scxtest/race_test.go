//go:build race

package scxtest_test

import "testing"

// The simulator has no goroutines that such a test would need: smaller ones show races as well.
func tooBigForTheRaceDetector(t *testing.T) {
	t.Helper()
	t.Skip("with the race detector it takes most of a minute; make test-unit runs it without")
}

//go:build !race

package scxtest_test

import "testing"

func tooBigForTheRaceDetector(*testing.T) {}

//go:build !linux

package scxbridge

import (
	"log/slog"
	"time"
)

// bindThread has nothing to bind.
func bindThread([]int) (restore func(), err error) { return func() {}, nil }

// slowMonitorWhile has nothing to do: only on Linux can a scheduler run.
func slowMonitorWhile(time.Duration, *slog.Logger) (end func()) { return func() {} }

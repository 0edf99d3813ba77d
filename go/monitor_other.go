//go:build !linux

package scxbridge

import (
	"log/slog"
	"time"
)

// slowMonitorWhile has nothing to do: only on Linux can a scheduler run.
func slowMonitorWhile(time.Duration, *slog.Logger) (end func()) { return func() {} }

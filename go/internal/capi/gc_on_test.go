//go:build cgo && linux && scxbridge_gc

package capi

import (
	"runtime"
	"testing"
)

// With the build tag, each return from C runs the garbage collector.
func TestCollects(t *testing.T) {
	var h Handle
	tasks, decisions, requests := make([]Task, 1), make([]Decision, 1), make([]CPURequest, 1)
	for name, call := range map[string]func(){
		"Load":        func() { h.Load() },
		"Receive":     func() { h.Receive(tasks) },
		"ReceiveWait": func() { h.ReceiveWait(tasks, 0) },
		"Dispatch":    func() { h.Dispatch(decisions) },
		"SelectCPU":   func() { h.SelectCPU(1, 0) },
		"SelectCPUs":  func() { h.SelectCPUs(requests) },
		"LeaseRevoke": func() { h.LeaseRevoke(1) },
		"Stats":       func() { h.Stats() },
		"ExitInfo":    func() { h.ExitInfo() },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		call()
		runtime.ReadMemStats(&after)
		if after.NumGC == before.NumGC {
			t.Errorf("%s does not collect", name)
		}
	}
}

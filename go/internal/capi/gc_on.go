//go:build cgo && linux && scxbridge_gc

package capi

import "runtime"

// collect is called when a call returns from C, while its arguments must still be alive: with the build
// tag scxbridge_gc it runs the garbage collector, which frees what nothing keeps alive. Slow; for
// finding missing KeepAlives.
func collect() { runtime.GC() }

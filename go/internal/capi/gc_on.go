//go:build scxbridge_gc

package capi

import "runtime"

// collect is called when a call comes back from C, while what it was given must still be there: with the
// build tag scxbridge_gc the garbage collector then runs, and takes what nothing keeps alive. Slow; for
// finding faults.
func collect() { runtime.GC() }

//go:build cgo && linux && !scxbridge_gc

package capi

// collect does nothing; see gc_on.go.
func collect() {}

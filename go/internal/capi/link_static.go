//go:build scxbridge_static && !scxbridge_flags

package capi

// The archives of the library and of what it needs: one self-contained binary. A package for pkg-config of its
// own, since cgo does not pass --static on, and the linker would still prefer shared libraries.

// #cgo pkg-config: scxbridge-static
import "C"

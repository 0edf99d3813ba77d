//go:build cgo && linux && scxbridge_static && !scxbridge_flags

package capi

// The archives of the library and its dependencies, for a self-contained binary. This is a pkg-config package
// of its own, since cgo does not pass on --static, and the linker would still prefer shared libraries.

// #cgo pkg-config: scxbridge-static
import "C"

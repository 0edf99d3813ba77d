//go:build cgo && linux && scxbridge_shared && !scxbridge_static && !scxbridge_flags

package capi

// The shared library, as pkg-config finds it.

// #cgo pkg-config: scxbridge
import "C"

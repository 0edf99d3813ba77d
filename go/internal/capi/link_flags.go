//go:build scxbridge_flags

package capi

// Without pkg-config: CGO_CFLAGS and CGO_LDFLAGS say where header and library are, if the compiler does not know.

// #cgo CFLAGS: -I${SRCDIR}/../../../include
// #cgo LDFLAGS: -lscxbridge
import "C"

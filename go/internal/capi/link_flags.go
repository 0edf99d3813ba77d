//go:build cgo && linux && scxbridge_flags

package capi

// Without pkg-config: set CGO_CFLAGS and CGO_LDFLAGS if the compiler does not find the header and the library.

// #cgo CFLAGS: -I${SRCDIR}/../../../include
// #cgo LDFLAGS: -lscxbridge
import "C"

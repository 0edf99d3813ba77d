//go:build cgo && linux && !scxbridge_shared && !scxbridge_static && !scxbridge_flags

package capi

// The archive and the header that a released module has in this folder: `make go-module` puts them there, the
// repository has none. They are in the folder of a package since `go mod vendor` copies no other. If they are missing,
// library.h tells.

// #cgo CFLAGS: -DSCXBRIDGE_RELEASED -I${SRCDIR}
// #cgo amd64 LDFLAGS: ${SRCDIR}/libscxbridge_linux_amd64.a
// #cgo arm64 LDFLAGS: ${SRCDIR}/libscxbridge_linux_arm64.a
// #cgo LDFLAGS: -lpthread -lm -ldl
import "C"

/* The library's header; or, where the library is missing, what to do about it. */
#ifdef SCXBRIDGE_RELEASED
#if defined(__x86_64__)
#if !__has_include("libscxbridge_linux_amd64.a")
#define SCXBRIDGE_MISSING
#endif
#elif defined(__aarch64__)
#if !__has_include("libscxbridge_linux_arm64.a")
#define SCXBRIDGE_MISSING
#endif
#else
#error "scxbridge: releases have the C library for amd64 and arm64 only. Build and install it on this machine with 'make install' in a clone, then add '-tags scxbridge_shared' to the go command."
#endif
#endif

#ifdef SCXBRIDGE_MISSING
#error "scxbridge: these are the sources, without the C library. Take a release: 'go get github.com/scxbridge/scxbridge/go@latest'. Or build the library with 'make' in the clone, set PKG_CONFIG_PATH=<clone>/target/pkgconfig, and add '-tags scxbridge_shared' to the go command."
#else
#include <scxbridge.h>
#endif

package main

import "unsafe"

// ptr is for the few system calls that golang.org/x/sys has no function for.
func ptr[T any](p *T) unsafe.Pointer { return unsafe.Pointer(p) }

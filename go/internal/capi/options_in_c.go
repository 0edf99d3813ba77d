// Code generated from rust/options.toml by `make generate`; DO NOT EDIT.

//go:build cgo && linux

package capi

// #include "library.h"
import "C"

// options is what C has, as Go.
func options(c *C.struct_scxb_options) Options {
	o := Options{Flags: uint32(c.flags)}
	if c.name != nil {
		o.Name = C.GoString(c.name)
	}
	o.TimeoutMS = uint32(c.timeout_ms)
	o.GraceUS = uint32(c.grace_us)
	o.SliceNS = uint64(c.slice_ns)
	o.SliceMaxNS = uint64(c.slice_max_ns)
	o.QueuedBytes = uint32(c.queued_bytes)
	o.DecisionsBytes = uint32(c.decisions_bytes)
	o.ExitDumpBytes = uint32(c.exit_dump_bytes)
	o.BatchUS = uint32(c.batch_us)
	return o
}

// set sets what C has, but for texts.
func (o *Options) set(c *C.struct_scxb_options) {
	c.flags = C.uint32_t(o.Flags)
	c.timeout_ms = C.uint32_t(o.TimeoutMS)
	c.grace_us = C.uint32_t(o.GraceUS)
	c.slice_ns = C.uint64_t(o.SliceNS)
	c.slice_max_ns = C.uint64_t(o.SliceMaxNS)
	c.queued_bytes = C.uint32_t(o.QueuedBytes)
	c.decisions_bytes = C.uint32_t(o.DecisionsBytes)
	c.exit_dump_bytes = C.uint32_t(o.ExitDumpBytes)
	c.batch_us = C.uint32_t(o.BatchUS)
}

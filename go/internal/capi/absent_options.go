// Code generated from rust/options.toml by `make generate`; DO NOT EDIT.

//go:build !cgo || !linux

package capi

import "cmp"

// Defaults returns what scxb_options_init sets.
func Defaults() Options {
	return Options{
		Flags:          OptionBuiltinIdle,
		TimeoutMS:      30000,
		GraceUS:        10000,
		SliceNS:        5000000,
		SliceMaxNS:     100000000,
		QueuedBytes:    1048576,
		DecisionsBytes: 262144,
		ExitDumpBytes:  32768,
		BatchUS:        0,
	}
}

// problem says which option is out of its range, as scxb_options_check does; nothing if none is.
func problem(o Options) string {
	return cmp.Or(
		validateName(o.Name),
		inRange("timeout_ms", uint64(o.TimeoutMS), 1, 30000),
		inRange("grace_us", uint64(o.GraceUS), 0, 1000000),
		inRange("slice_ns", uint64(o.SliceNS), 100000, 1000000000),
		inRange("slice_max_ns", uint64(o.SliceMaxNS), uint64(o.SliceNS), 1000000000),
		ringSize("queued_bytes", o.QueuedBytes),
		ringSize("decisions_bytes", o.DecisionsBytes),
		inRange("exit_dump_bytes", uint64(o.ExitDumpBytes), 0, 1048576),
		inRange("batch_us", uint64(o.BatchUS), 0, 10000),
	)
}

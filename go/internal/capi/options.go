// Code generated from rust/options.toml by `make generate`; DO NOT EDIT.

package capi

// Options mirrors struct scxb_options without its size.
type Options struct {
	Flags          uint32
	Name           string
	TimeoutMS      uint32
	GraceUS        uint32
	SliceNS        uint64
	SliceMaxNS     uint64
	QueuedBytes    uint32
	DecisionsBytes uint32
	ExitDumpBytes  uint32
	BatchUS        uint32
}

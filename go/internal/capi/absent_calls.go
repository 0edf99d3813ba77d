// Code generated from include/scxbridge.h by `make generate`; DO NOT EDIT.

//go:build !cgo || !linux

package capi

// Load is not there.
func (*Handle) Load() int32 { return absent }

// Attach is not there.
func (*Handle) Attach() int32 { return absent }

// Detach is not there.
func (*Handle) Detach() int32 { return absent }

// Wait is not there.
func (*Handle) Wait(int64) int32 { return absent }

// Wake is not there.
func (*Handle) Wake() int32 { return absent }

// LeaseRevoke is not there.
func (*Handle) LeaseRevoke(int32) int32 { return absent }

// PrioritySet is not there.
func (*Handle) PrioritySet(int32, uint32, uint64) int32 { return absent }

// PriorityRemove is not there.
func (*Handle) PriorityRemove(int32) int32 { return absent }

// PrioritySetProcess is not there.
func (*Handle) PrioritySetProcess(int32, uint32, uint64) int32 { return absent }

// PriorityRemoveProcess is not there.
func (*Handle) PriorityRemoveProcess(int32) int32 { return absent }

// PreemptCPU is not there.
func (*Handle) PreemptCPU(int32) int32 { return absent }

// CgroupRead is not there.
func (*Handle) CgroupRead(uint64, *CgroupInfo) int32 { return absent }

// DomainsRead is not there.
func (*Handle) DomainsRead(*Domains) int32 { return absent }

// DomainsSet is not there.
func (*Handle) DomainsSet(*Domains) int32 { return absent }

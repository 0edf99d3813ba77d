// Code generated from include/scxbridge.h by `make generate`; DO NOT EDIT.

//go:build cgo && linux

package capi

// #include "library.h"
import "C"

import "unsafe"

// Load calls scxb_load.
func (h *Handle) Load() int32 {
	return h.done(C.scxb_load(h.c))
}

// Attach calls scxb_attach.
func (h *Handle) Attach() int32 {
	return h.done(C.scxb_attach(h.c))
}

// Detach calls scxb_detach.
func (h *Handle) Detach() int32 {
	return h.done(C.scxb_detach(h.c))
}

// Wait calls scxb_wait.
func (h *Handle) Wait(timeoutNS int64) int32 {
	return h.done(C.scxb_wait(h.c, C.int64_t(timeoutNS)))
}

// Wake calls scxb_wake.
func (h *Handle) Wake() int32 {
	return h.done(C.scxb_wake(h.c))
}

// LeaseRevoke calls scxb_lease_revoke.
func (h *Handle) LeaseRevoke(pid int32) int32 {
	return h.done(C.scxb_lease_revoke(h.c, C.int32_t(pid)))
}

// PrioritySet calls scxb_priority_set.
func (h *Handle) PrioritySet(pid int32, level uint32, sliceNS uint64) int32 {
	return h.done(C.scxb_priority_set(h.c, C.int32_t(pid), C.uint32_t(level), C.uint64_t(sliceNS)))
}

// PriorityRemove calls scxb_priority_remove.
func (h *Handle) PriorityRemove(pid int32) int32 {
	return h.done(C.scxb_priority_remove(h.c, C.int32_t(pid)))
}

// PrioritySetProcess calls scxb_priority_set_process.
func (h *Handle) PrioritySetProcess(pid int32, level uint32, sliceNS uint64) int32 {
	return h.done(C.scxb_priority_set_process(h.c, C.int32_t(pid), C.uint32_t(level), C.uint64_t(sliceNS)))
}

// PriorityRemoveProcess calls scxb_priority_remove_process.
func (h *Handle) PriorityRemoveProcess(pid int32) int32 {
	return h.done(C.scxb_priority_remove_process(h.c, C.int32_t(pid)))
}

// PreemptCPU calls scxb_preempt_cpu.
func (h *Handle) PreemptCPU(cpu int32) int32 {
	return h.done(C.scxb_preempt_cpu(h.c, C.int32_t(cpu)))
}

// CgroupRead calls scxb_cgroup_read.
func (h *Handle) CgroupRead(id uint64, info *CgroupInfo) int32 {
	return h.done(C.scxb_cgroup_read(h.c, C.uint64_t(id), (*C.struct_scxb_cgroup_info)(unsafe.Pointer(info))))
}

// DomainsRead calls scxb_domains_read.
func (h *Handle) DomainsRead(domains *Domains) int32 {
	return h.done(C.scxb_domains_read(h.c, (*C.struct_scxb_domains)(unsafe.Pointer(domains))))
}

// DomainsSet calls scxb_domains_set.
func (h *Handle) DomainsSet(domains *Domains) int32 {
	return h.done(C.scxb_domains_set(h.c, (*C.struct_scxb_domains)(unsafe.Pointer(domains))))
}

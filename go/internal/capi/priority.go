package capi

// #include <scxbridge.h>
import "C"

// PrioritySet makes a task a priority task, in kernel mode.
func (h *Handle) PrioritySet(pid int32, level uint32, sliceNS uint64) int32 {
	return h.done(C.scxb_priority_set(h.c, C.int32_t(pid), C.uint32_t(level), C.uint64_t(sliceNS)))
}

// PriorityRemove makes it an ordinary one.
func (h *Handle) PriorityRemove(pid int32) int32 {
	return h.done(C.scxb_priority_remove(h.c, C.int32_t(pid)))
}

// PrioritySetProcess makes all threads of a process priority tasks, in kernel mode.
func (h *Handle) PrioritySetProcess(pid int32, level uint32, sliceNS uint64) int32 {
	return h.done(C.scxb_priority_set_process(h.c, C.int32_t(pid), C.uint32_t(level), C.uint64_t(sliceNS)))
}

// PriorityRemoveProcess makes them ordinary ones.
func (h *Handle) PriorityRemoveProcess(pid int32) int32 {
	return h.done(C.scxb_priority_remove_process(h.c, C.int32_t(pid)))
}

// PreemptCPU interrupts what runs on a CPU.
func (h *Handle) PreemptCPU(cpu int32) int32 {
	return h.done(C.scxb_preempt_cpu(h.c, C.int32_t(cpu)))
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What an interrupt, such as the tick, interrupted: user space or the kernel. */
#ifndef SCXB_INTERRUPTED_BPF_H
#define SCXB_INTERRUPTED_BPF_H

#include "kernel.bpf.h"

/* Each architecture has its own registers. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs___x86_cs {
	u64 cs; /* bits 0 and 1: the privilege level; 0 is the kernel's */
};

struct pt_regs___arm64_pstate {
	u64 pstate; /* bits 0 to 3: the mode; 0 is user space's */
};

#pragma clang attribute pop

/*
 * Of each CPU: the registers of what the current interrupt interrupted; NULL outside of one.
 * (libbpf wants some struct, whatever its name.)
 */
extern struct pt_regs___x86_cs *__irq_regs __ksym __weak;

/* False also if it can't be known. */
static __always_inline bool kernel_interrupted(void)
{
	void **irq_regs;
	void *regs;

	if (!&__irq_regs)
		return false;
	irq_regs = bpf_this_cpu_ptr(&__irq_regs);
	regs = *irq_regs;
	if (!regs)
		return false;
	if (bpf_core_field_exists(((struct pt_regs___x86_cs *)regs)->cs))
		return !(BPF_CORE_READ((struct pt_regs___x86_cs *)regs, cs) & 3);
	if (bpf_core_field_exists(((struct pt_regs___arm64_pstate *)regs)->pstate))
		return BPF_CORE_READ((struct pt_regs___arm64_pstate *)regs, pstate) & 15;
	return false;
}

#endif /* SCXB_INTERRUPTED_BPF_H */

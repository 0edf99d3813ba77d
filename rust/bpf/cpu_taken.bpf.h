/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a higher class has a CPU. taken.bpf.h has what follows from that. */
#ifndef SCXB_CPU_TAKEN_BPF_H
#define SCXB_CPU_TAKEN_BPF_H

#include "cpu.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"

static __always_inline bool is_of_higher_class(const struct task_struct *p)
{
	if (p->prio < MAX_RT_PRIO)
		return true;
	/* Pid 0 is the idle task. */
	return opt_partial && p->pid && p->policy != SCHED_EXT;
}

/* Kernels that can free any local queue need not tell: see taken.bpf.h. */
static __always_inline bool kernel_tells_of_taken_cpus(void)
{
	return !bpf_ksym_exists(scx_bpf_dsq_reenq);
}

/*
 * The answer may be outdated at once. During ops.cpu_release, and as the task that runs is put
 * aside before that, the CPU still runs that task, so the CPU is marked there.
 */
static __always_inline bool cpu_taken(s32 cpu)
{
	const struct rq *rq = bpf_per_cpu_ptr(&runqueues, cpu);

	if (!rq)
		return false;
	if (kernel_tells_of_taken_cpus()) {
		struct cpu_ctx *c = cpu_ctx_of(cpu);

		if (c && (READ_ONCE(c->released) || READ_ONCE(c->leaving_pid)))
			return true;
	}
	return is_of_higher_class(rq->curr);
}

#endif /* SCXB_CPU_TAKEN_BPF_H */

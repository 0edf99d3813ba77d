/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks that the options direct_bound and direct_sync keep in BPF: they are never parked. */
#ifndef SCXB_DIRECT_BPF_H
#define SCXB_DIRECT_BPF_H

#include "cpu_taken.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "stats.bpf.h"
#include "system.bpf.h"
#include "task.bpf.h"
#include "vruntime.bpf.h"

/* A task that may run on one CPU only leaves the policy little to decide. */
static __always_inline bool is_direct_bound(const struct task_struct *p)
{
	return opt_direct_bound && p->nr_cpus_allowed == 1;
}

static __always_inline void enqueue_direct_bound(struct task_struct *p, struct task_ctx *t,
						 u64 enq_flags)
{
	stat_inc(bound_direct);
	enqueue_on_system(p, t, clamp_vruntime(t, vruntime_domain(p)), enq_flags);
}

/*
 * From select_cpu: a task whose waker is about to sleep runs next on the waker's CPU, unless
 * others wait there already. Returns that CPU or -1.
 */
static __always_inline s32 insert_direct_sync(struct task_struct *p, u64 wake_flags)
{
	s32 cpu;

	if (!opt_direct_sync || !(wake_flags & SCX_WAKE_SYNC))
		return -1;
	cpu = bpf_get_smp_processor_id();
	if (!cpu_allowed(p, cpu) || cpu_taken(cpu) ||
	    scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | (u32)cpu) != 0)
		return -1;
	dsq_insert(p, SCX_DSQ_LOCAL, opt_slice_ns, 0);
	stat_inc(sync_direct);
	return cpu;
}

#endif /* SCXB_DIRECT_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual time: a task's place on the queues that BPF orders (PARK, SYSTEM, and SHARED in kernel
 * mode), and how far a run advances it. The agent orders decided tasks.
 */
#ifndef SCXB_VRUNTIME_BPF_H
#define SCXB_VRUNTIME_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "tunables.h"

/* The furthest vruntime that ran: where new and long-sleeping tasks begin. */
u64 vruntime_now;

static __always_inline u64 task_weight(const struct task_struct *p)
{
	u64 weight = p->scx.weight;

	return weight ?: 1;
}

/* How far a run advances a virtual time. */
static __always_inline u64 weighted_ns(u64 ran_ns, u64 weight)
{
	return ran_ns * 100 / weight;
}

/* The task's vruntime, raised first if need be: a sleeper keeps at most one slice of credit. */
static __always_inline u64 clamp_vruntime(struct task_ctx *t)
{
	u64 floor = READ_ONCE(vruntime_now) - opt_slice_ns;

	if (before(t->vruntime, floor))
		t->vruntime = floor;
	return t->vruntime;
}

/*
 * The same for SYSTEM. The debt of a task's last run keeps it back for a few slices only, even
 * if it is as light as a kernel thread of nice 19: others may wait for what it holds.
 */
static __always_inline u64 clamp_vruntime_for_system(struct task_ctx *t)
{
	u64 furthest = READ_ONCE(vruntime_now) + SYSTEM_DEBT_SLICES * opt_slice_ns;
	u64 vruntime = clamp_vruntime(t);

	return before(furthest, vruntime) ? furthest : vruntime;
}

#endif /* SCXB_VRUNTIME_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* A task's CPU time: counted as it runs, and weighted by what the task is worth then. */
#ifndef SCXB_ACCOUNT_BPF_H
#define SCXB_ACCOUNT_BPF_H

#include "intf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "priority.bpf.h"
#include "shares.bpf.h"
#include "task.bpf.h"
#include "weight.bpf.h"

static __always_inline void account_begin(struct task_ctx *t, u64 now)
{
	t->running_at = now;
	t->accounted_at = now;
}

/* Counts what the running task, which has this priority or none, has used since the last call. */
static __always_inline void account_as(struct task_struct *p, struct task_ctx *t,
				       const struct scxb_priority *prio, u64 now)
{
	u64 ran = now - t->accounted_at, weighted;

	/* Clocks of two CPUs may disagree by a little. */
	if ((s64)ran <= 0)
		return;
	weighted = weighted_ns(ran, effective_weight(p, t));
	t->accounted_at = now;
	t->exec_runtime += ran;
	t->run_ns += ran;
	t->weighted_ns += weighted;
	t->vruntime += priority_discounted(prio, weighted);
}

static __always_inline void account(struct task_struct *p, struct task_ctx *t, u64 now)
{
	account_as(p, t, opt_kernel_mode ? priority_of(p) : NULL, now);
}

#endif /* SCXB_ACCOUNT_BPF_H */

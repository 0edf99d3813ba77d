/* SPDX-License-Identifier: GPL-2.0-only */
/* A task's CPU time: counted as it runs, and weighted by what the task is worth then. */
#ifndef SCXB_ACCOUNT_BPF_H
#define SCXB_ACCOUNT_BPF_H

#include "cpu.bpf.h"
#include "intf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "priority.bpf.h"
#include "shares.bpf.h"
#include "task.bpf.h"
#include "weight.bpf.h"

/*
 * The CPU notes when a task begins to run, so that ops.running need not look up the task's storage.
 * Only here does the storage learn it. The CPU is that of the task: see cpu_ctx_of_running().
 */
static __always_inline void account_from(struct task_ctx *t, const struct cpu_ctx *c, u64 now)
{
	u64 began = c->running_at;

	if (!began)
		began = now;
	if (t->running_at == began)
		return;
	t->running_at = began;
	t->accounted_at = began;
}

/* Counts what the running task, which has this priority or none, has used since the last call. */
static __always_inline void account_as(struct task_struct *p, struct task_ctx *t,
				       const struct cpu_ctx *c, const struct scxb_priority *prio,
				       u64 now)
{
	u64 ran, weighted;

	account_from(t, c, now);
	ran = now - t->accounted_at;

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

static __always_inline void account(struct task_struct *p, struct task_ctx *t,
				    const struct cpu_ctx *c, u64 now)
{
	account_as(p, t, c, opt_kernel_mode ? priority_of(p) : NULL, now);
}

#endif /* SCXB_ACCOUNT_BPF_H */

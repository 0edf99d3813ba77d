/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Preemption by order (PREEMPT_LATER). Each CPU notes where the task that it runs would be in the
 * order of decisions, so that a task that wakes can tell whether it comes first.
 */
#ifndef SCXB_PREEMPTION_ORDER_BPF_H
#define SCXB_PREEMPTION_ORDER_BPF_H

#include "cpu.bpf.h"
#include "kernel.bpf.h"
#include "shares.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "tunables.h"
#include "weight.bpf.h"

/*
 * The agent, kernel threads and tasks without a decision so far have no place in the order. The
 * CPU is the task's: one whose nice value or affinity changes while it runs stops and runs again,
 * and these calls come on the CPU that changes it.
 */
static __always_inline void order_running(struct task_struct *p, const struct task_ctx *t)
{
	struct cpu_ctx *c = cpu_ctx_of(scx_bpf_task_cpu(p));

	if (!c)
		return;
	WRITE_ONCE(c->running_pid, p->pid);
	c->running_at = t->running_at;
	c->displaced_pid = 0;
	WRITE_ONCE(c->running_weight, t->vtime ? effective_weight(p, t) : 0);
	WRITE_ONCE(c->running_vtime, t->vtime);
	WRITE_ONCE(c->running_since, t->running_at - (t->run_ns - t->run_charged));
}

/*
 * The task stops: until another runs, nothing here comes later than any. Else a task that wakes on
 * a CPU claimed for another would preempt, since what ran here last, perhaps itself, comes later.
 */
static __always_inline void order_stopping(struct task_struct *p)
{
	struct cpu_ctx *c = cpu_ctx_of(scx_bpf_task_cpu(p));

	if (c)
		WRITE_ONCE(c->running_weight, 0);
}

/* The pid of what runs on a CPU, or ran last; 0: nothing did. */
static __always_inline s32 running_pid(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	return c ? READ_ONCE(c->running_pid) : 0;
}

/*
 * Whether what runs on the CPU comes later than this vtime. It may be replaced concurrently: then
 * the answer may be wrong, and a task runs a little earlier or later.
 */
static __always_inline bool runs_later(s32 cpu, u64 vtime)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);
	u64 weight, ran;

	if (!c)
		return false;
	weight = READ_ONCE(c->running_weight);
	if (!weight)
		return false;
	ran = now_ns() - READ_ONCE(c->running_since);
	return before(vtime + ORDER_MARGIN_NS,
		      READ_ONCE(c->running_vtime) + weighted_ns(ran, weight));
}

#endif /* SCXB_PREEMPTION_ORDER_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Preemption by order (PREEMPT_LATER): where the task that a CPU runs would be in the order of
 * decisions, so that a task that wakes can tell whether it comes first.
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

/* Whether a task that runs since then comes later than this vtime. */
static __always_inline bool comes_later(struct task_struct *p, u64 began, u64 vtime)
{
	struct task_ctx *t = task_ctx(p);
	u64 ran;

	if (!t || !READ_ONCE(t->vtime))
		return false;
	/* A part of its run may be counted already: see task_tick(). */
	if (READ_ONCE(t->running_at) == began)
		began = READ_ONCE(t->accounted_at);
	ran = now_ns() - began + READ_ONCE(t->run_ns) - READ_ONCE(t->run_charged);
	return before(vtime + ORDER_MARGIN_NS,
		      READ_ONCE(t->vtime) + weighted_ns(ran, effective_weight(p, t)));
}

/*
 * Whether what runs on the CPU comes later than this vtime. It may be replaced concurrently: then
 * the answer may be wrong, and a task runs a little earlier or later. The agent, kernel threads and
 * tasks without a decision so far have no place in the order. Nor has a task that has stopped:
 * else one that wakes on a CPU claimed for another would preempt, since what ran there last,
 * perhaps itself, comes later.
 */
static __always_inline bool runs_later(s32 cpu, u64 vtime)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);
	struct task_struct *p;
	u64 began;
	bool later;

	if (!c)
		return false;
	began = READ_ONCE(c->running_at);
	if (!began)
		return false;
	p = bpf_task_from_pid(READ_ONCE(c->running_pid));
	if (!p)
		return false;
	later = comes_later(p, began, vtime);
	bpf_task_release(p);
	return later;
}

#endif /* SCXB_PREEMPTION_ORDER_BPF_H */

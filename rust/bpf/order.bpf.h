/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of what runs: where a running task would be in the order of the agent's
 * vtimes, if it waited. So a task that wakes up can tell whether it comes first.
 */
#ifndef SCXB_ORDER_BPF_H
#define SCXB_ORDER_BPF_H

#include "task.bpf.h"

/* So much earlier a task has to be: to switch costs, and who wakes others often sleeps soon. */
#define ORDER_MARGIN_NS 1000000ULL

/* Tasks that were never decided about have no place: the agent, kernel threads. */
static __always_inline void order_running(const struct task_struct *p, const struct task_ctx *t)
{
	struct cpu_ctx *c = this_cpu_ctx();

	if (!c)
		return;
	WRITE_ONCE(c->running_pid, p->pid);
	c->running_at = t->running_at;
	c->gives_way = 0;
	WRITE_ONCE(c->running_weight, t->vtime ? task_weight(p) : 0);
	WRITE_ONCE(c->running_vtime, t->vtime);
	WRITE_ONCE(c->running_since, t->running_at - (t->run_ns - t->run_charged));
}

/* The pid of what runs on a CPU, or ran last; 0: nothing did. */
static __always_inline s32 running_pid(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	return c ? READ_ONCE(c->running_pid) : 0;
}

/*
 * Whether what runs on the CPU comes later than this vtime. It may be replaced while
 * we look: then the answer is somewhat wrong, and a task runs earlier or later.
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
	return vtime_before(vtime + ORDER_MARGIN_NS,
			    READ_ONCE(c->running_vtime) + ran * 100 / weight);
}

#endif /* SCXB_ORDER_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order that decisions make. A task goes back to its place in it, and what runs has
 * one as well: where it would be, if it waited. So a task that wakes up can tell whether
 * it comes first.
 */
#ifndef SCXB_ORDER_BPF_H
#define SCXB_ORDER_BPF_H

#include "taken.bpf.h"

/* So much earlier a task has to be: to switch costs, and who wakes others often sleeps soon. */
#define ORDER_MARGIN_NS 1000000ULL

/* Puts a task where its last decision sent it, with the vtime that it has now. */
static __always_inline void enqueue_in_order(struct task_struct *p, struct task_ctx *t,
					     u64 slice_ns, u64 enq_flags)
{
	s32 cpu = t->decided_cpu;

	if (cpu_allowed(p, cpu) && !cpu_offline(cpu)) {
		dsq_insert_vtime(p, cpu, slice_ns, t->vtime, enq_flags);
		watch();
		if (cpu_sleeps(cpu))
			kick_cpu(cpu);
	} else {
		dsq_insert_vtime(p, SCXB_DSQ_SHARED, slice_ns, t->vtime, enq_flags);
		kick_idle(p);
	}
}

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

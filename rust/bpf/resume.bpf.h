/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks that gave way to the agent. It preempts what runs where it is needed, and that is
 * no decision against the task: its own still holds. So the task goes back to its place in
 * order, for the rest of its slice, and no record is sent.
 */
#ifndef SCXB_RESUME_BPF_H
#define SCXB_RESUME_BPF_H

#include "idle.bpf.h"

/* The rest of a slice that is not worth a switch. */
#define RESUME_MIN_NS 100000ULL

static __always_inline void give_way(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	if (c)
		c->gives_way = READ_ONCE(c->running_pid);
}

static __always_inline bool enqueue_resumed(struct task_struct *p, struct task_ctx *t,
					    u64 enq_flags)
{
	struct cpu_ctx *c = this_cpu_ctx();
	s32 cpu = t->decided_cpu;
	u64 ran;

	if (!c || c->gives_way != p->pid)
		return false;
	c->gives_way = 0;
	ran = t->stopped_at - t->running_at;
	if ((enq_flags & SCX_ENQ_WAKEUP) || t->slice_left <= ran + RESUME_MIN_NS)
		return false;
	t->slice_left -= ran;
	t->parked_at = now_ns();
	stat_inc(resumed);
	if (cpu == bpf_get_smp_processor_id() && cpu_allowed(p, cpu)) {
		dsq_insert_vtime(p, cpu, t->slice_left, t->vtime, enq_flags);
		return true;
	}
	dsq_insert_vtime(p, SCXB_DSQ_SHARED, t->slice_left, t->vtime, enq_flags);
	kick_idle(p);
	return true;
}

#endif /* SCXB_RESUME_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks that gave way to the agent. It preempts what runs where it is needed, and that is
 * no decision against the task: its own still holds. So the task goes back to its place in
 * order, for the rest of its slice, and no record is sent.
 */
#ifndef SCXB_RESUME_BPF_H
#define SCXB_RESUME_BPF_H

#include "order.bpf.h"

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
	u64 ran;

	/* A higher class took the CPU, or it would have run on; the kernel knows what is left. */
	if ((enq_flags & SCX_ENQ_REENQ) && t->slice_left && p->scx.slice >= RESUME_MIN_NS) {
		t->slice_left = p->scx.slice;
		t->parked_at = now_ns();
		stat_inc(resumed);
		enqueue_in_order(p, t, t->slice_left, enq_flags);
		return true;
	}
	if (!c || c->gives_way != p->pid)
		return false;
	c->gives_way = 0;
	ran = t->stopped_at - t->running_at;
	if ((enq_flags & SCX_ENQ_WAKEUP) || t->slice_left <= ran + RESUME_MIN_NS)
		return false;
	t->slice_left -= ran;
	t->parked_at = now_ns();
	stat_inc(resumed);
	enqueue_in_order(p, t, t->slice_left, enq_flags);
	return true;
}

#endif /* SCXB_RESUME_BPF_H */

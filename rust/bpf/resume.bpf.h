/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks that the agent preempted. That is no decision against such a task: its last decision still
 * holds. So the task goes back to its place in the order, for the rest of its slice, and no record
 * is sent.
 */
#ifndef SCXB_RESUME_BPF_H
#define SCXB_RESUME_BPF_H

#include "cpu.bpf.h"
#include "decided.bpf.h"
#include "kernel.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"
#include "tunables.h"

/* The agent is about to preempt what runs there. */
static __always_inline void note_displaced(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	if (c)
		c->displaced_pid = READ_ONCE(c->running_pid);
}

static __always_inline bool enqueue_resumed(struct task_struct *p, struct task_ctx *t,
					    u64 enq_flags)
{
	struct cpu_ctx *c = this_cpu_ctx();
	u64 ran;

	/* A higher class took its CPU; the kernel knows how much of the slice is left. */
	if ((enq_flags & SCX_ENQ_REENQ) && t->slice_left && p->scx.slice >= RESUME_MIN_NS) {
		t->slice_left = p->scx.slice;
		t->parked_at = now_ns();
		stat_inc(resumed);
		enqueue_as_decided(p, t, t->slice_left, enq_flags);
		return true;
	}
	if (c->displaced_pid != p->pid)
		return false;
	c->displaced_pid = 0;
	ran = t->stopped_at - t->running_at;
	if ((enq_flags & SCX_ENQ_WAKEUP) || t->slice_left <= ran + RESUME_MIN_NS)
		return false;
	t->slice_left -= ran;
	t->parked_at = now_ns();
	stat_inc(resumed);
	enqueue_as_decided(p, t, t->slice_left, enq_flags);
	return true;
}

#endif /* SCXB_RESUME_BPF_H */

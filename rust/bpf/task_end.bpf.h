/* SPDX-License-Identifier: GPL-2.0-only */
/* The last record of a task: the agent is told that it has ended, if it wants that. */
#ifndef SCXB_TASK_END_BPF_H
#define SCXB_TASK_END_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"
#include "record.bpf.h"
#include "rings.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"
#include "wake.bpf.h"
#include "wire.h"

/*
 * From ops.exit_task, which also comes for a task that lives on: the scheduler may be on its end.
 * The agent is left asleep, since nobody waits for a decision; unless no other record would find
 * room, for then no other would wake it.
 */
static __always_inline void tell_end(struct task_struct *p)
{
	struct scxb_task *rec;
	struct task_ctx *t;
	u64 wakeup;
	void *ring;

	if (!opt_ends || !(p->flags & PF_EXITING))
		return;
	t = task_ctx(p);
	if (!t || !t->told_of)
		return;
	/* Behind its last record. */
	ring = ring_of_task(t);
	rec = reserve_record(t, ring);
	if (!rec) {
		stat_inc(ends_lost);
		return;
	}
	fill_record(rec, p, t, 0, now_ns());
	rec->flags = SCXB_TASK_ENDED;
	/* Before it can be received. The barrier is for the agent's wait. */
	stat_inc_barrier(ends_told);
	wakeup = room_behind(ring, sizeof(*rec)) ? BPF_RB_NO_WAKEUP : agent_wakeup_flags(ring);
	bpf_ringbuf_submit(rec, wakeup);
}

#endif /* SCXB_TASK_END_BPF_H */

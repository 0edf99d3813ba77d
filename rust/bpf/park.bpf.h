/* SPDX-License-Identifier: GPL-2.0-only */
/* Parking: the task waits on PARK, and its record goes to the agent. */
#ifndef SCXB_PARK_BPF_H
#define SCXB_PARK_BPF_H

#include "agent_out.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "lease.bpf.h"
#include "options.bpf.h"
#include "park_queues.bpf.h"
#include "record.bpf.h"
#include "rings.bpf.h"
#include "stats.bpf.h"
#include "sync.bpf.h"
#include "system.bpf.h"
#include "task.bpf.h"
#include "topology.bpf.h"
#include "vruntime.bpf.h"
#include "wake.bpf.h"
#include "watch.bpf.h"
#include "wire.h"

/* Fills in the record of a new parking, and returns its sequence number. */
static __always_inline u64 begin_parking(struct scxb_task *rec, struct task_struct *p,
					 struct task_ctx *t, u64 enq_flags)
{
	u64 seq, now = now_ns();

	lease_end(t);
	t->told_of = true;
	seq = ++t->seq;
	fill_record(rec, p, t, enq_flags, now);
	t->parked_at = now;
	t->park = park_of_cpu(rec->cpu);
	return seq;
}

static __always_inline void park(struct task_struct *p, struct task_ctx *t, u64 enq_flags)
{
	s32 cpu = task_cpu(p);
	u64 seq, wakeup, vruntime = clamp_vruntime(t, domain_of_cpu(cpu));
	void *ring = ring_for_record(t, cpu);
	struct scxb_task *rec;

	t->slice_left = 0;
	rec = reserve_record(t, ring);
	if (!rec) {
		/*
		 * The ring is full, so BPF decides, in fair order: it may decide everything for as
		 * long as the agent is gone.
		 */
		stat_inc(congested);
		enqueue_on_system(p, t, vruntime, enq_flags);
		return;
	}

	seq = begin_parking(rec, p, t, enq_flags);
	begin_next_record(t);
	dsq_insert_vtime(p, park_dsq(t->park), opt_slice_ns, vruntime, enq_flags);
	WRITE_ONCE(t->parked, seq);
	/* The barrier is for the agent's wait and for the watch's timer. */
	stat_inc_barrier(queued);
	wakeup = agent_wakeup_flags(ring);
	if (wakeup == BPF_RB_FORCE_WAKEUP)
		agent_spare_set(enq_flags & SCX_ENQ_WAKEUP && spare_sync_waker(p));
	bpf_ringbuf_submit(rec, wakeup);
	watch_parked();
	/* No decision will come that sends it to an idle CPU. */
	if (agent_out())
		kick_idle(p);
}

#endif /* SCXB_PARK_BPF_H */

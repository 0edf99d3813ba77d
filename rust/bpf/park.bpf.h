/* SPDX-License-Identifier: GPL-2.0-only */
/* Parking: the task waits on PARK, and its record goes to the agent. */
#ifndef SCXB_PARK_BPF_H
#define SCXB_PARK_BPF_H

#include "agent.bpf.h"
#include "lease.bpf.h"

/* The flags whose values are the same on every kernel. */
#define RECORD_FLAGS (SCX_ENQ_WAKEUP | SCX_ENQ_REENQ)

/* Read directly, and so is the name: each call of a helper would cost more than all else here. */
static __always_inline u64 cgroup_id(struct task_struct *p)
{
	return p->cgroups->dfl_cgrp->kn->id;
}

static __always_inline void park(struct task_struct *p, struct task_ctx *t, u64 enq_flags)
{
	struct scxb_task *rec;
	u64 seq, wakeup;

	t->slice_left = 0;
	rec = bpf_ringbuf_reserve(&queued, sizeof(*rec), 0);
	if (!rec) {
		/*
		 * The agent can't take more: BPF decides. In its own fair order,
		 * since this may be all that runs for as long as the agent is gone.
		 */
		stat_inc(congested);
		enqueue_on_system(p, t, enq_flags);
		return;
	}

	lease_end(t);
	seq = ++t->seq;
	rec->pid = p->pid;
	rec->tgid = p->tgid;
	rec->cpu = scx_bpf_task_cpu(p);
	rec->nr_cpus_allowed = p->nr_cpus_allowed;
	rec->flags = enq_flags & RECORD_FLAGS;
	rec->start_ts = t->running_at;
	rec->stop_ts = t->stopped_at;
	rec->exec_runtime = t->exec_runtime;
	rec->weight = task_weight(p);
	rec->vtime = t->vtime;
	rec->cgroup_id = cgroup_id(p);
	rec->seq = seq;
	rec->run_ns = t->run_ns;
	rec->leased = t->leased;
	rec->reserved = 0;
	__builtin_memcpy(rec->comm, p->comm, sizeof(rec->comm));

	t->run_ns = 0;
	t->run_charged = 0;
	t->leased = 0;
	t->parked_at = now_ns();
	t->park = park_of_cpu(rec->cpu);
	dsq_insert_vtime(p, park_dsq(t->park), opt_slice_ns, vruntime_clamped(t), enq_flags);
	WRITE_ONCE(t->parked, seq);
	/* The barrier is for the agent's wait and for the rescue's timer. */
	stat_inc_barrier(queued);
	wakeup = agent_wakeup_flags();
	if (wakeup == BPF_RB_FORCE_WAKEUP)
		agent_spares(enq_flags & SCX_ENQ_WAKEUP && sync_waker_spared(p));
	bpf_ringbuf_submit(rec, wakeup);
	watch_parked();
}

#endif /* SCXB_PARK_BPF_H */

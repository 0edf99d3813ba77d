/* SPDX-License-Identifier: GPL-2.0-only */
/* The record of a parked task: what the agent is told. */
#ifndef SCXB_RECORD_BPF_H
#define SCXB_RECORD_BPF_H

#include "kernel.bpf.h"
#include "shares.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "weight.bpf.h"
#include "wire.h"

/* The kernel's flags have other bits, and not all of them mean the same on every kernel. */
static __always_inline u16 record_flags(u64 enq_flags)
{
	return (enq_flags & SCX_ENQ_WAKEUP ? SCXB_ENQ_WAKEUP : 0) |
	       (enq_flags & SCX_ENQ_REENQ ? SCXB_ENQ_REENQ : 0);
}

/* Read directly (as is comm): a helper call costs more than the rest of this function. */
static __always_inline u64 cgroup_id(struct task_struct *p)
{
	return p->cgroups->dfl_cgrp->kn->id;
}

/*
 * A moment of now_ns(), 0 for none, as CLOCK_MONOTONIC has it. It is over, even if the clocks of
 * two CPUs disagree by a little.
 */
static __always_inline u64 past_ts(u64 at, u64 now, u64 ready_ts)
{
	s64 age = age_ns(now, at);

	if (!at)
		return 0;
	return age > 0 ? ready_ts - age : ready_ts;
}

static __always_inline void fill_record(struct scxb_task *rec, struct task_struct *p,
					const struct task_ctx *t, u64 enq_flags, u64 now)
{
	u64 ready_ts = monotonic_ns(now);

	rec->pid = p->pid;
	rec->tgid = p->tgid;
	rec->cpu = task_cpu(p);
	rec->nr_cpus_allowed = p->nr_cpus_allowed;
	rec->ready_ts = ready_ts;
	rec->start_ts = past_ts(t->running_at, now, ready_ts);
	rec->stop_ts = past_ts(t->stopped_at, now, ready_ts);
	rec->exec_runtime = t->exec_runtime;
	rec->weight = weight_whole(effective_weight(p, t));
	rec->vtime = t->vtime;
	rec->cgroup_id = cgroup_id(p);
	rec->seq = t->seq;
	rec->run_ns = t->run_ns;
	rec->leased = t->leased;
	rec->weighted_ns = t->weighted_ns;
	rec->own_weight = own_weight(p);
	rec->flags = record_flags(enq_flags);
	__builtin_memcpy(rec->comm, p->comm, sizeof(rec->comm));
}

/* Resets what the next record counts. */
static __always_inline void begin_next_record(struct task_ctx *t)
{
	t->run_ns = 0;
	t->run_charged = 0;
	t->weighted_ns = 0;
	t->weighted_charged = 0;
	t->leased = 0;
}

#endif /* SCXB_RECORD_BPF_H */

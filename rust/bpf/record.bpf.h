/* SPDX-License-Identifier: GPL-2.0-only */
/* The record of a parked task: what the agent is told. */
#ifndef SCXB_RECORD_BPF_H
#define SCXB_RECORD_BPF_H

#include "kernel.bpf.h"
#include "shares.bpf.h"
#include "task.bpf.h"
#include "weight.bpf.h"
#include "wire.h"

/* Only these flags have the same values on every kernel; the others are masked. */
#define RECORD_FLAGS (SCX_ENQ_WAKEUP | SCX_ENQ_REENQ)

/* Read directly (as is comm): a helper call costs more than the rest of this function. */
static __always_inline u64 cgroup_id(struct task_struct *p)
{
	return p->cgroups->dfl_cgrp->kn->id;
}

static __always_inline void fill_record(struct scxb_task *rec, struct task_struct *p,
					const struct task_ctx *t, u64 enq_flags)
{
	rec->pid = p->pid;
	rec->tgid = p->tgid;
	rec->cpu = scx_bpf_task_cpu(p);
	rec->nr_cpus_allowed = p->nr_cpus_allowed;
	rec->flags = enq_flags & RECORD_FLAGS;
	rec->start_ts = t->running_at;
	rec->stop_ts = t->stopped_at;
	rec->exec_runtime = t->exec_runtime;
	rec->weight = weight_whole(effective_weight(p, t));
	rec->vtime = t->vtime;
	rec->cgroup_id = cgroup_id(p);
	rec->seq = t->seq;
	rec->run_ns = t->run_ns;
	rec->leased = t->leased;
	rec->weighted_ns = t->weighted_ns;
	rec->own_weight = own_weight(p);
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

/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of a task, in its task storage. */
#ifndef SCXB_TASK_BPF_H
#define SCXB_TASK_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"
#include "time.bpf.h"

struct task_ctx {
	u64 parked;    /* sequence of the open parking, maybe | PARKED_CLAIMED; 0: none */
	u64 seq;       /* of the last record */
	u64 ring_pos;  /* where its ring ended after its last record: see rings.bpf.h */
	u64 parked_at; /* ns: when it began to wait, on whichever queue */
	u64 stolen_at; /* ns: when it last went to another domain; see steal.bpf.h, crowded.bpf.h */
	u64 vruntime;  /* BPF's own weighted virtual runtime, ns at weight 100 */
	u64 vtime;     /* the agent's, as its last decision set it or its lease moved it */
	u64 slice_left;	  /* ns of its last decision's slice; 0: it slept, or runs without one */
	u64 running_at;	  /* ns: last time on a CPU */
	u64 stopped_at;	  /* ns: last time off */
	u64 exec_runtime; /* ns on CPU since it last slept */
	u64 run_ns;	  /* ns on CPU since its last record */
	u64 run_charged;  /* of run_ns: counted in vtime already */
	u64 weighted_ns;  /* the same as run_ns and run_charged, weighted */
	u64 weighted_charged;
	u64 accounted_at; /* ns: while it runs, its time is counted up to here */

	s32 decided_cpu; /* as in its last decision */
	u32 park;	 /* on which PARK it waits, or waited last */
	u32 ring;	 /* through which its last record went */
	bool told_of;	 /* it had a record */

	/* Wake-ups in a row when its domain was full, and at which one it was last. See
	 * crowded.bpf.h. */
	u32 crowded;
	u32 crowded_at;

	/* While it is runnable: what it counts for, and in which group. See runnable.bpf.h. */
	u32 counted_weight; /* 0: it does not */
	u32 counted_in;

	/* The limits of its cgroups: see cgroups.bpf.h, throttle.bpf.h and charge.bpf.h. */
	u32 cgroup;	  /* entry of its group */
	u32 throttled_by; /* entry of the group for whose quota it waits; 0: it does not */
	u32 quota_group;  /* while it runs: from which group on it takes quota; 0: no limit */
	u32 overrun;	  /* ticks that it has run on without quota, in the kernel */
	bool in_user;	  /* it was stopped in user space, so it holds no lock of the kernel */
	s64 reserved_ns;  /* of the quota that it took, not used yet */
	u64 charged_ns;	  /* its CPU time is charged up to here */

	/* Its lease: see lease.bpf.h. */
	u64 lease_until; /* ns */
	u64 lease_slice_ns;
	u64 lease_epoch; /* valid while it is the global lease_epoch */
	u64 lease_flags; /* SCXB_DECISION_* */
	u32 lease_left;	 /* uses left; 0: no lease */
	u32 leased;	 /* uses since the last record */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_ctx);
} task_ctxs SEC(".maps");

static __always_inline bool is_kthread(const struct task_struct *p)
{
	return p->flags & PF_KTHREAD;
}

/* NULL: its storage was lost (see task_ctx_made(), task_life.bpf.h). */
static __always_inline struct task_ctx *task_ctx(struct task_struct *p)
{
	return bpf_task_storage_get(&task_ctxs, p, 0, 0);
}

/* Whether the task that ran wants to run on. */
static __always_inline bool is_runnable(const struct task_struct *prev)
{
	return prev && prev->scx.flags & SCX_TASK_QUEUED;
}

/* How long the task has waited, parked or decided. */
static __always_inline s64 waited_ns(const struct task_ctx *t, u64 now)
{
	return age_ns(now, READ_ONCE(t->parked_at));
}

/* Whether the task has waited for the grace. One without storage counts as late. */
static __always_inline bool is_late(const struct task_ctx *t, u64 now)
{
	return !t || waited_ns(t, now) >= (s64)opt_grace_ns;
}

#endif /* SCXB_TASK_BPF_H */

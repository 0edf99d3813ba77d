/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known of a task, and who may end its parking.
 *
 * A parking begins in enqueue and ends exactly once: dispatched (decide),
 * rescued (rescue) or gone (here). `parked` holds its sequence number while it
 * lasts. Decide and rescue work concurrently on several CPUs and first claim
 * the parking with a compare-and-swap on that word; who wins does the move and
 * the counting. Enqueue and quiescent, which see the task leave by itself,
 * take the word by exchange: unclaimed, they count it as gone; claimed, the
 * claimer finds out and counts.
 */
#ifndef SCXB_TASK_BPF_H
#define SCXB_TASK_BPF_H

#include "parks.bpf.h"

#define PARKED_CLAIMED (1ULL << 63)

struct task_ctx {
	u64 parked;	  /* sequence of the open parking, maybe | PARKED_CLAIMED; 0: none */
	u64 seq;	  /* of the last record */
	u64 parked_at;	  /* ns: since when it waits, on whichever queue */
	u64 vruntime;	  /* BPF's own weighted virtual runtime, ns at weight 100 */
	u64 vtime;	  /* the agent's, as its last decision set it or its lease moved it */
	u64 slice_left;	  /* ns of its last decision's slice; 0: it slept, or runs without one */
	u64 running_at;	  /* ns: last time on a CPU */
	u64 stopped_at;	  /* ns: last time off */
	u64 exec_runtime; /* ns on CPU since it last slept */
	u64 run_ns;	  /* ns on CPU since its last record */
	u64 run_charged;  /* of run_ns: counted in vtime already */

	s32 decided_cpu; /* as in its last decision */
	u32 park;	 /* on which PARK it waits, or waited last */

	/* Its lease: see lease.bpf.h. */
	u64 lease_until; /* ns */
	u64 lease_slice_ns;
	u64 lease_epoch; /* valid while it is that of all leases */
	u64 lease_flags; /* SCXB_DECISION_* */
	u32 lease_left;	 /* how often it may be used; 0: no lease */
	u32 leased;	 /* how often it was used since the last record */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_ctx);
} task_ctxs SEC(".maps");

/* The furthest vruntime that ran: where new and long-sleeping tasks begin. */
u64 vruntime_now;

static __always_inline struct task_ctx *task_ctx(struct task_struct *p)
{
	return bpf_task_storage_get(&task_ctxs, p, 0, 0);
}

static __always_inline struct task_ctx *task_ctx_new(struct task_struct *p)
{
	struct task_ctx *t = bpf_task_storage_get(&task_ctxs, p, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t)
		return NULL;
	__builtin_memset(t, 0, sizeof(*t));
	/* A reused pid must not match a decision for its predecessor. */
	t->seq = bpf_ktime_get_ns();
	t->vruntime = READ_ONCE(vruntime_now);
	return t;
}

/*
 * As task_ctx(), but a task that has none gets a new one. init_task made the first;
 * but before Linux 7, a fork that fails early (as at a limit on processes) frees the
 * storage of the task that forks: the kernel takes it for that of the copy.
 */
static __always_inline struct task_ctx *task_ctx_made(struct task_struct *p)
{
	return task_ctx(p) ?: task_ctx_new(p);
}

/* The task is seen elsewhere than on PARK: a parking still open is over. */
static __always_inline void parking_left(struct task_ctx *t)
{
	u64 seq;

	if (!t->parked)
		return;
	seq = __sync_lock_test_and_set(&t->parked, 0);
	if (seq && !(seq & PARKED_CLAIMED))
		stat_inc(gone);
}

static __always_inline bool parking_claim(struct task_ctx *t, u64 seq)
{
	return __sync_val_compare_and_swap(&t->parked, seq, seq | PARKED_CLAIMED) == seq;
}

/* The claimer moved the task. It may be parked anew by now: leave that alone. */
static __always_inline void parking_end(struct task_ctx *t, u64 seq)
{
	__sync_val_compare_and_swap(&t->parked, seq | PARKED_CLAIMED, 0);
}

/* The claimer could not move the task: still parked, or it left meanwhile. */
static __always_inline void parking_unclaim(struct task_ctx *t, u64 seq)
{
	if (__sync_val_compare_and_swap(&t->parked, seq | PARKED_CLAIMED, seq) !=
	    (seq | PARKED_CLAIMED))
		stat_inc(gone);
}

static __always_inline bool vtime_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/* A sleeper keeps at most one slice of credit. */
static __always_inline u64 vruntime_clamped(struct task_ctx *t)
{
	u64 floor = READ_ONCE(vruntime_now) - opt_slice_ns;

	if (vtime_before(t->vruntime, floor))
		t->vruntime = floor;
	return t->vruntime;
}

/*
 * Its place on SYSTEM. However light a task is, and be it a kernel thread of nice 19, the debt
 * of its last run keeps it back for a few slices only: others may wait for what it holds.
 */
#define SYSTEM_DEBT_SLICES 4

static __always_inline u64 vruntime_on_system(struct task_ctx *t)
{
	u64 furthest = READ_ONCE(vruntime_now) + SYSTEM_DEBT_SLICES * opt_slice_ns;
	u64 vruntime = vruntime_clamped(t);

	return vtime_before(furthest, vruntime) ? furthest : vruntime;
}

static __always_inline u64 task_weight(const struct task_struct *p)
{
	u64 weight = p->scx.weight;

	return weight ?: 1;
}

static __always_inline void task_running(struct task_ctx *t)
{
	t->running_at = now_ns();
	if (vtime_before(READ_ONCE(vruntime_now), t->vruntime))
		WRITE_ONCE(vruntime_now, t->vruntime);
}

static __always_inline void task_stopping(struct task_struct *p)
{
	struct task_ctx *t = task_ctx(p);
	u64 now, ran;

	if (!t)
		return;
	now = now_ns();
	ran = now - t->running_at;
	/* Clocks of two CPUs may disagree by a little. */
	if ((s64)ran < 0)
		ran = 0;
	t->stopped_at = now;
	t->exec_runtime += ran;
	t->run_ns += ran;
	t->vruntime += ran * 100 / task_weight(p);
}

static __always_inline void task_quiescent(struct task_struct *p, u64 deq_flags)
{
	struct task_ctx *t = task_ctx(p);

	if (t) {
		/* Not a sleep: a queued task whose properties change. */
		if (deq_flags & SCX_DEQ_SLEEP)
			t->exec_runtime = 0;
		t->slice_left = 0;
		parking_left(t);
	} else if (is_park_dsq(BPF_CORE_READ(p, scx.dsq, id))) {
		stat_inc(gone); /* see task_ctx_made() */
	}
}

static __always_inline s32 task_init(struct task_struct *p)
{
	return task_ctx_new(p) ? 0 : -ENOMEM;
}

static __always_inline void task_exit(struct task_struct *p)
{
	task_quiescent(p, 0);
}

#endif /* SCXB_TASK_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who wants a CPU: for each cgroup, the sum of the weights of its runnable tasks. A task counts
 * from when it is queued or runs until it sleeps or waits for quota.
 *
 * No line is shared by all CPUs: each notes what changes in a few slots of its own, and a timer
 * (shares.bpf.h) collects them. Tasks of the root group need not count: nothing is divided there.
 */
#ifndef SCXB_RUNNABLE_BPF_H
#define SCXB_RUNNABLE_BPF_H

#include "cgroups.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "task.bpf.h"
#include "timer.bpf.h"
#include "tunables.h"
#include "weight.bpf.h"

/* How many groups a CPU can note changes of until they are collected; a power of two. */
#define RUNNABLE_SLOTS 16
/* In how many of them one group may be. */
#define RUNNABLE_PROBES 4

/* A slot: the group in the upper half, the change in the lower one. 0: free. */
struct runnable_notes {
	u64 slots[RUNNABLE_SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct runnable_notes);
} runnable_notes SEC(".maps");

/* Whether the timer runs; and whether it has to look at all groups. Mostly read. */
u64 shares_armed __attribute__((aligned(64)));
u64 shares_all;

static __always_inline u32 note_group(u64 note)
{
	return note >> 32;
}

static __always_inline s32 note_change(u64 note)
{
	return (s32)note;
}

/* Whether cgroups have weights that count. */
static __always_inline bool weights_count(void)
{
	return !opt_ignore_cgroup_weights && READ_ONCE(cgroups_end) > 1;
}

/* Adds to a slot that is free or the group's. */
static __always_inline bool try_note_in(u64 *slot, u32 group, s32 change)
{
	u64 old = READ_ONCE(*slot), new;

	if (note_change(old) && note_group(old) != group)
		return false;
	new = (u64)group << 32 | (u32)(note_change(old) + change);
	return __sync_val_compare_and_swap(slot, old, new) == old;
}

/*
 * Only this CPU fills a slot, with interrupts off; the timer only empties it, so one more try
 * succeeds.
 */
static __always_inline bool note_in(u64 *slot, u32 group, s32 change)
{
	return try_note_in(slot, group, change) || try_note_in(slot, group, change);
}

__noinline int scxb_note_runnable(u32 group, s32 change)
{
	u32 zero = 0, n;
	struct runnable_notes *notes = bpf_map_lookup_elem(&runnable_notes, &zero);

	if (!notes)
		return 0;
	bpf_for(n, 0, RUNNABLE_PROBES) {
		if (note_in(&notes->slots[(group + n) % RUNNABLE_SLOTS], group, change))
			return 0;
	}
	/* So many groups at once are rare. */
	__sync_fetch_and_add(&cgroup_at(group)->runnable, change);
	if (!READ_ONCE(shares_all))
		WRITE_ONCE(shares_all, 1);
	return 0;
}

static __always_inline void shares_arm(void)
{
	if (READ_ONCE(shares_armed))
		return;
	if (__sync_val_compare_and_swap(&shares_armed, 0, 1) == 0 &&
	    timer_start(TIMER_SHARES, SHARES_PERIOD_NS))
		WRITE_ONCE(shares_armed, 0);
}

static __always_inline void note_runnable(u32 group, s32 change)
{
	scxb_note_runnable(group, change);
	shares_arm();
}

/* The task sleeps, waits for quota, or is about to count anew. */
static __always_inline void runnable_ends(struct task_ctx *t)
{
	if (!t->counted_weight)
		return;
	note_runnable(t->counted_in, -(s32)t->counted_weight);
	t->counted_weight = 0;
}

/* The task is queued or runs; its weight or group may be new. Kernel threads do not count. */
static __always_inline void runnable_begins(const struct task_struct *p, struct task_ctx *t)
{
	u32 weight;

	if (!weights_count() || is_kthread(p))
		return;
	weight = own_weight(p);
	if (t->counted_weight == weight && t->counted_in == t->cgroup)
		return;
	runnable_ends(t);
	if (!t->cgroup)
		return;
	t->counted_in = t->cgroup;
	t->counted_weight = weight;
	note_runnable(t->cgroup, weight);
}

/* From select_cpu: the task goes to a CPU at once. */
static __always_inline void runnable_without_enqueue(struct task_struct *p)
{
	struct task_ctx *t;

	if (!weights_count())
		return;
	t = task_ctx(p);
	if (t)
		runnable_begins(p, t);
}

#endif /* SCXB_RUNNABLE_BPF_H */

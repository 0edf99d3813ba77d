/* SPDX-License-Identifier: GPL-2.0-only */
/* The timer of shares.bpf.h: collects who wants a CPU, and tells the groups above. */
#ifndef SCXB_SHARES_TIMER_BPF_H
#define SCXB_SHARES_TIMER_BPF_H

#include "cgroup_life.bpf.h"
#include "cgroups.bpf.h"
#include "cpu.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "runnable.bpf.h"
#include "shares.bpf.h"
#include "time.bpf.h"
#include "timer.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"

u64 shares_all_at; /* ns: when all groups are next looked at */

/*
 * A group counts in its parent by its weight, as long as anything is runnable below it. If that
 * changed, the same may be so for the parent.
 */
__noinline int scxb_tell_parents(u32 i)
{
	u32 n = 0;

	bpf_for(n, 0, CGROUP_DEPTH_MAX) {
		struct cgroup_ctx *c = cgroup_at(i), *parent;
		u64 weight;

		if (!i)
			break;
		weight = sum_below(c) && READ_ONCE(c->used) ? READ_ONCE(c->weight) : 0;
		if (c->told == weight && c->told_to == c->parent)
			break;
		parent = cgroup_at(c->told_to);
		WRITE_ONCE(parent->kids_weight, parent->kids_weight - c->told);
		c->told_to = c->parent;
		parent = cgroup_at(c->told_to);
		WRITE_ONCE(parent->kids_weight, parent->kids_weight + weight);
		c->told = weight;
		i = c->parent;
	}
	return 0;
}

/* Collects what one CPU noted; how many notes there were. */
__noinline int scxb_collect(s32 cpu)
{
	u32 zero = 0, n, found = READ_ONCE(unknown_zero);
	struct runnable_notes *notes = bpf_map_lookup_percpu_elem(&runnable_notes, &zero, cpu);

	if (!notes)
		return 0;
	bpf_for(n, 0, RUNNABLE_SLOTS) {
		u64 *slot = &notes->slots[n % RUNNABLE_SLOTS], note;

		if (!READ_ONCE(*slot))
			continue;
		note = __sync_lock_test_and_set(slot, 0);
		if (!note_change(note))
			continue;
		__sync_fetch_and_add(&cgroup_at(note_group(note))->runnable, note_change(note));
		scxb_tell_parents(note_group(note));
		found++;
	}
	return found;
}

/* Looks at all groups: also for weights that the kernel does not tell of. */
static __always_inline void look_at_all_groups(void)
{
	u32 i, end = READ_ONCE(cgroups_end);

	bpf_for(i, 1, end) {
		if (READ_ONCE(cgroup_at(i)->used))
			cgroup_read_weight(cgroup_at(i));
		scxb_tell_parents(i);
	}
}

static int shares_fired(void *map, u32 *key, struct timer *timer)
{
	u64 now = bpf_ktime_get_ns();
	s32 cpu, found = 0;
	bool all;

	__sync_lock_test_and_set(&shares_armed, 0);
	bpf_for(cpu, 0, nr_cpus)
		found += scxb_collect(cpu);
	all = __sync_lock_test_and_set(&shares_all, 0);
	if (all || age_ns(now, shares_all_at) >= 0) {
		look_at_all_groups();
		shares_all_at = now + SHARES_ALL_PERIOD_NS;
		found++;
	}
	if (!found)
		return 0;
	WRITE_ONCE(shares_epoch, shares_epoch + 1);
	if (__sync_val_compare_and_swap(&shares_armed, 0, 1) == 0 &&
	    bpf_timer_start(&timer->timer, SHARES_PERIOD_NS, 0))
		WRITE_ONCE(shares_armed, 0);
	return 0;
}

/* A group's weight changed. */
static __always_inline void shares_group_changed(struct cgroup *cgrp)
{
	u32 i = cgroup_index(cgrp->kn->id);

	if (!i || !cgroup_read_weight(cgroup_at(i)))
		return;
	WRITE_ONCE(shares_all, 1);
	shares_arm();
}

/* From ops.init, before there are groups or tasks. Nothing is left of an earlier attachment. */
static __always_inline s32 shares_init(void)
{
	u32 zero = 0, i;
	s32 cpu;

	if (opt_ignore_cgroup_weights)
		return 0;
	bpf_for(cpu, 0, nr_cpus) {
		struct runnable_notes *notes =
			bpf_map_lookup_percpu_elem(&runnable_notes, &zero, cpu);

		if (notes)
			__builtin_memset(notes, 0, sizeof(*notes));
	}
	bpf_for(i, 0, READ_ONCE(cgroups_end)) {
		cgroup_at(i)->runnable = 0;
		cgroup_at(i)->kids_weight = 0;
		cgroup_at(i)->told = 0;
	}
	shares_armed = 0;
	return timer_init(TIMER_SHARES, shares_fired);
}

#endif /* SCXB_SHARES_TIMER_BPF_H */

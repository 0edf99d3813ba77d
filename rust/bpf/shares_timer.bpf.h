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

u32 shares_changed; /* a group with a new weight */
u64 shares_all_at;  /* ns: when a look at all groups begins again */
u32 shares_look;    /* where it goes on */
u32 shares_left;    /* how many entries are left for it */

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

/*
 * Goes on with the look at all groups, also for weights that the kernel does not tell of. Some at a
 * time, since this is an interrupt.
 */
static __always_inline void look_at_more_groups(void)
{
	u32 n, count = shares_left < SHARES_LOOK ? shares_left : SHARES_LOOK;
	u32 first = shares_look, end = READ_ONCE(cgroups_end);

	shares_left -= count;
	shares_look = first + count;
	bpf_for(n, first, first + count) {
		u32 i = n % end;

		if (READ_ONCE(cgroup_at(i)->used))
			scxb_cgroup_read_weight(i);
		scxb_tell_parents(i);
	}
}

static int shares_fired(void *map, u32 *key, struct timer *timer)
{
	u64 now = bpf_ktime_get_ns();
	s32 cpu, found = 0;
	u32 changed;

	__sync_lock_test_and_set(&shares_armed, 0);
	bpf_for(cpu, 0, nr_cpus)
		found += scxb_collect(cpu);
	changed = __sync_lock_test_and_set(&shares_changed, 0);
	if (changed) {
		scxb_tell_parents(changed);
		found++;
	}
	if (__sync_lock_test_and_set(&shares_all, 0) || age_ns(now, shares_all_at) >= 0) {
		shares_left = READ_ONCE(cgroups_end);
		shares_all_at = now + SHARES_ALL_PERIOD_NS;
	}
	if (shares_left) {
		look_at_more_groups();
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

	if (!i || !scxb_cgroup_read_weight(i))
		return;
	if (__sync_val_compare_and_swap(&shares_changed, 0, i))
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
	shares_look = 0;
	shares_left = 0;
	return timer_init(TIMER_SHARES, shares_fired);
}

#endif /* SCXB_SHARES_TIMER_BPF_H */

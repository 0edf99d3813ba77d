/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timers, all in one map. A timer dies with the last descriptor or pin of its map, so the
 * library keeps one.
 */
#ifndef SCXB_TIMER_BPF_H
#define SCXB_TIMER_BPF_H

#include "cgroups.bpf.h"
#include "kernel.bpf.h"

#define TIMER_WATCH 0	/* watch.bpf.h */
#define TIMER_WINDOW 1	/* wake.bpf.h */
#define TIMER_LIMITS 2	/* limits.bpf.h */
#define TIMER_SHARES 3	/* shares_timer.bpf.h */
#define TIMER_STEAL 4	/* steal_soon.bpf.h */
#define TIMER_CGROUPS 5 /* one for each entry of cgroups.bpf.h, for release.bpf.h */

struct timer {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TIMER_CGROUPS + CGROUPS_MAX);
	__type(key, u32);
	__type(value, struct timer);
} timers SEC(".maps");

/* From ops.init. */
static __always_inline s32 timer_init(u32 which, int (*fired)(void *, u32 *, struct timer *))
{
	struct timer *t = bpf_map_lookup_elem(&timers, &which);

	if (!t)
		return -ENOENT;
	/*
	 * On a later attach the timer exists already. (It may have died armed: callers reset their
	 * flags.)
	 */
	if (bpf_timer_init(&t->timer, &timers, CLOCK_MONOTONIC) == 0)
		bpf_timer_set_callback(&t->timer, fired);
	return 0;
}

static __always_inline long timer_start(u32 which, u64 ns)
{
	struct timer *t = bpf_map_lookup_elem(&timers, &which);

	return t ? bpf_timer_start(&t->timer, ns, 0) : -ENOENT;
}

#endif /* SCXB_TIMER_BPF_H */

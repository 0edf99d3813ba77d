/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The quota of a limited group (cpu.max), as it is used up.
 *
 * A task that starts to run takes a little of it in advance, from each limited group above it, and
 * takes more at each tick. When it stops it gives back what it did not use. What it used beyond
 * that is a debt, which the group works off in the periods to come. So the average is exact,
 * though a task can only be stopped at a tick.
 */
#ifndef SCXB_QUOTA_BPF_H
#define SCXB_QUOTA_BPF_H

#include "cgroups.bpf.h"
#include "kernel.bpf.h"
#include "throttle_timer.bpf.h"
#include "time.bpf.h"
#include "tunables.h"

/* How often the update of a quota is tried; another CPU may change it meanwhile. */
#define QUOTA_TRIES 16

/* Adds the quota of the periods that have begun since the last look. */
__noinline int scxb_quota_refill(u32 group, u64 now)
{
	struct cgroup_ctx *c = cgroup_at(group);
	u64 start = READ_ONCE(c->period_start), period = c->period_ns, periods;
	s64 most, left, more;
	u32 i;

	if (!period || age_ns(now, start) < (s64)period)
		return 0;
	periods = (now - start) / period;
	/* Whoever comes first adds. */
	if (__sync_val_compare_and_swap(&c->period_start, start, start + periods * period) != start)
		return 0;
	most = c->quota_ns + c->burst_ns;
	if (periods > QUOTA_PERIODS_MAX)
		periods = QUOTA_PERIODS_MAX;
	bpf_for(i, 0, QUOTA_TRIES) {
		left = READ_ONCE(c->left_ns);
		more = left + (s64)(periods * c->quota_ns);
		if (more > most)
			more = most;
		if (__sync_val_compare_and_swap((u64 *)&c->left_ns, left, more) == (u64)left)
			break;
	}
	return 0;
}

static __always_inline void quota_refill(u32 group, u64 now)
{
	struct cgroup_ctx *c = cgroup_at(group);

	if (age_ns(now, READ_ONCE(c->period_start)) >= (s64)c->period_ns)
		scxb_quota_refill(group, now);
}

/* The nearest group, from limited group `i` upwards, that has used up its quota; 0: none. */
__noinline u32 scxb_dry_from(u32 i, u64 now)
{
	u32 n;

	bpf_for(n, 0, CGROUP_DEPTH_MAX) {
		struct cgroup_ctx *c = cgroup_at(i);

		if (!i)
			break;
		quota_refill(i, now);
		if (c->quota_ns != QUOTA_NONE && READ_ONCE(c->left_ns) <= 0)
			break;
		i = limited_above(i);
	}
	return i;
}

/*
 * Adds to the quota of `i` and of all limited groups above it, or takes away. Tasks that wait for
 * a quota that is no longer used up are looked after at once.
 */
__noinline s32 scxb_quota_add(u32 i, s64 ns)
{
	u32 n;

	bpf_for(n, 0, CGROUP_DEPTH_MAX) {
		struct cgroup_ctx *c = cgroup_at(i);
		s64 left;

		if (!i)
			break;
		left = (s64)__sync_fetch_and_add((u64 *)&c->left_ns, (u64)ns);
		if (left <= 0 && left + ns > 0 && READ_ONCE(c->release_armed))
			release_start(i, 0);
		i = limited_above(i);
	}
	return 0;
}

/* Takes up to `want` ns of the quota of `i` and of all limited groups above it. 0: none is left. */
__noinline u64 scxb_quota_take(u32 i, u64 now, u64 want)
{
	u32 n, group = i;

	bpf_for(n, 0, CGROUP_DEPTH_MAX) {
		struct cgroup_ctx *c = cgroup_at(group);
		s64 left;

		if (!group)
			break;
		quota_refill(group, now);
		left = READ_ONCE(c->left_ns);
		if (c->quota_ns != QUOTA_NONE && left < (s64)want)
			want = left > 0 ? left : 0;
		group = limited_above(group);
	}
	if (want)
		scxb_quota_add(i, -(s64)want);
	return want;
}

#endif /* SCXB_QUOTA_BPF_H */

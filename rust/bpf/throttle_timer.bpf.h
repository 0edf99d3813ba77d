/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timer of a group whose tasks wait for its quota: how it is armed. throttle.bpf.h has what it
 * does when it fires.
 */
#ifndef SCXB_THROTTLE_TIMER_BPF_H
#define SCXB_THROTTLE_TIMER_BPF_H

#include "cgroups.bpf.h"
#include "kernel.bpf.h"
#include "timer.bpf.h"

static __always_inline long release_start(u32 i, u64 ns)
{
	return timer_start(TIMER_CGROUPS + i % CGROUPS_MAX, ns);
}

/* When the group's next period begins, from now, ns. */
static __always_inline u64 next_period_in(const struct cgroup_ctx *c, u64 now)
{
	s64 in = c->period_start + c->period_ns - now;

	return in > 0 ? in : 0;
}

/*
 * A task is about to wait on the group's queue. The kernel does the insert after this call, so the
 * timer goes on for at least one look. False: the task must not wait, since there is no timer.
 */
static __always_inline bool release_arm(u32 i, u64 ns)
{
	struct cgroup_ctx *c = cgroup_at(i);

	WRITE_ONCE(c->release_asked, 1);
	if (READ_ONCE(c->release_armed) || __sync_val_compare_and_swap(&c->release_armed, 0, 1))
		return true;
	if (!release_start(i, ns))
		return true;
	WRITE_ONCE(c->release_armed, 0);
	return false;
}

#endif /* SCXB_THROTTLE_TIMER_BPF_H */

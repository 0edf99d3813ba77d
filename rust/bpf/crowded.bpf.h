/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Crowded caches. A task that wakes up stays near where it ran: if all CPUs of its domain are busy,
 * it waits. Mostly not for long; but where there are more such tasks than CPUs, and idle CPUs
 * elsewhere, one waits whenever it wakes up, and no wait is long enough for the task to be stolen.
 * So after some such wake-ups in a row it goes to an idle CPU of another domain, and then stays
 * there for a while.
 */
#ifndef SCXB_CROWDED_BPF_H
#define SCXB_CROWDED_BPF_H

#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "topology.bpf.h"
#include "tunables.h"

/* Whether this is one such wake-up too many. The kernel counts how often a task goes to sleep. */
static __always_inline bool crowded_again(const struct task_struct *p, struct task_ctx *t)
{
	u32 slept = p->nvcsw;

	t->crowded = slept - t->crowded_at == 1 ? t->crowded + 1 : 1;
	t->crowded_at = slept;
	return t->crowded >= CROWDED_WAKEUPS;
}

/* Whether it went to another domain a short while ago. */
static __always_inline bool has_just_left(const struct task_ctx *t, u64 now)
{
	u64 stolen_at = READ_ONCE(t->stolen_at);

	return stolen_at && age_ns(now, stolen_at) < (s64)CROWDED_PAUSE_NS;
}

/* Claims an idle CPU further away, if no near one was idle too often. -EBUSY: it stays. */
static __always_inline s32 leave_crowded(struct task_struct *p, s32 prev)
{
	struct task_ctx *t;
	u64 now;
	s32 cpu;

	if (always_one_domain() || all_cpus_busy())
		return -EBUSY;
	t = task_ctx(p);
	if (!t || !crowded_again(p, t))
		return -EBUSY;
	now = now_ns();
	if (has_just_left(t, now))
		return -EBUSY;
	cpu = claim_idle_cpu(p, prev);
	if (cpu >= 0) {
		WRITE_ONCE(t->stolen_at, now);
		stat_inc(left_crowded);
	}
	return cpu;
}

/* For ops.select_cpu: as select_idle_near(), but a task may leave a crowded domain. */
static __always_inline s32 select_idle_for(struct task_struct *p, s32 prev, u64 wake_flags,
					   bool *idle)
{
	s32 near = select_idle_near(p, prev, wake_flags, idle), far;

	if (*idle || wake_flags & SCX_WAKE_FORK)
		return near;
	far = leave_crowded(p, prev);
	*idle = far >= 0;
	return *idle ? far : near;
}

#endif /* SCXB_CROWDED_BPF_H */

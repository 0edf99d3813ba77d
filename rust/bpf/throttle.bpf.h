/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits of cgroups (cpu.max): a task whose group has used up its quota waits on a queue of the
 * group's, without a record, until a timer lets it go in a later period. So a limit holds whatever
 * the agent does.
 *
 * What decisions depend on is never held up, nor a task that dies. The kernel takes a task's wait
 * for a stall in the end, and the task may hold a lock of the kernel. So no wait is longer than a
 * bound: then the task is touched, which means that it runs for a moment, on its group's debt.
 */
#ifndef SCXB_THROTTLE_BPF_H
#define SCXB_THROTTLE_BPF_H

#include "agent.bpf.h"
#include "cgroups.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "queues.bpf.h"
#include "quota.bpf.h"
#include "runnable.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"
#include "throttle_timer.bpf.h"
#include "vruntime.bpf.h"

static __always_inline u64 throttled_dsq(u32 i)
{
	return SCXB_DSQ_THROTTLED | i;
}

/* Whether any group has a limit that counts. */
static __always_inline bool limits_count(void)
{
	return !opt_ignore_cgroup_limits && READ_ONCE(limits_in_use);
}

/* The nearest limited group that counts for a task; 0: none does. */
static __always_inline u32 limited_group(const struct task_ctx *t)
{
	if (!limits_count())
		return 0;
	return limited_from(t->cgroup);
}

static __always_inline bool is_dying(const struct task_struct *p)
{
	return p->flags & PF_EXITING || p->signal->flags & SIGNAL_GROUP_EXIT;
}

/* These have no limit at all, and don't use up that of their group. */
static __always_inline bool has_no_limit(struct task_struct *p)
{
	return is_kthread(p) || is_agent(p);
}

static __always_inline bool never_throttled(struct task_struct *p)
{
	return has_no_limit(p) || is_dying(p);
}

/* The group for whose quota the task would have to wait now; 0: it may run. */
static __always_inline u32 throttled_by(struct task_struct *p, const struct task_ctx *t)
{
	u32 group = limited_group(t);

	if (!group || never_throttled(p))
		return 0;
	return scxb_dry_from(group, now_ns());
}

/* From select_cpu, where the task may have no storage yet. */
static __always_inline bool is_throttled(struct task_struct *p)
{
	struct task_ctx *t;

	if (!limits_count())
		return false;
	t = task_ctx(p);
	return t && throttled_by(p, t);
}

static __always_inline void wait_for_quota(u32 group, struct task_ctx *t)
{
	u64 now = now_ns();

	t->parked_at = now;
	t->slice_left = 0;
	WRITE_ONCE(t->throttled_by, group);
}

/* From enqueue: holds the task up, if its group's quota is used up. */
static __always_inline bool enqueue_throttled(struct task_struct *p, struct task_ctx *t,
					      u64 enq_flags)
{
	u32 group = throttled_by(p, t);

	if (!group || !release_arm(group, next_period_in(cgroup_at(group), now_ns())))
		return false;
	runnable_ends(t);
	wait_for_quota(group, t);
	stat_inc(throttled);
	__sync_fetch_and_add(&cgroup_at(group)->throttled, 1);
	dsq_insert_vtime(p, throttled_dsq(group), opt_slice_ns,
			 clamp_vruntime(t, vruntime_domain(p)), enq_flags);
	return true;
}

/* Its wait ends. Returns the group that it waited for; 0: its wait had ended. */
static __always_inline u32 throttle_ends(struct task_ctx *t)
{
	u32 group;

	if (!READ_ONCE(t->throttled_by))
		return 0;
	group = __sync_lock_test_and_set(&t->throttled_by, 0);
	if (group)
		__sync_fetch_and_add(&cgroup_at(group)->throttled_ns,
				     now_ns() - READ_ONCE(t->parked_at));
	return group;
}

/* The task left by itself. */
static __always_inline void throttle_left(struct task_ctx *t)
{
	if (throttle_ends(t))
		stat_inc(throttled_left);
}

/* How many tasks wait for a group's quota. */
static __always_inline s32 throttled_queued(u32 group)
{
	return READ_ONCE(cgroup_at(group)->used) ? dsq_queued(throttled_dsq(group)) : 0;
}

/* The same, for all groups. */
static __always_inline s32 all_throttled_queued(void)
{
	s32 sum = 0;
	u32 group;

	bpf_for(group, 1, READ_ONCE(cgroups_end))
		sum += throttled_queued(group);
	return sum;
}

#endif /* SCXB_THROTTLE_BPF_H */

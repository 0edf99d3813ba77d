/* SPDX-License-Identifier: GPL-2.0-only */
/* What a task of a limited group takes of the quota, as it starts, runs and stops. */
#ifndef SCXB_CHARGE_BPF_H
#define SCXB_CHARGE_BPF_H

#include "interrupted.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "quota.bpf.h"
#include "runnable.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"
#include "throttle.bpf.h"
#include "tunables.h"

/* The task runs, and a limit counts for it from now on. False: none does. */
static __always_inline bool quota_begin(struct task_struct *p, struct task_ctx *t)
{
	u32 group = limited_group(t);

	if (!group || has_no_limit(p))
		return false;
	t->quota_group = group;
	t->charged_ns = p->se.sum_exec_runtime;
	t->reserved_ns = 0;
	t->overrun = 0;
	return true;
}

/*
 * The task starts to run: takes some quota. If there is none, it stops again at once; but if it may
 * be in the kernel, where others may wait for what it holds, only at a tick that finds it outside.
 */
static __always_inline void quota_running(struct task_struct *p, u64 now)
{
	struct task_ctx *t;
	bool in_user;

	if (!limits_count())
		return;
	t = task_ctx(p);
	if (!t)
		return;
	/* It may have come here from where it waited for quota. */
	runnable_begins(p, t);
	in_user = t->in_user;
	t->in_user = false;
	t->quota_group = 0;
	if (!quota_begin(p, t))
		return;
	t->reserved_ns = scxb_quota_take(t->quota_group, now, QUOTA_CHUNK_NS);
	if (t->reserved_ns || is_dying(p) || !in_user)
		return;
	t->in_user = true;
	stat_inc(throttle_cuts);
	task_set_slice(p, 0);
	scx_bpf_kick_cpu(task_cpu(p), SCX_KICK_PREEMPT);
}

/* Of what it has taken, how much is left; negative: it has run for longer. */
static __always_inline s64 quota_left(const struct task_struct *p, struct task_ctx *t)
{
	u64 used = p->se.sum_exec_runtime;

	t->reserved_ns -= used - t->charged_ns;
	t->charged_ns = used;
	return t->reserved_ns;
}

/* The task stops: gives back what it has not used, or makes a debt. */
static __always_inline void quota_stopping(const struct task_struct *p, struct task_ctx *t)
{
	u32 group = t->quota_group;

	t->quota_group = 0;
	if (!limits_count()) {
		t->in_user = false;
		return;
	}
	if (group)
		scxb_quota_add(group, quota_left(p, t));
}

/* Each tick: takes more quota, or stops the task. A limit may also have come while it runs. */
static __always_inline void quota_tick(struct task_struct *p)
{
	struct task_ctx *t;
	s64 left;

	if (!limits_count())
		return;
	t = task_ctx(p);
	if (!t || (!t->quota_group && !quota_begin(p, t)))
		return;
	left = quota_left(p, t);
	if (left < QUOTA_CHUNK_NS)
		left += scxb_quota_take(t->quota_group, now_ns(), QUOTA_CHUNK_NS - left);
	t->reserved_ns = left;
	if (left > 0 || is_dying(p))
		return;
	/* In the kernel it may hold a lock: so it goes on, on debt, until it is out again. */
	if (kernel_interrupted()) {
		if (t->overrun++ < QUOTA_OVERRUN_TICKS)
			return;
	} else {
		t->in_user = true;
	}
	task_set_slice(p, 0);
}

/*
 * From ops.dispatch, if there is nothing else to run: the task that ran goes on. (The kernel would
 * let it, too, but even if its quota is used up: so SCX_OPS_ENQ_LAST is set.)
 */
static __always_inline void go_on_alone(struct task_struct *prev)
{
	struct task_ctx *t;

	if (opt_ignore_cgroup_limits || !is_runnable(prev) || prev->scx.slice)
		return;
	t = task_ctx(prev);
	if (t && !throttled_by(prev, t))
		task_set_slice(prev, opt_slice_ns);
}

#endif /* SCXB_CHARGE_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* A task's life: what is noted as it comes, runs, stops, sleeps and goes. */
#ifndef SCXB_TASK_LIFE_BPF_H
#define SCXB_TASK_LIFE_BPF_H

#include "cgroups.bpf.h"
#include "kernel.bpf.h"
#include "park_queues.bpf.h"
#include "parking.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"
#include "throttle.bpf.h"
#include "time.bpf.h"
#include "vruntime.bpf.h"

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
 * As task_ctx(), but makes the storage if there is none. init_task made it first; but before Linux
 * 7, a fork that fails early (as at a limit on processes) frees the storage of the parent, which
 * the kernel takes for the child's.
 */
static __always_inline struct task_ctx *task_ctx_made(struct task_struct *p)
{
	return task_ctx(p) ?: task_ctx_new(p);
}

static __always_inline void task_running(struct task_ctx *t)
{
	t->running_at = now_ns();
	if (before(READ_ONCE(vruntime_now), t->vruntime))
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
	t->vruntime += weighted_ns(ran, task_weight(p));
}

static __always_inline void task_quiescent(struct task_struct *p, u64 deq_flags)
{
	struct task_ctx *t = task_ctx(p);

	if (t) {
		/* Without the flag it did not sleep: its properties change while it is queued. */
		if (deq_flags & SCX_DEQ_SLEEP)
			t->exec_runtime = 0;
		t->slice_left = 0;
		parking_left(t);
		throttle_left(t);
	} else if (is_park_dsq(BPF_CORE_READ(p, scx.dsq, id))) {
		stat_inc(gone); /* see task_ctx_made() */
	} else if (is_throttled_dsq(BPF_CORE_READ(p, scx.dsq, id))) {
		stat_inc(throttled_left); /* the same */
	}
}

static __always_inline s32 task_init(struct task_struct *p, const struct scx_init_task_args *args)
{
	struct task_ctx *t = task_ctx_new(p);

	if (!t)
		return -ENOMEM;
	if (bpf_core_field_exists(args->cgroup))
		t->cgroup = cgroup_index(args->cgroup->kn->id);
	return 0;
}

static __always_inline void task_moves(struct task_struct *p, struct cgroup *to)
{
	struct task_ctx *t = task_ctx(p);

	if (t)
		t->cgroup = cgroup_index(to->kn->id);
}

static __always_inline void task_exit(struct task_struct *p)
{
	task_quiescent(p, 0);
}

#endif /* SCXB_TASK_LIFE_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* A task's life: what is noted as it comes, runs, stops, sleeps and goes. */
#ifndef SCXB_TASK_LIFE_BPF_H
#define SCXB_TASK_LIFE_BPF_H

#include "account.bpf.h"
#include "agent_out.bpf.h"
#include "cgroups.bpf.h"
#include "cpu.bpf.h"
#include "kernel.bpf.h"
#include "parking.bpf.h"
#include "runnable.bpf.h"
#include "task.bpf.h"
#include "task_end.bpf.h"
#include "throttle.bpf.h"
#include "vruntime.bpf.h"
#include "weight.bpf.h"

static __always_inline struct task_ctx *task_ctx_new(struct task_struct *p)
{
	struct task_ctx *t = bpf_task_storage_get(&task_ctxs, p, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!t)
		return NULL;
	__builtin_memset(t, 0, sizeof(*t));
	/* A reused pid must not match a decision for its predecessor. */
	t->seq = bpf_ktime_get_ns();
	t->vruntime = READ_ONCE(*vruntime_now(vruntime_domain(p)));
	return t;
}

/* The entry of the group with the cpu controller that a task belongs to. */
static __always_inline u32 cgroup_of_task(struct task_struct *p)
{
	if (!bpf_core_field_exists(p->sched_task_group))
		return 0;
	return cgroup_index(BPF_CORE_READ(p, sched_task_group, css.cgroup, kn, id));
}

/*
 * As task_ctx(), but makes the storage if there is none. init_task made it first; but before Linux
 * 7, a fork that fails early (as at a limit on processes) frees the storage of the parent, which
 * the kernel takes for the child's.
 */
static __always_inline struct task_ctx *task_ctx_made(struct task_struct *p, u64 enq_flags)
{
	struct task_ctx *t = task_ctx(p);

	if (t)
		return t;
	t = task_ctx_new(p);
	if (!t)
		return NULL;
	t->cgroup = cgroup_of_task(p);
	/* It counted as runnable when it lost its storage. */
	if (!(enq_flags & SCX_ENQ_WAKEUP) && t->cgroup && weights_count() && !is_kthread(p)) {
		t->counted_in = t->cgroup;
		t->counted_weight = own_weight(p);
	}
	return t;
}

/* `wants`: it would run on. */
static __always_inline void task_stopping(struct task_struct *p, struct task_ctx *t,
					  const struct cpu_ctx *c, bool wants, u64 now)
{
	/* See vruntime.bpf.h. */
	if (!bpf_orders_alone())
		vruntime_now_reaches(vruntime_domain(p), t->vruntime);
	account(p, t, c, now);
	t->stopped_at = now;
	/* It may have come here without ops.enqueue. */
	if (wants)
		runnable_begins(p, t);
}

/* Each tick: what a task is worth may change while it runs. */
static __always_inline void task_tick(struct task_struct *p)
{
	struct task_ctx *t;

	if (!weights_count())
		return;
	t = task_ctx(p);
	if (t)
		account(p, t, cpu_ctx_of_running(p), now_ns());
}

/*
 * The task does not want a CPU any more, or goes to another class. (There is an operation for this,
 * ops.quiescent; but to call one costs more than this does, and ops.stopping, ops.enqueue and
 * ops.disable see all that it would.)
 */
static __always_inline void task_leaves(struct task_ctx *t)
{
	t->slice_left = 0;
	parking_left(t);
	throttle_left(t);
	runnable_ends(t);
}

/* From ops.stopping: the task sleeps. Or its properties change while it runs; then it runs on. */
static __always_inline void task_sleeps(const struct task_struct *p, struct task_ctx *t)
{
	if (p->__state)
		t->exec_runtime = 0;
	task_leaves(t);
}

/* The same for a task that has lost its storage: see task_ctx_made(). */
static __always_inline void unknown_task_sleeps(struct task_struct *p)
{
	u32 group;

	if (!weights_count() || is_kthread(p))
		return;
	group = cgroup_of_task(p);
	if (group)
		note_runnable(group, -(s32)own_weight(p));
}

/* From ops.disable. The end of the scheduler is such a change, too. */
static __always_inline void task_changes_class(struct task_struct *p)
{
	struct task_ctx *t = task_ctx(p);

	if (t)
		task_leaves(t);
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
	tell_end(p);
}

#endif /* SCXB_TASK_LIFE_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual time: a task's place on the queues that BPF orders (PARK, SYSTEM, and SHARED in kernel
 * mode). A run advances it by the time that it took, weighted. The agent orders decided tasks.
 *
 * vruntime_now is where new tasks begin, and where sleepers begin again. When BPF orders all tasks
 * alone, it follows those that are first in the order when a CPU takes one. While the agent orders
 * them by a time of its own, there is no such order, and it is the furthest vruntime that ran.
 */
#ifndef SCXB_VRUNTIME_BPF_H
#define SCXB_VRUNTIME_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "tunables.h"

u64 vruntime_now;

static __always_inline void vruntime_now_reaches(u64 vruntime)
{
	if (before(READ_ONCE(vruntime_now), vruntime))
		WRITE_ONCE(vruntime_now, vruntime);
}

/*
 * A CPU runs the task that is first in the order. One that has run since it slept shows where the
 * others are: should vruntime_now have gone too far, it comes back. (Further behind are only urgent
 * tasks of kernel mode, whose place says nothing of the others.)
 */
static __always_inline void vruntime_first(u64 vruntime, bool ran)
{
	u64 now = READ_ONCE(vruntime_now);
	s64 ahead = now - vruntime;

	if (ahead <= 0)
		vruntime_now_reaches(vruntime);
	else if (ran && ahead > (s64)opt_slice_ns && ahead < 2 * (s64)VRUNTIME_LAG_NS)
		WRITE_ONCE(vruntime_now, now - ahead / 4);
}

/*
 * The task's vruntime, moved first if need be. A sleeper keeps at most one slice of credit. One
 * that did not sleep keeps its place, since the heavy are rightly behind the light; but not for
 * ever, since what it is worth may change.
 */
static __always_inline u64 clamp_vruntime(struct task_ctx *t)
{
	u64 now = READ_ONCE(vruntime_now);
	u64 floor = now - (t->exec_runtime ? VRUNTIME_LAG_NS : opt_slice_ns);
	u64 furthest = now + VRUNTIME_LEAD_NS;

	if (before(t->vruntime, floor))
		t->vruntime = floor;
	else if (before(furthest, t->vruntime))
		t->vruntime = furthest;
	return t->vruntime;
}

/*
 * The same for a kernel thread or one of the agent's. The debt of its last run keeps it back for a
 * few slices only, even if its nice value is 19: others may wait for what it holds.
 */
static __always_inline u64 clamp_vruntime_for_system(struct task_ctx *t)
{
	u64 furthest = READ_ONCE(vruntime_now) + SYSTEM_DEBT_SLICES * opt_slice_ns;
	u64 vruntime = clamp_vruntime(t);

	return before(furthest, vruntime) ? furthest : vruntime;
}

#endif /* SCXB_VRUNTIME_BPF_H */

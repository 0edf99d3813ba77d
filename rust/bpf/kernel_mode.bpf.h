/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel mode: BPF decides everything, and some tasks have a priority.
 *
 * No task is parked and no record sent. Tasks wait on SHARED in the order of BPF's own vruntime,
 * and run on whichever CPU becomes free. The agent, kernel threads and starved tasks are handled as
 * in the normal mode.
 *
 * When a task of an urgent level (0 to 9) wakes, it preempts what runs on its CPU if that is less
 * urgent. If not, and after it has used up its slice, the task queues ahead of all others, by
 * level; those of one level take turns. A task that waits while its level rises goes
 * forward: see priority_change.bpf.h. A task of level 10 to 20 is charged for a part of its run
 * time only: see priority.bpf.h.
 */
#ifndef SCXB_KERNEL_MODE_BPF_H
#define SCXB_KERNEL_MODE_BPF_H

#include "cpu.bpf.h"
#include "cpu_taken.bpf.h"
#include "domains.bpf.h"
#include "idle.bpf.h"
#include "intf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "priority.bpf.h"
#include "slice.bpf.h"
#include "stats.bpf.h"
#include "taken.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "tunables.h"
#include "vruntime.bpf.h"
#include "wire.h"

/* More than a task can be behind, so that a level is always before the next one. */
#define PRIORITY_STEP_NS (2 * VRUNTIME_LAG_NS)

/* The level of what runs on a CPU, or ran last; beyond all levels if it has none. */
static __always_inline u32 running_level(s32 cpu)
{
	struct task_struct *p = bpf_task_from_pid(running_pid(cpu));
	u32 level = SCXB_PRIORITY_MAX + 1;
	struct scxb_priority *prio;

	if (!p)
		return level;
	prio = priority_of(p);
	if (prio)
		level = prio->level;
	bpf_task_release(p);
	return level;
}

static __always_inline bool is_urgent(const struct scxb_priority *prio)
{
	return prio && prio->level <= SCXB_PRIORITY_URGENT_MAX;
}

/* The slice of a task that has this priority, or none. */
static __always_inline u64 kernel_mode_slice(const struct task_struct *p, const struct task_ctx *t,
					     const struct scxb_priority *prio)
{
	return prio ? bounded_slice(prio->slice_ns) : fair_slice(p, t);
}

static __always_inline u64 idle_slice(struct task_struct *p)
{
	struct scxb_priority *prio = opt_kernel_mode ? priority_of(p) : NULL;

	return prio ? bounded_slice(prio->slice_ns) : opt_slice_ns;
}

/* Its place in the order of a domain: before all others by its level, if it is urgent. */
static __always_inline u64 kernel_mode_vtime(const struct task_ctx *t,
					     const struct scxb_priority *prio, u32 domain)
{
	if (!is_urgent(prio))
		return t->vruntime;
	return READ_ONCE(*vruntime_now(domain)) - opt_slice_ns -
	       (SCXB_PRIORITY_URGENT_MAX + 1 - prio->level) * PRIORITY_STEP_NS;
}

/* Whether the first task that waits on a queue may run on this CPU, and comes before this vtime. */
static __always_inline bool waits_before(s32 cpu, u64 dsq_id, u64 vtime)
{
	struct bpf_iter_scx_dsq it;
	bool waits = false;

	if (!bpf_iter_scx_dsq_new(&it, dsq_id, 0)) {
		struct task_struct *first = bpf_iter_scx_dsq_next(&it);

		waits = first && cpu_allowed(first, cpu) && before(first->scx.dsq_vtime, vtime);
	}
	bpf_iter_scx_dsq_destroy(&it);
	return waits;
}

/*
 * Runs a woken urgent task at once, if a CPU is idle or its own runs something less urgent. A more
 * urgent one can wait meanwhile: it lost its CPU to a kernel thread, or has its level only since it
 * waits. Then that one gets the CPU, and this one waits as all others do, which is what false
 * means.
 */
static __always_inline bool enqueue_urgent(struct task_struct *p, u32 level, u64 slice_ns,
					   u64 vtime, u32 domain, u64 enq_flags)
{
	s32 prev = task_cpu(p);

	if (!(enq_flags & SCX_ENQ_WAKEUP))
		return false;
	if (enqueue_idle(p, claim_idle_cpu(p, prev), slice_ns, enq_flags))
		return true;
	if (running_level(prev) <= level || cpu_taken(prev))
		return false;
	if (shared_queued(domain) > 0 && waits_before(prev, shared_dsq(domain), vtime)) {
		scx_bpf_kick_cpu(prev, SCX_KICK_PREEMPT);
		return false;
	}
	dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, enq_flags | SCX_ENQ_PREEMPT);
	watch_local();
	return true;
}

static __always_inline void enqueue_kernel_mode(struct task_struct *p, struct task_ctx *t,
						u64 enq_flags)
{
	struct scxb_priority *prio = priority_of(p);
	u32 domain = domain_of_task(p);
	u64 slice_ns, vtime;

	clamp_vruntime(t, domain);
	/* It has a place in the order, until it sleeps: see steal.bpf.h. */
	t->slice_left = opt_slice_ns;
	stat_inc(kernel_direct);
	/* When it began to wait, for rescue_starved(). */
	WRITE_ONCE(t->parked_at, now_ns());
	slice_ns = kernel_mode_slice(p, t, prio);
	vtime = kernel_mode_vtime(t, prio, domain);
	if (is_urgent(prio) && enqueue_urgent(p, prio->level, slice_ns, vtime, domain, enq_flags))
		return;
	dsq_insert_vtime(p, shared_dsq(domain), slice_ns, vtime, enq_flags);
	scxb_kick_for_shared(p);
}

#endif /* SCXB_KERNEL_MODE_BPF_H */

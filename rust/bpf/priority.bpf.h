/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel mode: BPF decides everything, and some tasks have a priority.
 *
 * No task is parked and no record sent. Tasks wait on SHARED in the order of
 * BPF's own vruntime, and run where a CPU gets free. The agent, kernel threads
 * and starved tasks go the same ways as ever.
 *
 * A task of an urgent level (0 to 9) that wakes preempts what runs on its CPU,
 * unless that is at least as urgent; then, and when it used up its slice, it
 * waits before all others, by level. A task of a level above is charged for a
 * part of the time that it ran: from a half, at 10, to nineteen twentieths, at 20.
 */
#ifndef SCXB_PRIORITY_BPF_H
#define SCXB_PRIORITY_BPF_H

#include "decide.bpf.h"

/* More than a sleeper's credit, so that a level is always before the next one. */
#define PRIORITY_STEP_NS 1000000000ULL

/* Frozen at load. */
const volatile bool opt_kernel_mode = false;

/* Who has a priority, by pid. Written by the library. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SCXB_MAX_PRIORITIES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, s32);
	__type(value, struct scxb_priority);
} priorities SEC(".maps");

static __always_inline struct scxb_priority *priority_of_pid(s32 pid)
{
	return bpf_map_lookup_elem(&priorities, &pid);
}

static __always_inline struct scxb_priority *priority_of(struct task_struct *p)
{
	return priority_of_pid(p->pid);
}

static __always_inline bool is_urgent(const struct scxb_priority *prio)
{
	return prio && prio->level <= SCXB_PRIORITY_URGENT_MAX;
}

/* The slice of a task that BPF runs by itself. */
static __always_inline u64 own_slice(const struct scxb_priority *prio)
{
	return prio ? bounded_slice(prio->slice_ns) : opt_slice_ns;
}

static __always_inline u64 idle_slice(struct task_struct *p)
{
	return opt_kernel_mode ? own_slice(priority_of(p)) : opt_slice_ns;
}

/* Puts an urgent task that wakes on a CPU at once, if there is one for it. */
static __always_inline bool enqueue_urgent(struct task_struct *p, const struct scxb_priority *prio,
					   u64 enq_flags)
{
	s32 prev = scx_bpf_task_cpu(p);
	struct scxb_priority *other;

	if (!(enq_flags & SCX_ENQ_WAKEUP))
		return false;
	if (enqueue_idle(p, prev, own_slice(prio), enq_flags))
		return true;
	other = priority_of_pid(running_pid(prev));
	if (other && other->level <= prio->level)
		return false;
	dsq_insert(p, SCX_DSQ_LOCAL, own_slice(prio), enq_flags | SCX_ENQ_PREEMPT);
	return true;
}

static __always_inline void enqueue_alone(struct task_struct *p, struct task_ctx *t, u64 enq_flags)
{
	struct scxb_priority *prio = priority_of(p);
	u64 vtime = vruntime_clamped(t);

	stat_inc(kernel_direct);
	/* Since when it waits: rescue_starved() looks at it. */
	WRITE_ONCE(t->parked_at, now_ns());
	if (is_urgent(prio)) {
		if (enqueue_urgent(p, prio, enq_flags))
			return;
		vtime = READ_ONCE(vruntime_now) - opt_slice_ns -
			(SCXB_PRIORITY_URGENT_MAX + 1 - prio->level) * PRIORITY_STEP_NS;
	}
	dsq_insert_vtime(p, SCXB_DSQ_SHARED, own_slice(prio), vtime, enq_flags);
	kick_idle(p);
}

/* After task_stopping() has charged the task in full. */
static __always_inline void priority_stopping(struct task_struct *p)
{
	struct scxb_priority *prio;
	struct task_ctx *t;
	u64 permille;
	s64 ran;

	if (!opt_kernel_mode)
		return;
	prio = priority_of(p);
	if (!prio || prio->level <= SCXB_PRIORITY_URGENT_MAX || prio->level > SCXB_PRIORITY_MAX)
		return;
	t = task_ctx(p);
	if (!t)
		return;
	ran = t->stopped_at - t->running_at;
	if (ran <= 0)
		return;
	permille = 500 - (prio->level - SCXB_PRIORITY_URGENT_MAX - 1) * 45;
	t->vruntime -= (u64)ran * 100 / task_weight(p) * permille / 1000;
}

/* Interrupts what runs on a CPU: that has to choose anew. */
SEC("syscall")
int scxb_preempt_cpu(s32 *cpu)
{
	if (*cpu < 0 || *cpu >= nr_cpus || cpu_offline(*cpu))
		return -EINVAL;
	scx_bpf_kick_cpu(*cpu, SCX_KICK_PREEMPT);
	return 0;
}

#endif /* SCXB_PRIORITY_BPF_H */

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
const volatile bool opt_kernel_mode;

/*
 * Who has a priority: threads by their ids, and processes, with all their threads, by
 * theirs. Entries come by scxb_set_priority, and go by the library, or as they end.
 */
struct priority_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SCXB_MAX_PRIORITIES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, s32);
	__type(value, struct scxb_priority);
};
struct priority_map priorities SEC(".maps");
struct priority_map process_priorities SEC(".maps");

/* The entry of an id, if it was made for who began then, and not for an earlier bearer. */
static __always_inline struct scxb_priority *priority_in(void *map, s32 id, u64 start_ns)
{
	struct scxb_priority *prio = bpf_map_lookup_elem(map, &id);

	return prio && prio->start_ns == start_ns ? prio : NULL;
}

static __always_inline struct scxb_priority *thread_priority(const struct task_struct *p)
{
	return priority_in(&priorities, p->pid, p->start_boottime);
}

static __always_inline struct scxb_priority *process_priority(const struct task_struct *p)
{
	return priority_in(&process_priorities, p->tgid, p->group_leader->start_boottime);
}

/* A thread's own priority goes before that of its process. */
static __always_inline struct scxb_priority *priority_of(const struct task_struct *p)
{
	return thread_priority(p) ?: process_priority(p);
}

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

	if (!(enq_flags & SCX_ENQ_WAKEUP))
		return false;
	if (enqueue_idle(p, prev, own_slice(prio), enq_flags))
		return true;
	if (running_level(prev) <= prio->level || cpu_taken(prev))
		return false;
	dsq_insert(p, SCX_DSQ_LOCAL, own_slice(prio), enq_flags | SCX_ENQ_PREEMPT);
	watch_local();
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

/*
 * A task is gone. (One that stays, as its scheduler is detached, keeps its priority.)
 * The process is, when the last of its threads is.
 */
static __always_inline void priority_exit(const struct task_struct *p)
{
	s32 pid = p->pid, tgid = p->tgid;

	if (!opt_kernel_mode || !(p->flags & PF_EXITING))
		return;
	if (thread_priority(p))
		bpf_map_delete_elem(&priorities, &pid);
	if (!p->signal->live.counter && process_priority(p))
		bpf_map_delete_elem(&process_priorities, &tgid);
}

/*
 * Gives a thread or process a priority. Looks whether it has ended after the entry is
 * there: then either priority_exit() is still to come, or we see the end.
 */
static __always_inline s32 priority_set(struct task_struct *p,
					const struct scxb_priority_request *req)
{
	struct scxb_priority prio = {
		.slice_ns = req->slice_ns,
		.start_ns = p->start_boottime,
		.level = req->level,
	};
	void *map = req->process ? (void *)&process_priorities : (void *)&priorities;
	s32 id = req->pid, ret;
	bool ended;

	if (req->process && p->tgid != id)
		return -ESRCH; /* a thread beside the first */
	ret = bpf_map_update_elem(map, &id, &prio, 0);
	if (ret)
		return ret;
	ended = req->process ? !p->signal->live.counter : p->exit_state;
	if (!ended)
		return 0;
	bpf_map_delete_elem(map, &id);
	return -ESRCH;
}

SEC("syscall")
int scxb_set_priority(struct scxb_priority_request *req)
{
	struct task_struct *p = bpf_task_from_pid(req->pid);
	s32 ret;

	if (!p)
		return -ESRCH;
	bpf_rcu_read_lock();
	ret = priority_set(p, req);
	bpf_rcu_read_unlock();
	bpf_task_release(p);
	return ret;
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

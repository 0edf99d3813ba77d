/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Priorities, for kernel mode: which threads and processes have one.
 *
 * An entry is for a thread, by its id, or for a process with all its threads. scxb_set_priority
 * adds it; the library removes it, or it goes when the thread or process ends.
 */
#ifndef SCXB_PRIORITY_BPF_H
#define SCXB_PRIORITY_BPF_H

#include "intf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "wire.h"

struct priority_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, SCXB_MAX_PRIORITIES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, s32);
	__type(value, struct scxb_priority);
};
struct priority_map priorities SEC(".maps");
struct priority_map process_priorities SEC(".maps");

/* The entry of an id, unless it was made for an earlier thread or process with that id. */
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

/* A thread's own priority overrides that of its process. */
static __always_inline struct scxb_priority *priority_of(const struct task_struct *p)
{
	return thread_priority(p) ?: process_priority(p);
}

/*
 * Removes the entry of a task that ends, and with the last thread that of its process. (When the
 * scheduler is detached, tasks live on and keep their priority.)
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
 * Gives a thread or process a priority. Makes the entry first, then checks whether it has ended: so
 * either priority_exit() is still to come, or we see the end.
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
		return -ESRCH; /* a thread, but not a process, has this id */
	ret = bpf_map_update_elem(map, &id, &prio, 0);
	if (ret)
		return ret;
	ended = req->process ? !p->signal->live.counter : p->exit_state;
	if (!ended)
		return 0;
	bpf_map_delete_elem(map, &id);
	return -ESRCH;
}

/*
 * What of its weighted CPU time a task of level 10 to 20 is charged for: from a half at 10 to one
 * twentieth at 20.
 */
static __always_inline u64 priority_discounted(const struct scxb_priority *prio, u64 weighted)
{
	u64 permille;

	if (!prio || prio->level <= SCXB_PRIORITY_URGENT_MAX || prio->level > SCXB_PRIORITY_MAX)
		return weighted;
	permille = 500 - (prio->level - SCXB_PRIORITY_URGENT_MAX - 1) * 45;
	return weighted * permille / 1000;
}

#endif /* SCXB_PRIORITY_BPF_H */

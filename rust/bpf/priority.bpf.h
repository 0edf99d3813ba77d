/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Priorities, for kernel mode: which threads and processes have one.
 *
 * Entries are threads by their ids, and processes, with all their threads, by theirs. They come by
 * scxb_set_priority; the library removes them, and so does the end of their bearer.
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

/* The entry of an id, if it was made for the bearer that began then, not for an earlier one. */
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

/*
 * Removes the entries of a task that ends, and of its process with the last of its threads. (A
 * task that lives on, as its scheduler is detached, keeps its priority.)
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

#endif /* SCXB_PRIORITY_BPF_H */

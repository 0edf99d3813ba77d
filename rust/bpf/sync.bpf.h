/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Synchronous wake-ups (by pipes, by sockets): the waker promises that it is about to sleep.
 * Preempting it would cost two switches for little gain, so its slice is cut short instead. Not all
 * wakers keep the promise: one that has run for SYNC_WAKER_NS is preempted.
 */
#ifndef SCXB_SYNC_BPF_H
#define SCXB_SYNC_BPF_H

#include "cpu.bpf.h"
#include "kernel.bpf.h"
#include "stats.bpf.h"

#define SYNC_WAKER_NS 1000000ULL

/* From select_cpu: only there does the kernel tell which wake-ups are synchronous. */
static __always_inline void sync_note(const struct task_struct *p, u64 wake_flags)
{
	struct cpu_ctx *c = this_cpu_ctx();

	if (c)
		c->sync_wakee = wake_flags & SCX_WAKE_SYNC ? p->pid : 0;
}

/* From enqueue: spares the task's waker, if it is what runs here and has not run for long. */
static __always_inline bool spare_sync_waker(const struct task_struct *p)
{
	struct cpu_ctx *c = this_cpu_ctx();
	struct task_struct *waker;

	if (!c || c->sync_wakee != p->pid)
		return false;
	c->sync_wakee = 0;
	if (now_ns() - c->running_at > SYNC_WAKER_NS)
		return false;
	waker = bpf_get_current_task_btf();
	if (waker->pid != c->running_pid)
		return false;
	if (waker->scx.slice > SYNC_WAKER_NS)
		task_set_slice(waker, SYNC_WAKER_NS);
	stat_inc(sync_spared);
	return true;
}

/*
 * The agent, woken for the task of a spared waker, runs next on this CPU but does not preempt. Set
 * by park(), and taken right after, when the ring's irq_work wakes the agent on the same CPU.
 */
static __always_inline void agent_spare_set(bool spares)
{
	struct cpu_ctx *c = this_cpu_ctx();

	if (c)
		c->agent_spares = spares;
}

static __always_inline bool agent_spare_take(void)
{
	struct cpu_ctx *c = this_cpu_ctx();
	bool spares = c && c->agent_spares;

	if (spares)
		c->agent_spares = false;
	return spares;
}

#endif /* SCXB_SYNC_BPF_H */

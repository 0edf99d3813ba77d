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
	if (wake_flags & SCX_WAKE_SYNC)
		this_cpu_ctx()->sync_wakee = p->pid;
}

/* A note is good for one wake-up. */
static __always_inline void sync_forget(void)
{
	this_cpu_ctx()->sync_wakee = 0;
}

/* From enqueue: spares the task's waker, if it is what runs here and has not run for long. */
static __always_inline bool spare_sync_waker(const struct task_struct *p)
{
	struct cpu_ctx *c = this_cpu_ctx();
	struct task_struct *waker;

	if (c->sync_wakee != p->pid)
		return false;
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
	this_cpu_ctx()->agent_spares = spares;
}

static __always_inline bool agent_spare_take(void)
{
	struct cpu_ctx *c = this_cpu_ctx();
	bool spares = c->agent_spares;

	if (spares)
		c->agent_spares = false;
	return spares;
}

#endif /* SCXB_SYNC_BPF_H */

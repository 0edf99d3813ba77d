/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Synchronous wake-ups: who wakes a task so (by a pipe, by a socket) is about to sleep, it
 * says. To preempt it would cost two switches, and win little. But not every such waker tells
 * the truth: one that has run for a while is not spared, and others get a little time.
 */
#ifndef SCXB_SYNC_BPF_H
#define SCXB_SYNC_BPF_H

#include "order.bpf.h"

#define SYNC_WAKER_NS 1000000ULL

/* From select_cpu, which alone is told. */
static __always_inline void sync_note(const struct task_struct *p, u64 wake_flags)
{
	struct cpu_ctx *c = this_cpu_ctx();

	if (c)
		c->sync_wakee = wake_flags & SCX_WAKE_SYNC ? p->pid : 0;
}

/* From enqueue: whether the waker is this CPU's task, and to be spared. */
static __always_inline bool sync_waker_spared(const struct task_struct *p)
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
 * The agent, woken for a task of such a waker, comes next on this CPU. Said in park, and
 * asked when the ring's interrupt wakes the agent, right after on the same CPU.
 */
static __always_inline void agent_spares(bool spares)
{
	struct cpu_ctx *c = this_cpu_ctx();

	if (c)
		c->agent_spares = spares;
}

static __always_inline bool agent_spares_here(void)
{
	struct cpu_ctx *c = this_cpu_ctx();
	bool spares = c && c->agent_spares;

	if (spares)
		c->agent_spares = false;
	return spares;
}

#endif /* SCXB_SYNC_BPF_H */

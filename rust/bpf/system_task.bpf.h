/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks that others depend on: they wait for no policy, and for no domain. */
#ifndef SCXB_SYSTEM_TASK_BPF_H
#define SCXB_SYSTEM_TASK_BPF_H

#include "kernel.bpf.h"
#include "shared.bpf.h"

/*
 * A thread of the agent; or a child that vfork() made, which keeps one waiting until it executes
 * another program.
 */
static __always_inline bool is_of_agent(const struct task_struct *p)
{
	u64 mm;

	/* Read directly: this runs at each wake-up, and a helper call costs more. */
	if ((u32)p->tgid == READ_ONCE(shared.agent.tgid))
		return true;
	/* The memory of an agent that was killed may be another process's by now. */
	mm = (u64)p->mm;
	return mm && mm == READ_ONCE(shared.agent.mm) &&
	       (u32)p->real_parent->tgid == READ_ONCE(shared.agent.tgid);
}

/* A kernel thread, or one of the agent. */
static __always_inline bool others_depend_on(const struct task_struct *p)
{
	return p->flags & PF_KTHREAD || is_of_agent(p);
}

#endif /* SCXB_SYSTEM_TASK_BPF_H */

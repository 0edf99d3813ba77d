/* SPDX-License-Identifier: GPL-2.0-only */
/* Tasks that others depend on: they wait for no policy, and for no domain. */
#ifndef SCXB_SYSTEM_TASK_BPF_H
#define SCXB_SYSTEM_TASK_BPF_H

#include "kernel.bpf.h"
#include "shared.bpf.h"

/* A kernel thread, or a thread of the agent. */
static __always_inline bool others_depend_on(const struct task_struct *p)
{
	return p->flags & PF_KTHREAD || (u32)p->tgid == READ_ONCE(shared.agent.tgid);
}

#endif /* SCXB_SYSTEM_TASK_BPF_H */

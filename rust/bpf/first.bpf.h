/* SPDX-License-Identifier: GPL-2.0-only */
/* The first task, of several queues, that a CPU may run. */
#ifndef SCXB_FIRST_BPF_H
#define SCXB_FIRST_BPF_H

#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "queues.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"

/*
 * Whether its place shows how far those like it are: it has run since it slept, and waits where its
 * vruntime says. (That of an urgent task of kernel mode is by its level.)
 */
static __always_inline bool shows_where_others_are(const struct task_struct *p,
						   const struct task_ctx *t)
{
	return t && t->exec_runtime && (!opt_kernel_mode || p->scx.dsq_vtime == t->vruntime);
}

/* Looks for a queue's first task for this CPU, and notes it if none so far is before it. */
__noinline int scxb_look_for_first(s32 cpu, u64 dsq_id)
{
	struct cpu_ctx *c = cpu_ctx_at(cpu);
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, dsq_id, 0) {
		if (cpu_allowed(p, cpu) && may_take(p, cpu)) {
			struct task_ctx *t = task_ctx(p);

			if (c->first_dsq != SCXB_DSQ_NONE &&
			    !before(p->scx.dsq_vtime, c->first_vtime))
				return 0;
			c->first_dsq = dsq_id;
			c->first_vtime = p->scx.dsq_vtime;
			c->first_at_head = !n;
			c->first_ran = shows_where_others_are(p, t);
			c->first_since = t ? READ_ONCE(t->parked_at) : 0;
			return 0;
		}
		if (++n >= ALONE_SCAN)
			break;
	}
	return 0;
}

#endif /* SCXB_FIRST_BPF_H */

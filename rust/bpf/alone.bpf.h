/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When BPF alone orders the tasks: in kernel mode, and while the agent is out of action. Then a CPU
 * takes the first task of all the queues that BPF orders; but first it compares it with the task
 * that it ran, which goes on if it is still before the others. (Otherwise, of two tasks on one CPU
 * each would get a half, whatever they weigh: the one that ran is queued only after ops.dispatch.)
 */
#ifndef SCXB_ALONE_BPF_H
#define SCXB_ALONE_BPF_H

#include "account.bpf.h"
#include "agent.bpf.h"
#include "cpu.bpf.h"
#include "domains.bpf.h"
#include "first.bpf.h"
#include "idle.bpf.h"
#include "intf.h"
#include "kernel.bpf.h"
#include "kernel_mode.bpf.h"
#include "options.bpf.h"
#include "park_queues.bpf.h"
#include "priority.bpf.h"
#include "queues.bpf.h"
#include "rescue.bpf.h"
#include "system.bpf.h"
#include "task.bpf.h"
#include "throttle.bpf.h"
#include "time.bpf.h"
#include "topology.bpf.h"
#include "tunables.h"
#include "vruntime.bpf.h"

static __always_inline void look_for_first(s32 cpu, struct cpu_ctx *c)
{
	u32 park;

	c->first_dsq = SCXB_DSQ_NONE;
	if (opt_kernel_mode) {
		u32 domain = domain_of_cpu(cpu);

		if (shared_queued(domain))
			scxb_look_for_first(cpu, shared_dsq(domain));
	} else {
		bpf_for(park, 0, opt_parks) {
			if (park_queued(park))
				scxb_look_for_first(cpu, park_dsq(park));
		}
	}
	if (system_queued() > 0)
		scxb_look_for_first(cpu, SCXB_DSQ_SYSTEM);
}

/*
 * Whether the task that ran goes on, since all others for this CPU come after it. One that comes at
 * the same time has its turn: urgent tasks of one level do, while no ordinary one runs.
 */
static __always_inline bool goes_on_first(s32 cpu, struct task_struct *prev,
					  const struct cpu_ctx *c)
{
	u32 domain = domain_of_cpu(cpu);
	struct scxb_priority *prio;
	struct task_ctx *t;
	u64 vtime;

	if (c->first_dsq == SCXB_DSQ_NONE || !is_runnable(prev) || is_kthread(prev) ||
	    is_agent(prev) || !cpu_allowed(prev, cpu))
		return false;
	t = task_ctx(prev);
	if (!t || throttled_by(prev, t))
		return false;
	prio = opt_kernel_mode ? priority_of(prev) : NULL;
	account_as(prev, t, cpu_ctx_of_running(prev), prio, now_ns());
	vtime = kernel_mode_vtime(t, prio, domain);
	if (!before(vtime, c->first_vtime))
		return false;
	vruntime_first(domain, vtime, !is_urgent(prio));
	task_set_slice(prev, kernel_mode_slice(prev, t, prio));
	return true;
}

/* Takes the task that look_for_first() noted; or any, if the first ones were not for this CPU. */
static __always_inline bool take_first(s32 cpu, const struct cpu_ctx *c, u64 now)
{
	u64 dsq_id = c->first_dsq;

	if (is_park_dsq(dsq_id) && scxb_rescue(cpu, dsq_id, 0, 0, ALONE_SCAN))
		return true;
	if (dsq_id == SCXB_DSQ_SYSTEM && take_from_system(cpu))
		return true;
	return (opt_kernel_mode ? take_from_shared(domain_of_cpu(cpu))
				: rescue_late(cpu, c, now)) ||
	       take_from_system(cpu);
}

static __always_inline bool dispatch_alone(s32 cpu, struct task_struct *prev, struct cpu_ctx *c,
					   u64 now)
{
	look_for_first(cpu, c);
	if (goes_on_first(cpu, prev, c))
		return true;
	if (c->first_dsq != SCXB_DSQ_NONE && c->first_at_head)
		vruntime_first(domain_of_cpu(cpu), c->first_vtime, c->first_ran);
	return take_first(cpu, c, now);
}

#endif /* SCXB_ALONE_BPF_H */

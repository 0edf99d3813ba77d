/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the agent is out of action, so that BPF alone orders the tasks. */
#ifndef SCXB_AGENT_OUT_BPF_H
#define SCXB_AGENT_OUT_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"
#include "shared.bpf.h"
#include "time.bpf.h"
#include "tunables.h"

/* Whether decisions flowed since the last rescue. Mostly read. */
u64 decisions_flow __attribute__((aligned(64)));

/*
 * When the agent's wait was last ended from here; CLOCK_MONOTONIC, as its heartbeat. In another
 * cache line, since each wake-up of the agent writes it.
 */
u64 agent_woken_at __attribute__((aligned(64)));

/*
 * A task had to be rescued, no decision has come since, and for a long time the agent neither
 * waited nor was seen. (If it is just late, tasks wait for it: their decisions are on their way.)
 */
static __always_inline bool agent_out(void)
{
	s64 since;
	u64 now;

	if (READ_ONCE(decisions_flow) || READ_ONCE(shared.control.waiting))
		return false;
	since = opt_grace_ns * AGENT_OUT_GRACES;
	now = bpf_ktime_get_ns();
	return age_ns(now, READ_ONCE(shared.control.heartbeat_ns)) >= since &&
	       age_ns(now, READ_ONCE(agent_woken_at)) >= since;
}

static __always_inline bool bpf_orders_alone(void)
{
	return opt_kernel_mode || agent_out();
}

#endif /* SCXB_AGENT_OUT_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of the domains: each has a queue SHARED of its own, so that decided tasks stay near
 * where they ran, and CPUs far apart seldom contend for the same lock. steal.bpf.h is how tasks
 * leave a domain nevertheless.
 */
#ifndef SCXB_DOMAINS_BPF_H
#define SCXB_DOMAINS_BPF_H

#include "cpu.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "queues.bpf.h"
#include "steal_soon.bpf.h"
#include "topology.bpf.h"

static __always_inline u64 shared_dsq(u32 domain)
{
	return SCXB_DSQ_SHARED | domain;
}

static __noinline s32 first_online_cpu(struct task_struct *p)
{
	s32 cpu, found = -EBUSY;

	bpf_for(cpu, 0, nr_cpus) {
		if (cpu_allowed(p, cpu) && !cpu_offline(cpu)) {
			found = cpu;
			break;
		}
	}
	return found;
}

/*
 * The domain for a task that any CPU may take: where it last ran. If that CPU is of no use for it
 * any more, one that is: no CPU of a domain that is wholly offline serves its queue.
 */
static __always_inline u32 domain_of_task(struct task_struct *p)
{
	s32 cpu;

	if (opt_domains < 2)
		return 0;
	cpu = scx_bpf_task_cpu(p);
	if (!cpu_allowed(p, cpu) || cpu_offline(cpu))
		cpu = first_online_cpu(p);
	return cpu < 0 ? 0 : domain_of_cpu(cpu);
}

static __always_inline s32 shared_queued(u32 domain)
{
	return dsq_queued(shared_dsq(domain));
}

static __always_inline s32 all_shared_queued(void)
{
	return dsqs_queued(shared_dsq(0), opt_domains);
}

/* Wakes an idle CPU for a task that is put on its domain's queue SHARED. */
static __always_inline void kick_for_shared(struct task_struct *p)
{
	s32 cpu;

	if (opt_domains < 2) {
		kick_idle(p);
		return;
	}
	cpu = claim_idle_near(p, scx_bpf_task_cpu(p));
	if (cpu >= 0)
		kick_cpu(cpu);
	else
		steal_soon();
}

static __always_inline s32 domains_init(void)
{
	return create_dsqs(shared_dsq(0), opt_domains);
}

#endif /* SCXB_DOMAINS_BPF_H */

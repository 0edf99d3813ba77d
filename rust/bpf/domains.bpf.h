/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of the domains: each has a queue SHARED of its own, so that decided tasks stay near
 * where they ran, and CPUs far apart seldom contend for the same lock. steal.bpf.h is how tasks
 * leave a domain nevertheless.
 */
#ifndef SCXB_DOMAINS_BPF_H
#define SCXB_DOMAINS_BPF_H

#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "queues.bpf.h"
#include "steal_soon.bpf.h"
#include "topology.bpf.h"
#include "verifier.bpf.h"
#include "wire.h"

static __always_inline u64 shared_dsq(u32 domain)
{
	return SCXB_DSQ_SHARED | domain;
}

__noinline s32 scxb_first_online_cpu(struct task_struct *p __arg_trusted)
{
	s32 cpu, found = -EBUSY;

	bpf_rcu_read_lock();
	bpf_for(cpu, 0, nr_cpus) {
		if (cpu_allowed(p, cpu) && !cpu_offline(cpu)) {
			found = cpu;
			break;
		}
	}
	bpf_rcu_read_unlock();
	return found;
}

/*
 * The domain for a task that any CPU may take: where it last ran. If that CPU is of no use for it
 * any more, one that is: no CPU of a domain that is wholly offline serves its queue.
 */
static __always_inline u32 domain_of_task(struct task_struct *p)
{
	s32 cpu;

	if (always_one_domain())
		return 0;
	cpu = task_cpu(p);
	if (!cpu_allowed(p, cpu) || cpu_offline(cpu))
		cpu = scxb_first_online_cpu(p);
	return cpu < 0 ? 0 : domain_of_cpu(cpu);
}

/* Written by ops.init. */
static u64 shared_addresses[SCXB_MAX_DOMAINS];

static __always_inline u64 shared_address(u32 domain)
{
	return READ_ONCE(shared_addresses[bounded(domain, SCXB_MAX_DOMAINS)]);
}

/* That of a CPU's domain. */
static __always_inline u64 shared_address_of(s32 cpu)
{
	if (always_one_domain())
		return READ_ONCE(shared_addresses[0]);
	return shared_address(domain_of_cpu(cpu));
}

static __always_inline s32 shared_queued(u32 domain)
{
	return dsq_queued_at(shared_address(domain), shared_dsq(domain));
}

/* Moves the first task of a domain's queue that this CPU may run to its local queue. */
static __always_inline bool take_from_shared(u32 domain)
{
	return shared_queued(domain) > 0 && dsq_move_to_local(shared_dsq(domain));
}

static __always_inline s32 all_shared_queued(void)
{
	return dsqs_queued(shared_dsq(0), nr_shared_queues());
}

/* If no idle CPU was claimed near a task that waits, one of another domain may take it later. */
static __always_inline void kick_or_steal_soon(s32 cpu)
{
	if (cpu >= 0)
		kick_cpu(cpu);
	else
		steal_soon();
}

/*
 * Wakes an idle CPU for a task that is put on its domain's queue SHARED. Not inlined: it is much
 * code, which many places need.
 */
__noinline int scxb_kick_for_shared(struct task_struct *p __arg_trusted)
{
	bpf_rcu_read_lock();
	if (always_one_domain())
		kick_idle(p);
	else
		kick_or_steal_soon(claim_idle_near(p, task_cpu(p)));
	bpf_rcu_read_unlock();
	return 0;
}

/* The same, for the queue of this domain. */
static __always_inline void kick_for_domain(struct task_struct *p, u32 domain)
{
	kick_or_steal_soon(claim_idle_in(p, domain, domain, domain + 1));
}

/* Whether a CPU of the domain is online that the task may use. */
__noinline int scxb_domain_allowed(struct task_struct *p __arg_trusted, u32 domain)
{
	bool allowed = false;
	s32 i;

	bpf_rcu_read_lock();
	bpf_for(i, domain_begin(domain), domain_begin(domain + 1)) {
		s32 cpu = cpu_at(i);

		if (cpu_allowed(p, cpu) && !cpu_offline(cpu)) {
			allowed = true;
			break;
		}
	}
	bpf_rcu_read_unlock();
	return allowed;
}

/* The domain that a decision's `cpu` names, if the task may go there; else nr_domains(). */
static __always_inline u32 decided_domain(struct task_struct *p, s32 cpu)
{
	u32 domain = names_domain(cpu) ? named_domain(cpu) : nr_domains();

	return domain < nr_domains() && scxb_domain_allowed(p, domain) ? domain : nr_domains();
}

static __always_inline s32 domains_init(void)
{
	u32 domain, queues = nr_shared_queues();
	s32 ret = create_dsqs(shared_dsq(0), queues);

	if (ret)
		return ret;
	bpf_for(domain, 0, queues)
		shared_addresses[bounded(domain, SCXB_MAX_DOMAINS)] =
			dsq_address(shared_dsq(domain));
	return 0;
}

#endif /* SCXB_DOMAINS_BPF_H */

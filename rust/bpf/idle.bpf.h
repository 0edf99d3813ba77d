/* SPDX-License-Identifier: GPL-2.0-only */
/* Idle CPUs: find one, claim it, kick it. */
#ifndef SCXB_IDLE_BPF_H
#define SCXB_IDLE_BPF_H

#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "stats.bpf.h"
#include "topology.bpf.h"
#include "verifier.bpf.h"

static __always_inline bool cpu_allowed(const struct task_struct *p, s32 cpu)
{
	u64 id = forget_origin(cpu); /* see forget_arguments() */

	return cpu >= 0 && cpu < nr_cpus && bpf_cpumask_test_cpu(id, p->cpus_ptr);
}

static __always_inline bool all_cpus_busy(void)
{
	const struct cpumask *idle = scx_bpf_get_idle_cpumask();
	bool busy = bpf_cpumask_empty(idle);

	scx_bpf_put_idle_cpumask(idle);
	return busy;
}

/*
 * Claims any idle CPU that the task may use, one whose whole core is idle if there is one. -EBUSY:
 * none.
 */
static __always_inline s32 claim_idle_anywhere(struct task_struct *p)
{
	s32 cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, SCX_PICK_IDLE_CORE);

	if (cpu < 0)
		cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	return cpu < 0 ? -EBUSY : cpu;
}

/* Claims one of these idle CPUs, of the places from `begin` on until `end`. -EBUSY: none. */
static __always_inline s32 claim_idle_among(struct task_struct *p, const struct cpumask *idle,
					    u32 home, u32 begin, u32 end)
{
	s32 i, found = -EBUSY;

	bpf_for(i, begin, end) {
		u32 cpu = cpu_at(i);

		if (bpf_cpumask_test_cpu(cpu, idle) && cpu_allowed(p, cpu) &&
		    may_go_to(p, home, cpu) && scx_bpf_test_and_clear_cpu_idle(cpu)) {
			found = cpu;
			break;
		}
	}
	return found;
}

/*
 * Claims an idle CPU, of the places from `begin` on until `end`, for a task of the domain `home`
 * that may use it: one whose whole core is idle if there is one. -EBUSY: none.
 */
__noinline s32 scxb_claim_idle_at(struct task_struct *p __arg_trusted, u32 home, u32 begin, u32 end)
{
	const struct cpumask *idle = scx_bpf_get_idle_cpumask(), *cores;
	s32 cpu = -EBUSY;

	if (!bpf_cpumask_empty(idle)) {
		bpf_rcu_read_lock();
		cores = scx_bpf_get_idle_smtmask();
		cpu = claim_idle_among(p, cores, home, begin, end);
		scx_bpf_put_idle_cpumask(cores);
		if (cpu < 0)
			cpu = claim_idle_among(p, idle, home, begin, end);
		bpf_rcu_read_unlock();
	}
	scx_bpf_put_idle_cpumask(idle);
	return cpu;
}

/* The same, of the domains from `begin` on until `end`. */
static __always_inline s32 claim_idle_in(struct task_struct *p, u32 home, u32 begin, u32 end)
{
	return scxb_claim_idle_at(p, home, domain_begin(begin), domain_begin(end));
}

/*
 * Claims an idle CPU that the task may use, which clears its idle mark: the preferred one, else one
 * of its domain. -EBUSY: none. With one domain, any CPU is in it.
 */
static __always_inline s32 claim_idle_near(struct task_struct *p, s32 prefer)
{
	u32 domain = domain_of_cpu(prefer);

	if (cpu_allowed(p, prefer) && scx_bpf_test_and_clear_cpu_idle(prefer))
		return prefer;
	if (always_one_domain())
		return claim_idle_anywhere(p);
	return claim_idle_in(p, domain, domain, domain + 1);
}

/*
 * The same, but if there is none, then one of the domain's node, or any other, closed domains
 * apart. Works in every context, unlike the kernel's own topology-aware choice.
 */
static __always_inline s32 claim_idle_cpu(struct task_struct *p, s32 prefer)
{
	s32 cpu = claim_idle_near(p, prefer);
	u32 domain;

	if (cpu >= 0 || always_one_domain())
		return cpu;
	domain = domain_of_cpu(prefer);
	if (opt_own_domains) {
		u32 begin = domain_begin(node_begin(domain));

		/* Places wrap around: so those of the node come first, then all others. */
		return scxb_claim_idle_at(p, domain, begin, begin + domain_begin(nr_domains()));
	}
	cpu = claim_idle_in(p, domain, node_begin(domain), node_end(domain));
	return cpu < 0 ? claim_idle_anywhere(p) : cpu;
}

/*
 * For ops.select_cpu: a CPU that was idle, now claimed, or where to queue the task. The kernel's
 * own choice leaves a cache as soon as no CPU of it is idle. Here only a new task does, which
 * leaves nothing behind there. As with the kernel, the waker's CPU counts as idle if it is about to
 * sleep.
 */
static __always_inline s32 select_idle_near(struct task_struct *p, s32 prev, u64 wake_flags,
					    bool *idle)
{
	s32 cpu;

	if (always_one_domain())
		return scx_bpf_select_cpu_dfl(p, prev, wake_flags, idle);
	if (wake_flags & SCX_WAKE_SYNC) {
		s32 here = bpf_get_smp_processor_id();

		if (here != prev && domain_of_cpu(here) == domain_of_cpu(prev) &&
		    cpu_allowed(p, here) && !scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | (u32)here) &&
		    !all_cpus_busy()) {
			*idle = true;
			if (cpu_allowed(p, prev) && scx_bpf_test_and_clear_cpu_idle(prev))
				return prev;
			return here;
		}
	}
	cpu = wake_flags & SCX_WAKE_FORK ? claim_idle_cpu(p, prev) : claim_idle_near(p, prev);
	*idle = cpu >= 0;
	return cpu < 0 ? prev : cpu;
}

static __always_inline void kick_cpu(s32 cpu)
{
	scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
	stat_inc(kicks);
}

/* Puts a task that woke up on a CPU that was claimed. False: none was. */
static __always_inline bool enqueue_idle(struct task_struct *p, s32 cpu, u64 slice_ns,
					 u64 enq_flags)
{
	if (cpu < 0)
		return false;
	dsq_insert(p, SCX_DSQ_LOCAL_ON | (u32)cpu, slice_ns, enq_flags);
	kick_cpu(cpu);
	return true;
}

/* Claims an idle CPU for `p`, near where it last ran if there are several domains. */
static __always_inline s32 pick_idle_cpu(struct task_struct *p)
{
	if (always_one_domain())
		return scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	return claim_idle_cpu(p, task_cpu(p));
}

/* Wakes an idle CPU for `p`, which waits on a queue that any CPU serves. */
static __always_inline bool kick_idle(struct task_struct *p)
{
	s32 cpu = pick_idle_cpu(p);

	if (cpu < 0)
		return false;
	kick_cpu(cpu);
	return true;
}

/*
 * Picking this CPU for an answer cleared its idle mark, but it still sleeps. `claimed` tells
 * whoever sends a task there to kick it.
 */
static __always_inline void mark_claimed(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	if (c)
		WRITE_ONCE(c->claimed, 1);
}

/* Whether the CPU sleeps and must be kicked for a task on its queue. True for one caller only. */
static __always_inline bool take_sleeping_cpu(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);
	bool claimed = c && READ_ONCE(c->claimed) && __sync_lock_test_and_set(&c->claimed, 0);

	return scx_bpf_test_and_clear_cpu_idle(cpu) || claimed;
}

/* Answers one request of scxb_select_cpu(s): the id of an idle CPU, now claimed, or -errno. */
static __always_inline s32 claim_idle_cpu_for(s32 pid, s32 prefer, u32 flags)
{
	struct task_struct *p;
	s32 cpu;

	if (flags || pid <= 0 || (prefer >= 0 && prefer >= nr_cpus))
		return -EINVAL;
	p = bpf_task_from_pid(pid);
	if (!p)
		return -ESRCH;
	if (prefer < 0)
		prefer = task_cpu(p);
	if (!opt_own_domains && bpf_ksym_exists(__scx_bpf_select_cpu_and)) {
		struct scx_bpf_select_cpu_and_args args = {
			.prev_cpu = prefer,
		};

		bpf_rcu_read_lock();
		cpu = __scx_bpf_select_cpu_and(p, p->cpus_ptr, &args);
		bpf_rcu_read_unlock();
	} else {
		bpf_rcu_read_lock();
		cpu = claim_idle_cpu(p, prefer);
		bpf_rcu_read_unlock();
	}
	bpf_task_release(p);
	if (cpu < 0)
		return -EBUSY;
	mark_claimed(cpu);
	return cpu;
}

#endif /* SCXB_IDLE_BPF_H */

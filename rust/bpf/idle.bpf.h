/* SPDX-License-Identifier: GPL-2.0-only */
/* Idle CPUs: find one, claim it, kick it. */
#ifndef SCXB_IDLE_BPF_H
#define SCXB_IDLE_BPF_H

#include "cpu.bpf.h"
#include "kernel.bpf.h"
#include "stats.bpf.h"
#include "verifier.bpf.h"

static __always_inline bool cpu_allowed(const struct task_struct *p, s32 cpu)
{
	u64 id = forget_origin(cpu); /* see forget_arguments() */

	return cpu >= 0 && cpu < nr_cpus && bpf_cpumask_test_cpu(id, p->cpus_ptr);
}

/*
 * Claims an idle CPU that the task may use, which clears its idle mark: the preferred one, else one
 * whose whole core is idle, else any. -EBUSY: none. Works in every context, unlike the kernel's own
 * topology-aware choice.
 */
static __always_inline s32 claim_idle_cpu(struct task_struct *p, s32 prefer)
{
	s32 cpu;

	if (cpu_allowed(p, prefer) && scx_bpf_test_and_clear_cpu_idle(prefer))
		return prefer;
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, SCX_PICK_IDLE_CORE);
	if (cpu < 0)
		cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	return cpu < 0 ? -EBUSY : cpu;
}

static __always_inline void kick_cpu(s32 cpu)
{
	scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
	stat_inc(kicks);
}

static __always_inline bool all_cpus_busy(void)
{
	const struct cpumask *idle = scx_bpf_get_idle_cpumask();
	bool busy = bpf_cpumask_empty(idle);

	scx_bpf_put_idle_cpumask(idle);
	return busy;
}

/* Puts a task that woke up on an idle CPU, if there is one: the preferred one, or any. */
static __always_inline bool enqueue_idle(struct task_struct *p, s32 prefer, u64 slice_ns,
					 u64 enq_flags)
{
	s32 cpu = claim_idle_cpu(p, prefer);

	if (cpu < 0)
		return false;
	dsq_insert(p, SCX_DSQ_LOCAL_ON | (u32)cpu, slice_ns, enq_flags);
	kick_cpu(cpu);
	return true;
}

/* Wakes an idle CPU for `p`, which waits on a queue that any CPU serves. */
static __always_inline bool kick_idle(struct task_struct *p)
{
	s32 cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);

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
		prefer = scx_bpf_task_cpu(p);
	if (bpf_ksym_exists(__scx_bpf_select_cpu_and)) {
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

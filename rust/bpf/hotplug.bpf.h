/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU hotplug. These operations keep the scheduler attached: without them the kernel ends it and
 * asks for a restart.
 *
 * A CPU that goes offline no longer serves its queue. Tasks on the queue must go elsewhere, and
 * decisions for the CPU must bounce. The two sides synchronize as in Dekker's algorithm: cpu_goes()
 * marks the CPU, then empties its queue; scxb_apply() moves a task to the queue, then checks the
 * mark.
 */
#ifndef SCXB_HOTPLUG_BPF_H
#define SCXB_HOTPLUG_BPF_H

#include "cgroups.bpf.h"
#include "cpu.bpf.h"
#include "domains.bpf.h"
#include "kernel.bpf.h"
#include "park_queues.bpf.h"
#include "queues.bpf.h"
#include "rescue.bpf.h"
#include "taken.bpf.h"
#include "throttle.bpf.h"
#include "topology.bpf.h"
#include "wire.h"

static __always_inline void set_cpu_offline(s32 cpu, bool offline)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	if (c)
		__sync_lock_test_and_set(&c->offline, offline);
}

/*
 * Whether this CPU is at its very end: it still wakes the task that waits for that, but takes no
 * interrupts any more. An irq_work that is queued here then never runs, and it blocks all later
 * ones of this CPU, even when the CPU is back. Kicks, timers and the agent's wake-up use irq_work.
 * So a task that is woken here goes straight to its run queue.
 */
static __always_inline bool this_cpu_is_dead(void)
{
	const struct cpumask *online;
	bool dead;

	/* At each wake-up: so first what costs little. */
	if (!READ_ONCE(this_cpu_ctx()->offline))
		return false;
	online = scx_bpf_get_online_cpumask();
	dead = !bpf_cpumask_test_cpu(bpf_get_smp_processor_id(), online);
	scx_bpf_put_cpumask(online);
	return dead;
}

/* Moves the tasks on an offline CPU's queue to SHARED, from which any CPU takes them. */
__noinline int scxb_requeue_to_shared(s32 cpu)
{
	struct task_struct *p;

	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, (u32)cpu, 0) {
		if (dsq_move_vtime(&___it, p, shared_dsq(domain_of_task(p)), 0))
			scxb_kick_for_shared(p);
	}
	bpf_rcu_read_unlock();
	return 0;
}

/*
 * Moves tasks that belong to the CPU's run queue to its local queue. Only from there does the
 * kernel move tasks to another CPU, or give those that lose their last CPU a new affinity. Each is
 * then enqueued again.
 */
__noinline int scxb_hand_over(s32 cpu, u64 dsq_id)
{
	struct task_struct *p;
	u64 now = now_ns();

	bpf_for_each(scx_dsq, p, dsq_id, 0) {
		if (task_cpu(p) != cpu)
			continue;
		if (is_park_dsq(dsq_id))
			rescue_task_to(&___it, p, SCX_DSQ_LOCAL_ON | (u32)cpu, now, 0);
		else
			dsq_move(&___it, p, SCX_DSQ_LOCAL_ON | (u32)cpu, 0);
	}
	return 0;
}

static __always_inline void cpu_goes(s32 cpu)
{
	s32 park, group, domain;

	set_cpu_offline(cpu, true);
	scxb_hand_over(cpu, (u32)cpu);
	bpf_for(domain, 0, nr_shared_queues())
		scxb_hand_over(cpu, shared_dsq(domain));
	scxb_hand_over(cpu, SCXB_DSQ_SYSTEM);
	bpf_for(park, 0, opt_parks)
		scxb_hand_over(cpu, park_dsq(park));
	bpf_for(group, 1, READ_ONCE(cgroups_end)) {
		if (throttled_queued(group))
			scxb_hand_over(cpu, throttled_dsq(group));
	}
	scxb_requeue_to_shared(cpu);
	scx_bpf_kick_cpu(cpu, SCX_KICK_PREEMPT);
}

static __always_inline void cpu_comes(s32 cpu)
{
	cpu_acquired(cpu);
	set_cpu_offline(cpu, false);
}

/* From ops.init, during which no CPU comes or goes: makes their queues, and marks who serves them.
 */
static __always_inline s32 cpus_init(void)
{
	s32 cpu, ret = create_dsqs(0, nr_cpus);
	const struct cpumask *online;

	if (ret)
		return ret;
	online = scx_bpf_get_online_cpumask();
	bpf_for(cpu, 0, nr_cpus) {
		note_own_address(cpu);
		cpu_acquired(cpu);
		set_cpu_offline(cpu, !bpf_cpumask_test_cpu(cpu, online));
	}
	scx_bpf_put_cpumask(online);
	/* Nor do those that do not exist serve any. */
	bpf_for(cpu, nr_cpus, SCXB_MAX_CPUS)
		cpu_ctx_at(cpu)->offline = 1;
	return 0;
}

#endif /* SCXB_HOTPLUG_BPF_H */

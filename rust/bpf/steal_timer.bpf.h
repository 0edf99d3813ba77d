/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the timer of steal_soon.bpf.h does when it fires: it sends tasks that have waited for a
 * while to idle CPUs of other domains. It goes on as long as tasks wait while a CPU is idle.
 */
#ifndef SCXB_STEAL_TIMER_BPF_H
#define SCXB_STEAL_TIMER_BPF_H

#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "domains.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "queues.bpf.h"
#include "steal_soon.bpf.h"
#include "stolen.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "timer.bpf.h"
#include "topology.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"

/*
 * Claims a CPU of these domains that has been idle for a while and that the task may use. -EBUSY:
 * none.
 */
static __always_inline s32 claim_long_idle(struct task_struct *p, const struct cpumask *idle,
					   u32 home, u32 begin, u32 end, u64 now)
{
	s32 i, found = -EBUSY;

	bpf_for(i, domain_begin(begin), domain_begin(end)) {
		u32 cpu = cpu_at(i);
		struct cpu_ctx *c;

		if (!bpf_cpumask_test_cpu(cpu, idle) || !cpu_allowed(p, cpu) ||
		    !may_go_to(p, home, cpu))
			continue;
		c = cpu_ctx_of(cpu);
		if (c && age_ns(now, READ_ONCE(c->idle_since)) >= (s64)STEAL_AFTER_NS &&
		    scx_bpf_test_and_clear_cpu_idle(cpu)) {
			found = cpu;
			break;
		}
	}
	return found;
}

/* An idle CPU of the task's home, else one of its node, else any. */
__noinline s32 scxb_claim_to_steal(struct task_struct *p __arg_trusted, u32 home, u64 now)
{
	s32 cpu = claim_idle_in(p, home, home, home + 1);
	const struct cpumask *idle;

	if (cpu >= 0)
		return cpu;
	bpf_rcu_read_lock();
	idle = scx_bpf_get_idle_cpumask();
	cpu = claim_long_idle(p, idle, home, node_begin(home), node_end(home), now);
	if (cpu < 0)
		cpu = claim_long_idle(p, idle, home, 0, nr_domains(), now);
	scx_bpf_put_idle_cpumask(idle);
	bpf_rcu_read_unlock();
	return cpu;
}

/* Sends tasks of one queue that have waited long enough to idle CPUs. */
__noinline int scxb_steal_to_idle(u64 dsq_id, u32 scan)
{
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;
	u64 now = now_ns();
	s32 cpu;

	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, dsq_id, 0) {
		struct task_ctx *t = task_ctx(p);

		if (!t || waited_ns(t, now) >= (s64)STEAL_AFTER_NS) {
			u32 home = home_domain(p, t);

			cpu = scxb_claim_to_steal(p, home, now);
			if (cpu >= 0) {
				bool far = domain_of_cpu(cpu) != home;

				if (dsq_move(&___it, p, SCX_DSQ_LOCAL_ON | (u32)cpu, 0) && far)
					note_stolen(t, now);
				/* Even if it was not moved: a kick makes the CPU mark itself idle
				 * again. */
				kick_cpu(cpu);
			}
		}
		if (++n >= scan)
			break;
	}
	bpf_rcu_read_unlock();
	return 0;
}

/* True: tasks wait there. */
static __always_inline bool steal_from(u64 dsq_id, bool busy, bool deep)
{
	if (scx_bpf_dsq_nr_queued(dsq_id) <= 0)
		return false;
	if (!busy)
		scxb_steal_to_idle(dsq_id, deep ? RESCUE_SCAN_ALL : RESCUE_SCAN);
	return true;
}

/* When the timer may next go through whole queues. */
u64 steal_deep_at;

/* Tasks that no idle CPU may run can be ahead of one that may: so as rescue_to_idle() does. */
static __always_inline bool steal_look(bool busy)
{
	bool waiting = false, deep;
	u64 now = now_ns();
	u32 domain;

	deep = age_ns(now, READ_ONCE(steal_deep_at)) >= 0;
	bpf_for(domain, 0, nr_shared_queues())
		waiting |= steal_from(shared_dsq(domain), busy, deep);
	waiting |= steal_from(SCXB_DSQ_SYSTEM, busy, deep);
	if (deep)
		WRITE_ONCE(steal_deep_at, next_deep_look(now));
	return waiting;
}

static int steal_fired(void *map, u32 *key, struct timer *t)
{
	bool waited = READ_ONCE(steal_waits), again, waiting, busy;

	__sync_lock_test_and_set(&steal_armed, 0);
	again = __sync_lock_test_and_set(&steal_asked, 0);
	busy = all_cpus_busy();
	waiting = steal_look(busy);
	/*
	 * A CPU that saw what was true until now may have gone idle, or left a task waiting: so the
	 * timer stops only if it saw the same before.
	 */
	again |= waiting != waited || (waiting && !busy);
	__sync_lock_test_and_set(&steal_waits, waiting);
	again |= READ_ONCE(steal_asked);
	if (again && __sync_val_compare_and_swap(&steal_armed, 0, 1) == 0 &&
	    bpf_timer_start(&t->timer, STEAL_LOOK_NS, 0))
		steal_failed();
	return 0;
}

static __always_inline s32 steal_init(void)
{
	if (always_one_domain())
		return 0;
	steal_armed = 0;
	steal_asked = 0;
	steal_waits = 0;
	steal_deep_at = 0;
	return timer_init(TIMER_STEAL, steal_fired);
}

#endif /* SCXB_STEAL_TIMER_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the watch does when its timer fires: it sends late tasks to idle CPUs, moves tasks off CPUs
 * that a higher class has taken, and goes on while either may be needed again.
 */
#ifndef SCXB_WATCH_TIMER_BPF_H
#define SCXB_WATCH_TIMER_BPF_H

#include "cpu.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "park_queues.bpf.h"
#include "park_seen.bpf.h"
#include "rescue.bpf.h"
#include "stats.bpf.h"
#include "taken.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "timer.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"
#include "watch.bpf.h"
#include "wire.h"

/* Records whose parking has not ended, summed over all CPUs. */
static __always_inline s64 in_flight(void)
{
	s64 sum = 0;
	int cpu;

	bpf_for(cpu, 0, nr_cpus) {
		struct scxb_stats *s = cpu_stats_of(cpu);

		if (!s)
			continue;
		sum += READ_ONCE(s->queued);
		sum -= READ_ONCE(s->dispatched) + READ_ONCE(s->rescued) + READ_ONCE(s->gone);
	}
	return sum;
}

/* Sends late tasks of one PARK to idle CPUs, without a decision, in fair order. */
__noinline int scxb_rescue_to_idle(u64 dsq_id, u32 scan)
{
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;
	u64 now = now_ns();
	s32 cpu;

	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, dsq_id, 0) {
		struct task_ctx *t = task_ctx(p);

		if (is_late(t, now)) {
			cpu = pick_idle_cpu(p);
			if (cpu >= 0) {
				rescue_task_to(&___it, p, SCX_DSQ_LOCAL_ON | (u32)cpu, now,
					       opt_grace_ns);
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

/* When the watch may next go through whole queues, and on which PARK it starts. */
u64 deep_look_at;
u32 watch_turn;

/*
 * An idle CPU does not call rescue_late(), so the watch sends late tasks to it. Tasks that no idle
 * CPU may run can be ahead of tasks that one may run; so looks go through whole queues, now
 * and then.
 */
static __always_inline void rescue_to_idle(void)
{
	u64 now = now_ns();
	bool deep = age_ns(now, deep_look_at) >= 0;
	s32 i, first;

	if (all_cpus_busy())
		return;
	first = watch_turn++ % opt_parks;
	bpf_for(i, first, first + opt_parks) {
		u32 park = (u32)i % opt_parks;

		if (park_queued(park) && park_may_hide_late(park, now))
			scxb_rescue_to_idle(park_dsq(park), deep ? RESCUE_SCAN_ALL : RESCUE_SCAN);
	}
	if (deep)
		deep_look_at = next_deep_look(now);
}

static int watch_fired(void *map, u32 *key, struct timer *t)
{
	bool again = READ_ONCE(watch_asked);

	WRITE_ONCE(watch_asked, 0);
	__sync_lock_test_and_set(&watch_armed, 0);
	again |= watch_cpus();
	if (in_flight() > 0) {
		again = true;
		rescue_to_idle();
	}
	if (again && __sync_val_compare_and_swap(&watch_armed, 0, 1) == 0 &&
	    bpf_timer_start(&t->timer, watch_period(), 0))
		WRITE_ONCE(watch_armed, 0);
	return 0;
}

static __always_inline s32 watch_init(void)
{
	watch_armed = 0;
	watch_asked = 0;
	deep_look_at = 0;
	return timer_init(TIMER_WATCH, watch_fired);
}

#endif /* SCXB_WATCH_TIMER_BPF_H */

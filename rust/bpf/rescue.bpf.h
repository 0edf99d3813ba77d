/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rescue: a parked task whose decision is late runs without one.
 *
 * Lateness is judged per task, by how long it has been parked: a stopped agent
 * and one lost decision under a healthy agent are the same thing to the task.
 * Busy CPUs come here from ops.dispatch. CPUs that went idle while tasks are
 * parked don't, so a timer looks after those as long as anything is in flight.
 */
#ifndef SCXB_RESCUE_BPF_H
#define SCXB_RESCUE_BPF_H

#include "taken.bpf.h"

/* How many parked tasks one look goes through, from each end. */
#define RESCUE_SCAN 32
/* One that goes through a whole queue, from its beginning. */
#define RESCUE_SCAN_ALL (1 << 16)
#define SCAN_ALL_PERIOD_NS 1000000000ULL
/* A late task goes before decided ones when it is as late as this. */
#define OVERDUE_MIN_NS 50000000ULL
#define OVERDUE_PERIOD_NS 10000000ULL

/* Decisions flowed since the last rescue. Only for the `late` counter. */
u64 decisions_flow __attribute__((aligned(64)));

/* Runs a task without a decision if it has been parked for `age` ns. */
static __always_inline bool rescue_task_to(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					   u64 dsq_id, u64 now, u64 age)
{
	struct task_ctx *t = task_ctx(p);
	u64 seq;

	/* No decision can reach it any more: see task_ctx_made(). */
	if (!t) {
		if (!dsq_move(it, p, dsq_id, 0))
			return false;
		stat_inc(rescued);
		return true;
	}
	seq = READ_ONCE(t->parked);
	if (!seq || (seq & PARKED_CLAIMED))
		return false;
	if ((s64)(now - READ_ONCE(t->parked_at)) < (s64)age)
		return false;
	if (!parking_claim(t, seq))
		return false;

	dsq_move_set(it, opt_slice_ns, t->vruntime);
	if (!dsq_move(it, p, dsq_id, 0)) {
		parking_unclaim(t, seq);
		return false;
	}
	parking_end(t, seq);
	stat_inc(rescued);
	if (READ_ONCE(decisions_flow)) {
		WRITE_ONCE(decisions_flow, 0);
		stat_inc(late);
	}
	return true;
}

/* Takes the first task, in fair order, that has been parked for `age` ns. */
__noinline int scxb_rescue(s32 cpu, u64 dsq_id, u64 age, u64 iter_flags, u32 scan)
{
	struct task_struct *p;
	u64 now = now_ns();
	u32 n = READ_ONCE(unknown_zero);

	bpf_for_each(scx_dsq, p, dsq_id, iter_flags) {
		if (cpu_allowed(p, cpu) && rescue_task_to(&___it, p, SCX_DSQ_LOCAL, now, age))
			return 1;
		if (++n >= scan)
			break;
	}
	return 0;
}

/*
 * Takes the first late task of one PARK. In vain, it notes in the CPU's look_since and look_all
 * what it found. (A function of its own, and what it notes in memory: Linux 6.18 refuses a loop
 * over a queue inside of another loop with such things on the stack.)
 */
__noinline int scxb_rescue_late_from(s32 cpu, u32 park)
{
	struct cpu_ctx *c = this_cpu_ctx();
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;
	u64 now = now_ns();

	if (!c)
		return 0;
	bpf_for_each(scx_dsq, p, park_dsq(park), 0) {
		struct task_ctx *t;

		if (++n > RESCUE_SCAN) {
			c->look_all = 0;
			break;
		}
		if (!cpu_allowed(p, cpu))
			continue;
		if (rescue_task_to(&___it, p, SCX_DSQ_LOCAL, now, opt_grace_ns))
			return 1;
		t = task_ctx(p);
		if (t && vtime_before(READ_ONCE(t->parked_at), c->look_since))
			c->look_since = READ_ONCE(t->parked_at);
	}
	return 0;
}

/*
 * Takes the first late task, in fair order. A look takes the lock of a PARK for each task that
 * it goes through, and nearly all are in vain; but then it tells when the next is worth it:
 * none is late before the first of those that it saw, and those that come from now on
 * are late after all of the grace. (Half of it leaves room for clocks that disagree.)
 */
__noinline int scxb_rescue_late(s32 cpu)
{
	struct cpu_ctx *c = this_cpu_ctx();
	u64 now = now_ns(), next;
	s32 i, first;

	if (!c)
		return 0;
	c->look_since = now - opt_grace_ns / 2;
	c->look_all = 1;
	first = first_park(c);
	bpf_for(i, first, first + opt_parks) {
		u32 park = (u32)i % opt_parks;

		if (park_queued(park) && scxb_rescue_late_from(cpu, park))
			return 1;
	}
	next = c->look_since + opt_grace_ns;
	if (c->look_all)
		c->parked_since = c->look_since;
	/* Those further back come to the front when others are decided. */
	else if (vtime_before(now + opt_grace_ns / 8, next))
		next = now + opt_grace_ns / 8;
	c->late_look_at = next;
	return 0;
}

static __always_inline bool rescue_late(s32 cpu)
{
	struct cpu_ctx *c = this_cpu_ctx();

	return c && (s64)(now_ns() - c->late_look_at) >= 0 && scxb_rescue_late(cpu);
}

/* Takes the first task that has waited far too long: a decided one, or one on SYSTEM. */
__noinline int scxb_rescue_starved(s32 cpu, u64 dsq_id, u64 iter_flags, u32 scan)
{
	struct task_struct *p;
	u64 now = now_ns();
	u32 n = READ_ONCE(unknown_zero);

	bpf_for_each(scx_dsq, p, dsq_id, iter_flags) {
		struct task_ctx *t = task_ctx(p);

		if ((!t || (s64)(now - READ_ONCE(t->parked_at)) > (s64)opt_starved_ns) &&
		    cpu_allowed(p, cpu) && dsq_move(&___it, p, SCX_DSQ_LOCAL, 0)) {
			stat_inc(starved);
			return 1;
		}
		if (++n >= scan)
			break;
	}
	return 0;
}

static __always_inline bool rescue_starved(s32 cpu, u64 dsq_id, bool all)
{
	if (scx_bpf_dsq_nr_queued(dsq_id) <= 0)
		return false;
	if (all)
		return scxb_rescue_starved(cpu, dsq_id, 0, RESCUE_SCAN_ALL);
	return scxb_rescue_starved(cpu, dsq_id, 0, RESCUE_SCAN) ||
	       scxb_rescue_starved(cpu, dsq_id, SCX_DSQ_ITER_REV, RESCUE_SCAN);
}

static __always_inline bool rescue_overdue_from(s32 cpu, u32 park, u64 age, bool all)
{
	u64 dsq_id = park_dsq(park);

	if (!park_queued(park))
		return false;
	if (all)
		return scxb_rescue(cpu, dsq_id, age, 0, RESCUE_SCAN_ALL);
	return scxb_rescue(cpu, dsq_id, age, 0, RESCUE_SCAN) ||
	       scxb_rescue(cpu, dsq_id, age, SCX_DSQ_ITER_REV, RESCUE_SCAN);
}

static __always_inline bool rescue_overdue(s32 cpu, bool all)
{
	struct cpu_ctx *c = this_cpu_ctx();
	u64 age = opt_grace_ns * 4;
	s32 first, i;

	if (age < OVERDUE_MIN_NS)
		age = OVERDUE_MIN_NS;
	if (!c || (s64)(now_ns() - c->parked_since) < (s64)age)
		return false;
	first = first_park(c);
	bpf_for(i, first, first + opt_parks) {
		if (rescue_overdue_from(cpu, (u32)i % opt_parks, age, all))
			return true;
	}
	return false;
}

/*
 * As long as decided tasks keep all CPUs busy, PARK would never be reached, and
 * a task whose decision was lost would starve; so would one whose vtime is far
 * behind a steady flow. So now and then tasks that are much too late go first.
 * Mostly they are at either end; but as others come before and after them, in a
 * long queue they may be in the middle, so once in a while all of it is looked at.
 * While there are such, each CPU comes back at once: the watchdog must not find
 * one before we do.
 */
static __always_inline bool rescue_forgotten(s32 cpu)
{
	/* Each CPU by itself: what one finds nothing for, another may have to run. */
	struct cpu_ctx *c = this_cpu_ctx();
	u64 now = now_ns();
	bool all;

	if (!c || now - c->forgotten_looked_at < OVERDUE_PERIOD_NS)
		return false;
	all = now - c->all_looked_at >= SCAN_ALL_PERIOD_NS;
	if (rescue_overdue(cpu, all) || rescue_starved(cpu, SCXB_DSQ_SHARED, all) ||
	    rescue_starved(cpu, cpu, all) || rescue_starved(cpu, SCXB_DSQ_SYSTEM, all))
		return true;
	c->forgotten_looked_at = now;
	if (all)
		c->all_looked_at = now;
	return false;
}

/* Records whose parking has not ended, summed over all CPUs. */
static __always_inline s64 in_flight(void)
{
	u32 zero = 0;
	s64 sum = 0;
	int cpu;

	bpf_for(cpu, 0, nr_cpus) {
		struct scxb_cpu_stats *s = bpf_map_lookup_percpu_elem(&stats, &zero, cpu);

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

		if (!t || (s64)(now - READ_ONCE(t->parked_at)) >= (s64)opt_grace_ns) {
			cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
			if (cpu >= 0) {
				rescue_task_to(&___it, p, SCX_DSQ_LOCAL_ON | (u32)cpu, now,
					       opt_grace_ns);
				/* Also in vain: only so it marks itself idle again. */
				kick_cpu(cpu);
			}
		}
		if (++n >= scan)
			break;
	}
	bpf_rcu_read_unlock();
	return 0;
}

/* When the watch may next go through whole queues, and with which PARK it begins. */
u64 deep_look_at;
u32 watch_turn;

/*
 * A CPU that is idle does not come to rescue_late(). So the watch sends it what is late. Tasks
 * that no idle CPU may run can stand before those that one may; so each look goes through whole
 * queues, but such looks take a sixteenth of one CPU's time at most.
 */
static __always_inline void rescue_to_idle(void)
{
	u64 now = now_ns();
	bool deep = (s64)(now - deep_look_at) >= 0;
	s32 i, first;

	if (all_cpus_busy())
		return;
	first = watch_turn++ % opt_parks;
	bpf_for(i, first, first + opt_parks) {
		u32 park = (u32)i % opt_parks;

		if (park_queued(park))
			scxb_rescue_to_idle(park_dsq(park), deep ? RESCUE_SCAN_ALL : RESCUE_SCAN);
	}
	if (deep)
		deep_look_at = now + (now_ns() - now) * 16;
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

#endif /* SCXB_RESCUE_BPF_H */

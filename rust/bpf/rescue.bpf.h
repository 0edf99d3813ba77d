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

#include "idle.bpf.h"
#include "timer.bpf.h"

/* How many parked tasks one look goes through, from each end. */
#define RESCUE_SCAN 32
/* One that goes through a whole queue, from its beginning. */
#define RESCUE_SCAN_ALL (1 << 16)
#define SCAN_ALL_PERIOD_NS 1000000000ULL
/* A late task goes before decided ones when it is as late as this. */
#define OVERDUE_MIN_NS 50000000ULL
#define OVERDUE_PERIOD_NS 10000000ULL
#define WATCH_MIN_NS 1000000ULL

/* Whether the timer runs; see rescue_watch(). A line of its own, mostly read. */
u64 watch_armed __attribute__((aligned(64)));
/* Decisions flowed since the last rescue. Only for the `late` counter. */
u64 decisions_flow __attribute__((aligned(64)));

static __always_inline u64 watch_period(void)
{
	u64 half = opt_grace_ns / 2;

	return half < WATCH_MIN_NS ? WATCH_MIN_NS : half;
}

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

/* What a look in vain found. */
struct late_look {
	u64 now;
	u64 parked_since; /* none that it saw was parked before */
	bool all;	  /* it saw all that this CPU may run */
};

static __always_inline bool rescue_late_from(s32 cpu, u32 park, struct late_look *look)
{
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;

	if (!park_queued(park))
		return false;
	bpf_for_each(scx_dsq, p, park_dsq(park), 0) {
		struct task_ctx *t;

		if (++n > RESCUE_SCAN) {
			look->all = false;
			break;
		}
		if (!cpu_allowed(p, cpu))
			continue;
		if (rescue_task_to(&___it, p, SCX_DSQ_LOCAL, look->now, opt_grace_ns))
			return true;
		t = task_ctx(p);
		if (t && vtime_before(READ_ONCE(t->parked_at), look->parked_since))
			look->parked_since = READ_ONCE(t->parked_at);
	}
	return false;
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
	struct late_look look = { .now = now_ns(), .all = true };
	s32 i, first;
	u64 next;

	if (!c)
		return 0;
	look.parked_since = look.now - opt_grace_ns / 2;
	first = first_park(c);
	bpf_for(i, first, first + opt_parks) {
		if (rescue_late_from(cpu, (u32)i % opt_parks, &look))
			return 1;
	}
	next = look.parked_since + opt_grace_ns;
	if (look.all)
		c->parked_since = look.parked_since;
	/* Those further back come to the front when others are decided. */
	else if (vtime_before(look.now + opt_grace_ns / 8, next))
		next = look.now + opt_grace_ns / 8;
	c->late_look_at = next;
	return 0;
}

static __always_inline bool rescue_late(s32 cpu)
{
	struct cpu_ctx *c = this_cpu_ctx();

	return c && (s64)(now_ns() - c->late_look_at) >= 0 && scxb_rescue_late(cpu);
}

/* Takes the first decided task that has waited far too long for its turn. */
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
	    rescue_starved(cpu, cpu, all))
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

/*
 * Called after a parking was counted as queued, with a full barrier. Either we
 * see the timer disarmed and start it, or the timer, which disarms itself with a
 * full barrier before it counts, sees our parking.
 */
static __always_inline void rescue_watch(void)
{
	if (READ_ONCE(watch_armed))
		return;
	if (__sync_val_compare_and_swap(&watch_armed, 0, 1) == 0)
		timer_start(TIMER_RESCUE, watch_period());
}

static __always_inline void kick_for_late_on(u64 dsq_id)
{
	struct task_struct *p;
	u64 now = now_ns();
	u32 n = READ_ONCE(unknown_zero);

	bpf_for_each(scx_dsq, p, dsq_id, 0) {
		struct task_ctx *t = task_ctx(p);

		if (!t || (s64)(now - READ_ONCE(t->parked_at)) >= (s64)opt_grace_ns)
			kick_idle(p);
		if (++n >= RESCUE_SCAN)
			break;
	}
}

/* For late tasks, wake idle CPUs: those take them in ops.dispatch. */
static __always_inline void kick_for_late(void)
{
	s32 park;

	bpf_for(park, 0, opt_parks) {
		if (park_queued(park))
			kick_for_late_on(park_dsq(park));
	}
}

static int watch_fired(void *map, u32 *key, struct timer *t)
{
	__sync_lock_test_and_set(&watch_armed, 0);
	if (in_flight() <= 0)
		return 0;
	/* Armed from the sleepable init, this counts as sleepable for some kernels. */
	bpf_rcu_read_lock();
	kick_for_late();
	bpf_rcu_read_unlock();
	if (__sync_val_compare_and_swap(&watch_armed, 0, 1) == 0)
		bpf_timer_start(&t->timer, watch_period(), 0);
	return 0;
}

static __always_inline s32 watch_init(void)
{
	watch_armed = 0;
	return timer_init(TIMER_RESCUE, watch_fired);
}

#endif /* SCXB_RESCUE_BPF_H */

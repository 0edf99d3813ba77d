/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rescue: a parked task whose decision is late runs without one.
 *
 * Lateness is judged per task, by how long it has been parked: to the task, a stopped agent and
 * one lost decision under a healthy agent are the same. Busy CPUs come here from ops.dispatch.
 * CPUs that went idle while tasks are parked don't; the watch sends those tasks to them
 * (watch_timer.bpf.h).
 */
#ifndef SCXB_RESCUE_BPF_H
#define SCXB_RESCUE_BPF_H

#include "agent_out.bpf.h"
#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "domains.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "park_queues.bpf.h"
#include "park_seen.bpf.h"
#include "parking.bpf.h"
#include "queues.bpf.h"
#include "slice.bpf.h"
#include "starved_seen.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "topology.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"

/* Runs a task without a decision if it has been parked for `age` ns. */
static __always_inline bool rescue_task_to(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					   u64 dsq_id, u64 now, u64 age)
{
	struct task_ctx *t = task_ctx(p);
	u64 seq;

	/* No decision can reach the task any more: see task_ctx_made(). */
	if (!t) {
		if (!dsq_move(it, p, dsq_id, 0))
			return false;
		stat_inc(rescued);
		return true;
	}
	seq = READ_ONCE(t->parked);
	if (!seq || (seq & PARKED_CLAIMED))
		return false;
	if (waited_ns(t, now) < (s64)age)
		return false;
	if (!parking_claim(t, seq))
		return false;

	dsq_move_set(it, fair_slice(p, t), t->vruntime);
	if (!dsq_move(it, p, dsq_id, 0)) {
		parking_unclaim(t, seq);
		return false;
	}
	parking_end(t, seq);
	stat_inc(rescued);
	if (READ_ONCE(decisions_flow)) {
		WRITE_ONCE(decisions_flow, 0);
		stat_inc(late_episodes);
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
		if (cpu_allowed(p, cpu) && may_rescue(p, cpu) &&
		    rescue_task_to(&___it, p, SCX_DSQ_LOCAL, now, age))
			return 1;
		if (++n >= scan)
			break;
	}
	return 0;
}

/* CPUs of another domain leave a late task to its own for a while; if one is closed, for good. */
static __always_inline u64 late_after(const struct task_struct *p, s32 cpu)
{
	if (always_one_domain() || domain_of_cpu(task_cpu(p)) == domain_of_cpu(cpu))
		return opt_grace_ns;
	return may_rescue(p, cpu) ? opt_grace_ns * LATE_FAR_GRACES : NEVER_NS;
}

/*
 * Takes the first late task of one PARK. If there is none, it notes in the CPU's look_since,
 * look_late_at and look_all what it saw. (This is a function of its own, and its notes and the CPU
 * are in memory, because Linux 6.18 refuses a loop over a queue inside another loop with such notes
 * on the stack, and with some versions of clang also with the CPU there.)
 */
__noinline int scxb_rescue_late_from(s32 of_cpu, u32 park)
{
	struct cpu_ctx *c = cpu_ctx_at(of_cpu);
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;
	u64 now = now_ns();

	c->look_oldest = now - opt_grace_ns / 8;
	c->look_whole = 1;
	bpf_for_each(scx_dsq, p, park_dsq(park), 0) {
		s32 cpu = READ_ONCE(c->look_cpu);
		u64 age = late_after(p, cpu), since;
		struct task_ctx *t;

		if (++n > RESCUE_SCAN) {
			c->look_all = 0;
			c->look_whole = 0;
			break;
		}
		t = task_ctx(p);
		since = t ? READ_ONCE(t->parked_at) : 0;
		if (!t)
			c->look_whole = 0;
		else if (before(since, c->look_oldest))
			c->look_oldest = since;
		if (!cpu_allowed(p, cpu))
			continue;
		if (rescue_task_to(&___it, p, SCX_DSQ_LOCAL, now, age))
			return 1;
		if (!t)
			continue;
		if (before(since, c->look_since))
			c->look_since = since;
		if (before(since + age, c->look_late_at))
			c->look_late_at = since + age;
	}
	park_note(park, c->look_oldest, c->look_whole, now);
	return 0;
}

/* Instead of such a look, where no task can be late. */
static __always_inline void note_young(struct cpu_ctx *c, u32 park)
{
	u64 since = park_since(park);

	if (!park_seen_whole(park))
		c->look_all = 0;
	if (before(since, c->look_since))
		c->look_since = since;
	if (before(since + opt_grace_ns, c->look_late_at))
		c->look_late_at = since + opt_grace_ns;
}

/*
 * Takes the first late task, in fair order. A look takes PARK's lock once per task and usually
 * finds nothing, so it notes in late_look_at when the next one can find something: no task that
 * it saw is late before that, and newer ones only later. An eighth of the grace is margin for
 * clocks that disagree, and for a task that shows on PARK a moment after it was parked.
 */
__noinline int scxb_rescue_late(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_at(cpu);
	u64 now = now_ns(), next;
	s32 i, first;

	c->look_since = now - opt_grace_ns / 8;
	c->look_late_at = c->look_since + opt_grace_ns;
	c->look_all = 1;
	c->look_cpu = cpu;
	first = park_turn(c);
	bpf_for(i, first, first + opt_parks) {
		u32 park = (u32)i % opt_parks;

		if (!park_queued(park))
			continue;
		if (!park_may_be_late(park, now)) {
			note_young(c, park);
		} else if (scxb_rescue_late_from(cpu, park)) {
			park_turn_ends(c, park);
			return 1;
		}
	}
	next = c->look_late_at;
	if (c->look_all)
		c->parked_since = c->look_since;
	/* Tasks further back come to the front when others are decided. */
	else if (before(now + opt_grace_ns / 8, next))
		next = now + opt_grace_ns / 8;
	c->late_look_at = next;
	return 0;
}

static __always_inline bool rescue_late(s32 cpu, const struct cpu_ctx *c, u64 now)
{
	return age_ns(now, c->late_look_at) >= 0 && scxb_rescue_late(cpu);
}

/*
 * Takes the first task that has waited far too long: a decided one, or one on SYSTEM. It notes in
 * the CPU's look_oldest and look_whole what it saw.
 */
__noinline int scxb_rescue_starved(s32 cpu, u64 dsq_id, u64 iter_flags, u32 scan)
{
	struct cpu_ctx *c = cpu_ctx_at(cpu);
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;
	u64 now = now_ns();

	bpf_for_each(scx_dsq, p, dsq_id, iter_flags) {
		struct task_ctx *t;
		u64 since;

		if (++n > scan) {
			c->look_whole = 0;
			break;
		}
		t = task_ctx(p);
		since = t ? READ_ONCE(t->parked_at) : 0;
		if (before(since, c->look_oldest))
			c->look_oldest = since;
		if ((!t || age_ns(now, since) > (s64)opt_starved_ns) && cpu_allowed(p, cpu) &&
		    may_take(p, cpu) && dsq_move(&___it, p, SCX_DSQ_LOCAL, 0)) {
			stat_inc(starved);
			return 1;
		}
	}
	return 0;
}

static __always_inline bool rescue_starved(s32 cpu, u64 dsq_id, u64 *look_at, bool all)
{
	struct cpu_ctx *c = cpu_ctx_at(cpu);
	u64 now = now_ns();

	if (!may_be_starved(READ_ONCE(*look_at), all, now) || scx_bpf_dsq_nr_queued(dsq_id) <= 0)
		return false;
	starved_look_begins(c, now);
	if (scxb_rescue_starved(cpu, dsq_id, 0, all ? RESCUE_SCAN_ALL : RESCUE_SCAN))
		return true;
	if (!all && !c->look_whole &&
	    scxb_rescue_starved(cpu, dsq_id, SCX_DSQ_ITER_REV, RESCUE_SCAN))
		return true;
	starved_look_ends(c, look_at, now);
	return false;
}

static __always_inline bool rescue_starved_shared(s32 cpu, bool all)
{
	u32 i, own = domain_of_cpu(cpu), queues = nr_shared_queues();

	bpf_for(i, own, own + queues) {
		u32 domain = i % queues;

		if (rescue_starved(cpu, shared_dsq(domain), shared_look_at(domain), all))
			return true;
	}
	return false;
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

/* Takes one that has been parked for `age` ns, from the first PARK that has one. */
__noinline int scxb_rescue_parked_for(s32 cpu, u64 age, u32 all)
{
	struct cpu_ctx *c = cpu_ctx_at(cpu);
	s32 first, i;

	first = park_turn(c);
	bpf_for(i, first, first + opt_parks) {
		u32 park = (u32)i % opt_parks;

		if (rescue_overdue_from(cpu, park, age, all)) {
			park_turn_ends(c, park);
			return 1;
		}
	}
	return 0;
}

/* The same, if one may have been. */
static __always_inline bool rescue_parked_for(s32 cpu, u64 age, bool all)
{
	struct cpu_ctx *c = cpu_ctx_at(cpu);

	return age_ns(now_ns(), c->parked_since) >= (s64)age &&
	       scxb_rescue_parked_for(cpu, age, all);
}

static __always_inline bool rescue_overdue(s32 cpu, bool all)
{
	u64 age = opt_grace_ns * 4;

	if (age < OVERDUE_MIN_NS)
		age = OVERDUE_MIN_NS;
	/* If the agent is out, all tasks wait, each for its turn: see alone.bpf.h. */
	return !agent_out() && rescue_parked_for(cpu, age, all);
}

/* Takes one that has waited far too long, on whatever queue. */
static __always_inline bool rescue_starved_anywhere(s32 cpu, bool all)
{
	return rescue_parked_for(cpu, opt_starved_ns, all) || rescue_starved_shared(cpu, all) ||
	       rescue_starved(cpu, cpu, &cpu_ctx_at(cpu)->starved_look_at, all) ||
	       rescue_starved(cpu, SCXB_DSQ_SYSTEM, &system_seen.look_at, all);
}

/*
 * As long as decided tasks keep all CPUs busy, PARK would never be reached, and a task whose
 * decision was lost would starve; so would one whose vtime is far behind a steady flow. So
 * periodically, badly overdue tasks run first. They are usually at the head or the tail of a queue;
 * every SCAN_ALL_PERIOD_NS the whole queue is searched, since others may be before and after them.
 * While any is found, the CPU looks again at once, to be ahead of the watchdog.
 *
 * Among overdue tasks the fair order counts, and there may always be some. So those that have
 * waited far too long are looked for by themselves, before: parked ones that are last in that
 * order, and decided ones.
 */
static __always_inline bool rescue_forgotten(s32 cpu, struct cpu_ctx *c, u64 now)
{
	/* The periods are per CPU: a task that this CPU may not run may be allowed on another. */
	bool all = now - c->all_looked_at >= SCAN_ALL_PERIOD_NS;

	if (all || now - c->starved_looked_at >= OVERDUE_PERIOD_NS) {
		if (rescue_starved_anywhere(cpu, all))
			return true;
		c->starved_looked_at = now;
		if (all)
			c->all_looked_at = now;
	}
	if (!all && now - c->overdue_looked_at < OVERDUE_PERIOD_NS)
		return false;
	if (rescue_overdue(cpu, all))
		return true;
	c->overdue_looked_at = now;
	return false;
}

/* Whether one of this CPU's looks is due, for late tasks or forgotten ones. */
static __always_inline bool look_is_due(const struct cpu_ctx *c, u64 now)
{
	return age_ns(now, c->next_look_at) >= 0;
}

/* All that were due are done. */
static __always_inline void note_next_look(struct cpu_ctx *c)
{
	u64 next = c->late_look_at;

	if (before(c->starved_looked_at + OVERDUE_PERIOD_NS, next))
		next = c->starved_looked_at + OVERDUE_PERIOD_NS;
	if (before(c->overdue_looked_at + OVERDUE_PERIOD_NS, next))
		next = c->overdue_looked_at + OVERDUE_PERIOD_NS;
	if (before(c->all_looked_at + SCAN_ALL_PERIOD_NS, next))
		next = c->all_looked_at + SCAN_ALL_PERIOD_NS;
	c->next_look_at = next;
}

#endif /* SCXB_RESCUE_BPF_H */

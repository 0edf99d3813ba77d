/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking tasks from other domains. A CPU that has been idle for STEAL_AFTER_NS is sent what has
 * waited there for as long, by a timer (steal_timer.bpf.h). And now and then, every CPU compares
 * its own next task with another domain's first one, and takes that if it comes much earlier in
 * order, or is earlier and has waited for much longer: so order and shares hold over the machine,
 * within that margin.
 */
#ifndef SCXB_STEAL_BPF_H
#define SCXB_STEAL_BPF_H

#include "account.bpf.h"
#include "agent.bpf.h"
#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "domains.bpf.h"
#include "first.bpf.h"
#include "idle.bpf.h"
#include "intf.h"
#include "kernel.bpf.h"
#include "kernel_mode.bpf.h"
#include "options.bpf.h"
#include "priority.bpf.h"
#include "queues.bpf.h"
#include "steal_soon.bpf.h"
#include "stolen.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "topology.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"
#include "vruntime.bpf.h"

/*
 * From ops.dispatch, when nothing was found: the CPU is about to be idle, unless `prev` goes on. It
 * takes nothing now, since it may have work again in a moment; if it has not, the timer sends some.
 */
static __always_inline void steal_when_idle(struct cpu_ctx *c, const struct task_struct *prev)
{
	if (always_one_domain() || is_runnable(prev))
		return;
	if (!c->idle_since)
		WRITE_ONCE(c->idle_since, now_ns());
	if (READ_ONCE(steal_waits) || system_queued() > 0)
		steal_start();
}

/*
 * From ops.dispatch, when a task was found. The CPU may have been woken for one that waits still,
 * and CPUs of other domains, which are idle already, do not look.
 */
static __always_inline void steal_what_is_left(s32 cpu)
{
	if (always_one_domain() || tasks_may_wait())
		return;
	if (shared_queued(domain_of_cpu(cpu)))
		steal_start();
}

/* From ops.running. */
static __always_inline void steal_running(struct cpu_ctx *c)
{
	if (c->idle_since)
		WRITE_ONCE(c->idle_since, 0);
	/* Mostly read: other CPUs read what is beside it. */
	if (c->placed)
		c->placed = 0;
}

/*
 * The place in the order of the task that ran. One that was not queued since it slept has none,
 * until it is given one, which moves on as it runs. (`placed` is cleared when a task begins to run;
 * one that goes on does not begin.)
 */
static __always_inline u64 place_of_prev(struct task_struct *prev, struct task_ctx *t,
					 struct cpu_ctx *c, u64 now)
{
	struct scxb_priority *prio = opt_kernel_mode ? priority_of(prev) : NULL;

	account_as(prev, t, cpu_ctx_of_running(prev), prio, now);
	if (opt_kernel_mode && (t->slice_left || is_urgent(prio)))
		return kernel_mode_vtime(t, prio, vruntime_domain(prev));
	if (!opt_kernel_mode && t->slice_left && t->vtime)
		return t->vtime + t->weighted_ns - t->weighted_charged;
	c->first_placeless = !c->placed;
	return c->placed ? t->vruntime + c->placed_by : t->vruntime;
}

/* Notes as first the task that ran, which goes on if no other is found. True: there is one. */
static __always_inline bool note_prev_first(struct task_struct *prev, struct cpu_ctx *c, u64 now)
{
	struct task_ctx *t;

	if (!is_runnable(prev))
		return false;
	/* The policy's order has no place for these. */
	if (!opt_kernel_mode && (is_kthread(prev) || is_agent(prev)))
		return false;
	t = task_ctx(prev);
	if (!t)
		return false;
	c->first_vtime = place_of_prev(prev, t, c, now);
	c->first_since = now;
	return true;
}

/* Whether a task comes so early, compared with the first one here, that it is taken. */
static __always_inline bool is_much_earlier(const struct task_struct *p, const struct task_ctx *t,
					    const struct cpu_ctx *c, u64 now)
{
	s64 lead = c->first_vtime - p->scx.dsq_vtime;

	if (!t)
		return true;
	/* It stays for a while where it was taken to: there, others may come as early. */
	if (age_ns(now, READ_ONCE(t->stolen_at)) < (s64)STEAL_PAUSE_NS)
		return false;
	if (lead >= (s64)STEAL_FAR_NS)
		return true;
	/* Its own domain is likely to run it soon, since it is the first there. */
	if (waited_ns(t, now) < (s64)STEAL_WAIT_NS)
		return false;
	return lead >= (s64)STEAL_MARGIN_NS ||
	       (lead >= 0 &&
		(s64)(c->first_since - READ_ONCE(t->parked_at)) >= (s64)STEAL_MARGIN_NS);
}

/* Takes a queue's first task for this CPU if it is much earlier than the first one here. */
__noinline int scxb_steal_earlier(s32 cpu, u64 dsq_id, u32 scan)
{
	struct cpu_ctx *c = cpu_ctx_at(cpu);
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;
	u64 now = now_ns();

	bpf_for_each(scx_dsq, p, dsq_id, 0) {
		if (cpu_allowed(p, cpu) && may_take(p, cpu)) {
			struct task_ctx *t = task_ctx(p);

			if (c->first_placeless) {
				c->placed = 1;
				c->placed_by = p->scx.dsq_vtime - c->first_vtime;
				return 0;
			}
			if (!is_much_earlier(p, t, c, now) ||
			    !dsq_move(&___it, p, SCX_DSQ_LOCAL, 0))
				return 0;
			note_stolen(t, now);
			c->steal_look_at = now + STEAL_PAUSE_NS;
			return 1;
		}
		if (++n >= scan)
			break;
	}
	return 0;
}

/* The next other domain in turn whose queue is not empty; nr_domains(): all are empty. */
static __always_inline u32 next_waiting_domain(struct cpu_ctx *c, u32 own)
{
	u64 turn = c->steal_turn++;
	u32 i, domains = nr_domains(), found = domains;

	bpf_for(i, 1, domains) {
		u32 other = other_domain(own, 1 + (turn + i) % (domains - 1));

		if (shared_queued(other)) {
			c->steal_turn = turn + i + 1;
			found = other;
			break;
		}
	}
	return found;
}

/* From ops.dispatch, before this CPU's own tasks. */
static __always_inline bool steal_in_order(s32 cpu, struct cpu_ctx *c, struct task_struct *prev,
					   u64 now)
{
	u32 own, other, scan = ALONE_SCAN;

	if (always_one_domain() || !tasks_may_wait())
		return false;
	if (age_ns(now, c->steal_look_at) < 0)
		return false;
	c->steal_look_at = now + STEAL_PERIOD_NS;
	own = domain_of_cpu(cpu);
	other = next_waiting_domain(c, own);
	if (other >= nr_domains())
		return false;
	c->first_dsq = SCXB_DSQ_NONE;
	c->first_placeless = 0;
	scxb_look_for_first(cpu, shared_dsq(own));
	scxb_look_for_first(cpu, cpu);
	/* Without either, the CPU is about to be idle: steal_when_idle() takes care of that. */
	if (c->first_dsq == SCXB_DSQ_NONE && !note_prev_first(prev, c, now))
		return false;
	/* Seldom, since many tasks that this CPU may not run can be ahead. */
	if (now - c->steal_looked_deep_at >= SCAN_ALL_PERIOD_NS) {
		c->steal_looked_deep_at = now;
		scan = RESCUE_SCAN_ALL;
	}
	return scxb_steal_earlier(cpu, shared_dsq(other), scan);
}

#endif /* SCXB_STEAL_BPF_H */

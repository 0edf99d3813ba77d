/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a decision sends its task. */
#ifndef SCXB_TARGET_BPF_H
#define SCXB_TARGET_BPF_H

#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "cpu_taken.bpf.h"
#include "domains.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "preemption_order.bpf.h"
#include "topology.bpf.h"
#include "wire.h"

struct target {
	u64 dsq_id;
	u64 enq_flags;	  /* for a local queue */
	s32 kick;	  /* CPU to kick if idle, or -1 */
	bool local;	  /* a local queue */
	bool kick_any;	  /* kick an idle CPU near it */
	bool kick_domain; /* kick an idle CPU of this domain */
	u32 domain;
	bool bounced;
	bool preempt;
};

static __always_inline void target_shared(struct task_struct *p, struct target *to)
{
	to->dsq_id = shared_dsq(domain_of_task(p));
	to->kick_any = true;
}

static __always_inline void target_domain(struct task_struct *p, s32 cpu, struct target *to)
{
	to->domain = decided_domain(p, cpu);
	if (to->domain < nr_domains()) {
		to->dsq_id = shared_dsq(to->domain);
		to->kick_domain = true;
	} else {
		to->bounced = true;
		target_shared(p, to);
	}
}

static __always_inline s32 local_cpu(const struct target *to)
{
	return to->dsq_id & 0xffffffff;
}

static __always_inline void target_local(struct target *to, s32 cpu, bool preempt)
{
	to->dsq_id = SCX_DSQ_LOCAL_ON | (u32)cpu;
	to->local = true;
	to->preempt = preempt;
	/*
	 * Never preempt the agent in the middle of its own flush: it is about to wait, and the task
	 * then runs here without preemption.
	 */
	if (preempt && cpu != bpf_get_smp_processor_id())
		to->enq_flags = SCX_ENQ_PREEMPT;
}

/*
 * Whether this CPU is about to take its next task, and may take this one: the agent waits soon
 * after its flush, and ops.dispatch drains because the CPU has nothing to run. If so, reserves
 * this CPU (once per drain), which saves interrupting another.
 */
static __always_inline bool reserve_next_here(const struct task_struct *p)
{
	struct cpu_ctx *c = this_cpu_ctx();

	if (c->next_reserved || !cpu_allowed(p, bpf_get_smp_processor_id()))
		return false;
	c->next_reserved = 1;
	return true;
}

/*
 * Called after the iterator was made: a task whose affinity changes later is enqueued again, so the
 * move fails instead of violating the new affinity.
 */
static __always_inline void choose_target(struct task_struct *p, const struct scxb_decision *d,
					  struct target *to)
{
	bool preempt = d->flags & SCXB_DECISION_PREEMPT;
	bool later = d->flags & SCXB_DECISION_PREEMPT_LATER;
	s32 cpu = d->cpu;

	to->kick = -1;
	if (names_domain(cpu)) {
		target_domain(p, cpu, to);
		return;
	}
	if (cpu >= 0 && (!cpu_allowed(p, cpu) || cpu_offline(cpu))) {
		to->bounced = true;
		target_shared(p, to);
	} else if (cpu >= 0 && (preempt || (later && runs_later(cpu, d->vtime))) &&
		   !cpu_taken(cpu)) {
		target_local(to, cpu, true);
	} else if (cpu >= 0) {
		to->dsq_id = cpu;
		to->kick = cpu;
	} else if (cpu == SCXB_CPU_PICK_IDLE || preempt || later) {
		s32 prev = task_cpu(p);

		cpu = claim_idle_near(p, prev);
		if (cpu >= 0)
			target_local(to, cpu, false);
		else if (preempt && cpu_allowed(p, prev) && !cpu_taken(prev))
			target_local(to, prev, true);
		else if (later && !reserve_next_here(p) && cpu_allowed(p, prev) &&
			 runs_later(prev, d->vtime) && !cpu_taken(prev))
			target_local(to, prev, true);
		else
			target_shared(p, to);
	} else {
		target_shared(p, to);
	}
}

#endif /* SCXB_TARGET_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The queues of decided tasks: one for each CPU, and SHARED of each domain. */
#ifndef SCXB_DECIDED_BPF_H
#define SCXB_DECIDED_BPF_H

#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "domains.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "task.bpf.h"
#include "topology.bpf.h"
#include "watch.bpf.h"
#include "wire.h"

/*
 * The domain that its decision named can't be used any more: the task belongs where it ran. Its
 * lease ends, as one for a CPU does.
 */
static __always_inline void forget_domain(struct task_ctx *t)
{
	t->decided_cpu = SCXB_CPU_ANY;
	WRITE_ONCE(t->lease_left, 0);
}

/* Puts a task where its last decision sent it, with the vtime that it has now. */
static __always_inline void enqueue_as_decided(struct task_struct *p, struct task_ctx *t,
					       u64 slice_ns, u64 enq_flags)
{
	s32 cpu = t->decided_cpu;
	u32 domain;

	if (cpu_allowed(p, cpu) && !cpu_offline(cpu)) {
		dsq_insert_vtime(p, cpu, slice_ns, t->vtime, enq_flags);
		watch();
		if (take_sleeping_cpu(cpu))
			kick_cpu(cpu);
		return;
	}
	domain = decided_domain(p, cpu);
	if (domain < nr_domains()) {
		dsq_insert_vtime(p, shared_dsq(domain), slice_ns, t->vtime, enq_flags);
		kick_for_domain(p, domain);
		return;
	}
	if (names_domain(cpu))
		forget_domain(t);
	dsq_insert_vtime(p, shared_dsq(domain_of_task(p)), slice_ns, t->vtime, enq_flags);
	scxb_kick_for_shared(p);
}

static __always_inline bool take_own(s32 cpu, const struct cpu_ctx *c)
{
	return own_queued_of(c, cpu) > 0 && dsq_move_to_local(cpu);
}

/*
 * Takes a decided task: the queue of this CPU and the shared one take turns at going first, so that
 * neither starves the other.
 */
static __always_inline bool dispatch_decided(s32 cpu, struct cpu_ctx *c)
{
	bool shared_first = c->turn & 1;
	u32 domain = domain_of_cpu(cpu);

	if (!(shared_first && take_from_shared(domain)) && !take_own(cpu, c) &&
	    !(!shared_first && take_from_shared(domain)))
		return false;
	c->turn++;
	return true;
}

#endif /* SCXB_DECIDED_BPF_H */

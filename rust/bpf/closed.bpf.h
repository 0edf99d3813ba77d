/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Closed domains: no CPU takes a task from one into another domain, or from another into it, as
 * long as a CPU of the task's domain runs tasks. The kernel, a policy that names a CPU or a domain,
 * and an affinity that leaves no choice may still move it.
 */
#ifndef SCXB_CLOSED_BPF_H
#define SCXB_CLOSED_BPF_H

#include "cpu.bpf.h"
#include "cpu_taken.bpf.h"
#include "kernel.bpf.h"
#include "system_task.bpf.h"
#include "task.bpf.h"
#include "topology.bpf.h"
#include "verifier.bpf.h"
#include "wire.h"

/* A domain by the number that programs use; nr_domains(): there is none. */
static __always_inline u32 numbered_domain(u32 number)
{
	u32 n = nr_domains();

	return number < n ? domain_table()->by_number[bounded(number, SCXB_MAX_DOMAINS)] : n;
}

/* Whether a decision's `cpu` names a domain. Its number may be too large. */
static __always_inline bool names_domain(s32 cpu)
{
	return cpu <= SCXB_CPU_DOMAIN;
}

static __always_inline u32 named_domain(s32 cpu)
{
	return numbered_domain(SCXB_CPU_DOMAIN - cpu);
}

/*
 * Where a task belongs that waits: in the domain that its decision named, or, without one, where it
 * last ran.
 */
static __always_inline u32 home_domain(const struct task_struct *p, const struct task_ctx *t)
{
	if (t && names_domain(t->decided_cpu) && !READ_ONCE(t->parked)) {
		u32 named = named_domain(t->decided_cpu);

		if (named < nr_domains())
			return named;
	}
	return domain_of_cpu(task_cpu(p));
}

/*
 * Whether one of its CPUs is online, and not taken by a higher class. (A global function: it is
 * called in loops, and the verifier looks at it once.)
 */
__noinline int scxb_domain_serves(u32 domain)
{
	s32 i, serves = 0;

	bpf_for(i, domain_begin(domain), domain_begin(domain + 1)) {
		s32 cpu = cpu_at(i);

		if (!cpu_offline(cpu) && !cpu_taken(cpu)) {
			serves = 1;
			break;
		}
	}
	return serves;
}

/* Whether a task whose home is a domain may be taken to a CPU. */
static __always_inline bool may_go_to(const struct task_struct *p, u32 home, s32 cpu)
{
	u32 other;

	if (!some_closed())
		return true;
	other = domain_of_cpu(cpu);
	if (home == other || (!is_closed(home) && !is_closed(other)))
		return true;
	return others_depend_on(p) || !scxb_domain_serves(home);
}

/* The same, for a CPU that takes a decided task. */
static __always_inline bool may_take(struct task_struct *p, s32 cpu)
{
	return !some_closed() || may_go_to(p, home_domain(p, task_ctx(p)), cpu);
}

/* The same, for a parked task: it has no decision, and its home is where it last ran. */
static __always_inline bool may_rescue(const struct task_struct *p, s32 cpu)
{
	return !some_closed() || may_go_to(p, domain_of_cpu(task_cpu(p)), cpu);
}

#endif /* SCXB_CLOSED_BPF_H */

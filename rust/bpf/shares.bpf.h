/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shares: what a group's weight makes of the weights of its tasks.
 *
 * A group's weight is divided among those of its tasks, and groups below it, that want a CPU. So a
 * task is worth
 *
 *	its own weight × W(g) / S(g) × W(parent) / S(parent) × ...
 *
 * up to the groups below the root, where W is a group's weight and S the sum of the weights of what
 * is runnable directly below it. (These are the shares of the kernel's own scheduler, which
 * computes them for each CPU; ours are for the whole machine.)
 *
 * The sums change at a timer, every SHARES_PERIOD_NS while anything changes; each time a new epoch
 * begins. The factor of a group is computed when it is first needed in an epoch.
 */
#ifndef SCXB_SHARES_BPF_H
#define SCXB_SHARES_BPF_H

#include "cgroups.bpf.h"
#include "kernel.bpf.h"
#include "runnable.bpf.h"
#include "task.bpf.h"
#include "verifier.bpf.h"
#include "weight.bpf.h"

/* A factor has so many bits behind the point, and as many bits in all. */
#define FACTOR_SHIFT 26
#define FACTOR_BITS 40
#define FACTOR_ONE (1ULL << FACTOR_SHIFT)
#define FACTOR_MAX ((u64)WEIGHT_MAX << FACTOR_SHIFT)

/* Written by the timer. */
u32 shares_epoch __attribute__((aligned(64)));

/* What is runnable directly below a group, in weight_fine(). */
static __always_inline u64 sum_below(const struct cgroup_ctx *c)
{
	s64 sum = weight_fine(READ_ONCE(c->runnable)) + READ_ONCE(c->kids_weight);

	return sum > 0 ? sum : 0;
}

/* Computes a group's factor. A global function, like those of rescue.bpf.h. */
__noinline u64 scxb_factor(u32 i)
{
	/* Not constants, for the verifier: see unknown_zero. */
	u32 zero = READ_ONCE(unknown_zero);
	u64 factor = FACTOR_ONE + zero, sum, child = weight_fine(WEIGHT_ONE) + zero;
	u32 n = 0, lightest = weight_fine(WEIGHT_ONE) + zero;
	struct cgroup_ctx *first = cgroup_at(i);
	u64 epoch = READ_ONCE(shares_epoch);

	/* What was not counted yet, since it just came, is one task, or the child that we came
	 * from. */
	bpf_for(n, 0, CGROUP_DEPTH_MAX) {
		struct cgroup_ctx *c = cgroup_at(i);
		u32 weight = READ_ONCE(c->weight);

		if (!i)
			break;
		sum = sum_below(c);
		if (n ? sum < child : !sum)
			sum = child;
		factor = factor * weight / sum;
		child = weight;
		if (weight < lightest)
			lightest = weight;
		i = c->parent;
	}
	if (!factor)
		factor = 1;
	if (factor > FACTOR_MAX)
		factor = FACTOR_MAX;
	WRITE_ONCE(first->lightest, lightest);
	WRITE_ONCE(first->factor, epoch << FACTOR_BITS | factor);
	return factor;
}

/* The same, remembered for as long as the epoch lasts. */
static __always_inline u64 factor_of(u32 i)
{
	u64 known = READ_ONCE(cgroup_at(i)->factor);

	if (known >> FACTOR_BITS == (READ_ONCE(shares_epoch) & ((1 << (64 - FACTOR_BITS)) - 1)))
		return known & ((1ULL << FACTOR_BITS) - 1);
	return scxb_factor(i);
}

/* What a task is worth now, in weight_fine(). */
static __always_inline u64 effective_weight(const struct task_struct *p, const struct task_ctx *t)
{
	u64 own = own_weight(p), weight;

	if (!weights_count() || !t->cgroup)
		return weight_fine(own);
	weight = own * factor_of(t->cgroup) >> (FACTOR_SHIFT - WEIGHT_SHIFT);
	if (weight > weight_fine(WEIGHT_MAX))
		return weight_fine(WEIGHT_MAX);
	return weight ?: 1;
}

/* How light a task is by what was set for it and its groups, at most WEIGHT_ONE; in weight_fine().
 */
static __always_inline u64 set_weight_below_one(const struct task_struct *p,
						const struct task_ctx *t)
{
	u64 weight = weight_fine(own_weight(p)), group;

	if (weight > weight_fine(WEIGHT_ONE))
		weight = weight_fine(WEIGHT_ONE);
	if (!weights_count() || !t->cgroup)
		return weight;
	group = READ_ONCE(cgroup_at(t->cgroup)->lightest);
	return group && group < weight ? group : weight;
}

#endif /* SCXB_SHARES_BPF_H */

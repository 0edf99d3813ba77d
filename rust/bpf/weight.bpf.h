/* SPDX-License-Identifier: GPL-2.0-only */
/* Weights, and what they make of CPU time. */
#ifndef SCXB_WEIGHT_BPF_H
#define SCXB_WEIGHT_BPF_H

#include "kernel.bpf.h"

/* Of nice 0, and of a new cgroup. */
#define WEIGHT_ONE 100
#define WEIGHT_MAX 10000
/* A weight that is computed has so many bits behind the point. */
#define WEIGHT_SHIFT 10

static __always_inline u64 weight_fine(u64 weight)
{
	return weight << WEIGHT_SHIFT;
}

/* As a whole number, rounded, never 0. */
static __always_inline u64 weight_whole(u64 fine)
{
	return (fine + (1 << (WEIGHT_SHIFT - 1))) >> WEIGHT_SHIFT ?: 1;
}

/* A task's weight by its nice value. */
static __always_inline u64 own_weight(const struct task_struct *p)
{
	u64 weight = p->scx.weight;

	return weight ?: 1;
}

/* How far a run advances a virtual time. A run of hours does not overflow. */
static __always_inline u64 weighted_ns(u64 ran_ns, u64 weight_fine)
{
	/* The most frequent one needs no division. */
	if (weight_fine == WEIGHT_ONE << WEIGHT_SHIFT)
		return ran_ns;
	return (ran_ns * WEIGHT_ONE << WEIGHT_SHIFT) / weight_fine;
}

#endif /* SCXB_WEIGHT_BPF_H */

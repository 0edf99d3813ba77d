/* SPDX-License-Identifier: GPL-2.0-only */
/* How long a slice may be. */
#ifndef SCXB_SLICE_BPF_H
#define SCXB_SLICE_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"
#include "shares.bpf.h"
#include "task.bpf.h"
#include "tunables.h"
#include "weight.bpf.h"

/* 0 asks for the default. */
static __always_inline u64 bounded_slice(u64 slice_ns)
{
	if (!slice_ns)
		return opt_slice_ns;
	return slice_ns > opt_slice_max_ns ? opt_slice_max_ns : slice_ns;
}

/* Of a task that BPF alone schedules: shorter if it is light, so that it gets its share in small
 * pieces. */
static __always_inline u64 fair_slice(const struct task_struct *p, const struct task_ctx *t)
{
	u64 least = opt_slice_ns / LIGHT_SLICE_PARTS;
	u64 slice = opt_slice_ns * set_weight_below_one(p, t) / weight_fine(WEIGHT_ONE);

	return slice > least ? slice : least;
}

#endif /* SCXB_SLICE_BPF_H */

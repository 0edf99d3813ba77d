/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dispatch queues: their ids, and how many tasks are on them. Ids below SCXB_DSQ_SHARED are CPU
 * ids: each CPU has a queue. All are ordered by vtime. The kernel lets a queue have either FIFO or
 * vtime inserts, never both, and decisions are about the order.
 */
#ifndef SCXB_QUEUES_BPF_H
#define SCXB_QUEUES_BPF_H

#include "kernel.bpf.h"

#define SCXB_DSQ_SHARED (1ULL << 32)	/* decided, any CPU: the agent's vtime */
#define SCXB_DSQ_PARK (2ULL << 32)	/* parked: BPF's vruntime; see park_queues.bpf.h */
#define SCXB_DSQ_SYSTEM (3ULL << 32)	/* BPF decides alone: BPF's vruntime; see system.bpf.h */
#define SCXB_DSQ_THROTTLED (4ULL << 32) /* of one cgroup: BPF's vruntime; see throttle.bpf.h */
#define SCXB_DSQ_NONE (~0ULL)		/* no queue has this id */

static __always_inline s32 dsq_queued(u64 dsq_id)
{
	s32 n = scx_bpf_dsq_nr_queued(dsq_id);

	return n > 0 ? n : 0;
}

/* The same, for `count` queues whose ids follow each other. */
static __always_inline s32 dsqs_queued(u64 first, u32 count)
{
	s32 sum = 0;
	u32 i;

	bpf_for(i, 0, count)
		sum += dsq_queued(first + i);
	return sum;
}

static __always_inline s32 create_dsqs(u64 first, u32 count)
{
	s32 ret;
	u32 i;

	bpf_for(i, 0, count) {
		ret = scx_bpf_create_dsq(first + i, -1);
		if (ret)
			return ret;
	}
	return 0;
}

#endif /* SCXB_QUEUES_BPF_H */

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

/*
 * How a CPU that needs work asks for the queues that it serves. The kernel finds a queue by a hash
 * of its id; for three empty ones that cost more than all else that ops.dispatch did. So ops.init
 * notes where these queues are in the kernel's memory, and from there their lengths are read. 0:
 * not known; then the kernel is asked.
 */
static __noinline u64 dsq_address(u64 dsq_id)
{
	struct bpf_iter_scx_dsq it;
	u64 address = 0;

	if (!bpf_ksym_exists(bpf_rdonly_cast) ||
	    !bpf_core_field_exists(struct bpf_iter_scx_dsq_kern, dsq))
		return 0;
	bpf_rcu_read_lock();
	if (!bpf_iter_scx_dsq_new(&it, dsq_id, 0))
		bpf_probe_read_kernel(
			&address, sizeof(address),
			(void *)&it + bpf_core_field_offset(struct bpf_iter_scx_dsq_kern, dsq));
	bpf_iter_scx_dsq_destroy(&it);
	bpf_rcu_read_unlock();
	if (!address || bpf_core_cast((void *)address, struct scx_dispatch_q)->id != dsq_id)
		return 0;
	return address;
}

/*
 * Whether there is something at these addresses: from ops.init to ops.exit. A timer may still fire
 * after that, and must not go on because of what was left there.
 */
static u64 queues_exist;

static __always_inline s32 dsq_queued_at(u64 address, u64 dsq_id)
{
	struct scx_dispatch_q *dsq;

	if (!address || !READ_ONCE(queues_exist))
		return dsq_queued(dsq_id);
	dsq = bpf_core_cast((void *)address, struct scx_dispatch_q);
	return READ_ONCE(dsq->nr);
}

/* From ops.dispatch, which comes only while the queues exist: of one whose place is known. */
static __always_inline bool has_tasks_at(u64 address)
{
	return READ_ONCE(bpf_core_cast((void *)address, struct scx_dispatch_q)->nr);
}

/* Written by ops.init. */
static u64 system_address;

static __always_inline s32 system_queued(void)
{
	return dsq_queued_at(READ_ONCE(system_address), SCXB_DSQ_SYSTEM);
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

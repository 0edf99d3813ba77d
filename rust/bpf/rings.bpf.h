/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rings of records: one for each PARK, so that CPUs far apart don't contend for the lock of a
 * ring. (Where they would be too small, several PARKs share one.) The agent reads them all.
 *
 * Of one task the agent must see the records in order. So a task stays with the ring of its last
 * record until a decision has shown that the agent has read that one. Only then its next record may
 * go through the ring of another CPU.
 */
#ifndef SCXB_RINGS_BPF_H
#define SCXB_RINGS_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "park_queues.bpf.h"
#include "task.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"

/* The library sets both to suit the machine. With one ring, the verifier removes the lookups. */
const volatile u32 opt_rings;
const volatile u8 opt_ring_of_park[PARKS_MAX];

static __always_inline bool always_one_ring(void)
{
	return opt_rings < 2;
}

/* The ring that the last record of a task went through. NULL: never, but the verifier wants it. */
static __always_inline void *ring_of_task(const struct task_ctx *t)
{
	u32 ring;

	if (always_one_ring())
		return &queued;
	ring = t->ring;
	return bpf_map_lookup_elem(&rings, &ring);
}

/* The ring for a new record of a task that is queued on this CPU. */
static __always_inline void *ring_for_record(struct task_ctx *t, s32 cpu)
{
	if (!always_one_ring() && (!t->told_of || READ_ONCE(t->answered) == t->seq))
		t->ring = opt_ring_of_park[bounded(park_of_cpu(cpu), PARKS_MAX)];
	return ring_of_task(t);
}

/* There is a decision about a record, so the agent has read it. From the drain: one at a time. */
static __always_inline void note_answer(struct task_ctx *t, u64 seq)
{
	if (!always_one_ring())
		WRITE_ONCE(t->answered, seq);
}

static __always_inline void *reserve_in(void *ring, u64 bytes)
{
	return ring ? bpf_ringbuf_reserve(ring, bytes, 0) : NULL;
}

#endif /* SCXB_RINGS_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rings of records: one for each PARK, so that CPUs far apart don't contend for the lock of a
 * ring. (Where they would be too small, several PARKs share one.) The agent reads them all.
 *
 * Of one task the agent must see the records in order. So a task stays with the ring of its last
 * record until the agent has read that one. Only then its next record may go through the ring of
 * another CPU.
 */
#ifndef SCXB_RINGS_BPF_H
#define SCXB_RINGS_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "park_queues.bpf.h"
#include "task.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"
#include "wire.h"

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

/* Whether the agent has read the last record of a task, in the ring that it went through. */
static __always_inline bool last_record_read(const struct task_ctx *t, void *ring)
{
	return ring && bpf_ringbuf_query(ring, BPF_RB_CONS_POS) >= t->ring_pos;
}

/* The ring for a new record of a task that is queued on this CPU. */
static __always_inline void *ring_for_record(struct task_ctx *t, s32 cpu)
{
	void *ring = ring_of_task(t);
	u32 near;

	if (always_one_ring())
		return ring;
	near = opt_ring_of_park[bounded(park_of_cpu(cpu), PARKS_MAX)];
	if (near == t->ring || !last_record_read(t, ring))
		return ring;
	t->ring = near;
	t->ring_pos = 0; /* It has had no record there, and gets none if that ring is full. */
	return ring_of_task(t);
}

/* Reserves a record of a task in its ring. NULL: the ring is full. */
static __always_inline struct scxb_task *reserve_record(struct task_ctx *t, void *ring)
{
	struct scxb_task *rec = ring ? bpf_ringbuf_reserve(ring, sizeof(*rec), 0) : NULL;

	/* Other CPUs may have reserved more behind it: then it counts as read a little later. */
	if (rec && !always_one_ring())
		t->ring_pos = bpf_ringbuf_query(ring, BPF_RB_PROD_POS);
	return rec;
}

#endif /* SCXB_RINGS_BPF_H */

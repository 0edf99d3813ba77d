/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a parking ends.
 *
 * A parking begins in enqueue and ends exactly once: dispatched (apply), rescued (rescue) or gone
 * (here). `parked` holds its sequence number while it lasts. Apply and rescue work concurrently on
 * several CPUs. Each first claims the parking with a compare-and-swap on that word; the winner
 * moves the task and counts. Enqueue, stopping and disable see that the task left by itself, and
 * clear the word by exchange: if it was unclaimed, they count it as gone; if it was claimed, the
 * claimer notices and counts.
 */
#ifndef SCXB_PARKING_BPF_H
#define SCXB_PARKING_BPF_H

#include "kernel.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"

#define PARKED_CLAIMED (1ULL << 63)

/* The task left PARK by itself: if its parking is still open, it is over. */
static __always_inline void parking_left(struct task_ctx *t)
{
	u64 seq;

	if (!t->parked)
		return;
	seq = __sync_lock_test_and_set(&t->parked, 0);
	if (seq && !(seq & PARKED_CLAIMED))
		stat_inc(gone);
}

static __always_inline bool parking_claim(struct task_ctx *t, u64 seq)
{
	return __sync_val_compare_and_swap(&t->parked, seq, seq | PARKED_CLAIMED) == seq;
}

/* The claimer moved the task. It may be parked again by now: leave that alone. */
static __always_inline void parking_end(struct task_ctx *t, u64 seq)
{
	__sync_val_compare_and_swap(&t->parked, seq | PARKED_CLAIMED, 0);
}

/* The claimer could not move the task: still parked, or it left meanwhile. */
static __always_inline void parking_unclaim(struct task_ctx *t, u64 seq)
{
	if (__sync_val_compare_and_swap(&t->parked, seq | PARKED_CLAIMED, seq) !=
	    (seq | PARKED_CLAIMED))
		stat_inc(gone);
}

#endif /* SCXB_PARKING_BPF_H */

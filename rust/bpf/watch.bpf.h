/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The watch: a timer that runs as long as a task may wait that nothing else takes care of. It sends
 * late tasks to idle CPUs, wakes an idle CPU for what is on its own queue, and moves tasks off a
 * CPU that a higher class has taken. This header arms it; watch_timer.bpf.h has what it does when
 * it fires.
 */
#ifndef SCXB_WATCH_BPF_H
#define SCXB_WATCH_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"
#include "timer.bpf.h"
#include "tunables.h"

/* Whether the timer runs. In a cache line of its own, since it is mostly read. */
u64 watch_armed __attribute__((aligned(64)));

static __always_inline u64 watch_period(void)
{
	u64 half = opt_grace_ns / 2;

	if (half < WATCH_MIN_NS)
		return WATCH_MIN_NS;
	return half < WATCH_MAX_NS ? half : WATCH_MAX_NS;
}

/* watch() was called since the timer last fired: it must fire once more. */
u64 watch_asked;

static __always_inline void watch_arm(void)
{
	if (READ_ONCE(watch_armed))
		return;
	/* On newer kernels this may fail for lack of memory: then the next caller tries again. */
	if (__sync_val_compare_and_swap(&watch_armed, 0, 1) == 0 &&
	    timer_start(TIMER_WATCH, watch_period()))
		WRITE_ONCE(watch_armed, 0);
}

/*
 * Called after a parking was counted as queued, with a full barrier. Either we see the timer
 * disarmed and start it, or the timer, which disarms itself with a full barrier before it
 * counts, sees our parking.
 */
static __always_inline void watch_parked(void)
{
	watch_arm();
}

/*
 * Called when a task is put on a queue that only one CPU serves. The kernel does the insert after
 * this call, so the timer goes on for at least one period.
 */
static __always_inline void watch(void)
{
	if (!READ_ONCE(watch_asked))
		WRITE_ONCE(watch_asked, 1);
	watch_arm();
}

#endif /* SCXB_WATCH_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A timer that sends tasks which wait in one domain to idle CPUs of others. This header arms it;
 * steal_timer.bpf.h has what it does when it fires. It never runs where there is one domain.
 */
#ifndef SCXB_STEAL_SOON_BPF_H
#define SCXB_STEAL_SOON_BPF_H

#include "kernel.bpf.h"
#include "timer.bpf.h"
#include "topology.bpf.h"
#include "tunables.h"

/* Whether the timer runs, and whether it was asked for since it last fired: it must fire once more,
 * since the task is queued, or the CPU idle, only after the call. Mostly read. */
u64 steal_armed __attribute__((aligned(64)));
u64 steal_asked;
/*
 * Whether tasks waited when the timer last fired. If it does not run then, all CPUs were busy, and
 * it is for the next one that goes idle to start it. So on a busy machine the timer does not run,
 * and a CPU that goes idle need not look at the queue of each domain.
 */
u64 steal_waits;

/* The timer can't be started; the next caller tries again. */
static __always_inline void steal_failed(void)
{
	WRITE_ONCE(steal_waits, 0);
	WRITE_ONCE(steal_armed, 0);
}

/* Whether tasks may wait, but for one that a CPU was just woken for. */
static __always_inline bool tasks_may_wait(void)
{
	return READ_ONCE(steal_waits) || READ_ONCE(steal_armed);
}

static __always_inline void steal_ask(void)
{
	if (!READ_ONCE(steal_asked))
		__sync_val_compare_and_swap(&steal_asked, 0, 1);
}

static __always_inline void steal_arm(void)
{
	if (!READ_ONCE(steal_armed) && __sync_val_compare_and_swap(&steal_armed, 0, 1) == 0 &&
	    timer_start(TIMER_STEAL, STEAL_LOOK_NS))
		steal_failed();
}

/*
 * Called when a CPU goes idle while tasks may wait. The flag is set with a full barrier before the
 * timer is looked at; the timer first says that it does not run any more, then takes the flag. So
 * either it sees the flag, or we see that it must be started.
 */
static __always_inline void steal_start(void)
{
	if (always_one_domain())
		return;
	steal_ask();
	steal_arm();
}

/*
 * Called when a task may wait while CPUs of other domains are idle. The timer looks at the flag
 * again after it says that none waits: so either it sees the flag, or we that it must be started.
 */
static __always_inline void steal_soon(void)
{
	if (always_one_domain())
		return;
	steal_ask();
	if (!READ_ONCE(steal_waits))
		steal_arm();
}

#endif /* SCXB_STEAL_SOON_BPF_H */

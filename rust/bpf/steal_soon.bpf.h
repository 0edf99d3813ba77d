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
 * Called when a task may wait while CPUs of other domains are idle. The flag is set with a full
 * barrier before the timer is looked at; the timer first says that it does not run any more, then
 * takes the flag. So either it sees the flag, or we see that it must be started.
 */
static __always_inline void steal_soon(void)
{
	if (always_one_domain())
		return;
	if (!READ_ONCE(steal_asked))
		__sync_val_compare_and_swap(&steal_asked, 0, 1);
	if (READ_ONCE(steal_armed))
		return;
	/* As in watch_arm(): if this fails, the next caller tries again. */
	if (__sync_val_compare_and_swap(&steal_armed, 0, 1) == 0 &&
	    timer_start(TIMER_STEAL, STEAL_LOOK_NS))
		WRITE_ONCE(steal_armed, 0);
}

#endif /* SCXB_STEAL_SOON_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waking the agent: only when it waits, and with the batching window not for each task. While
 * all CPUs are busy a decision has nowhere to put its task, and waking the agent takes a CPU
 * away from others. So it sleeps on until the window is over, or until a CPU runs out of decided
 * tasks, and then decides about many at once.
 */
#ifndef SCXB_WAKE_BPF_H
#define SCXB_WAKE_BPF_H

#include "agent_out.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "options.bpf.h"
#include "shared.bpf.h"
#include "stats.bpf.h"
#include "timer.bpf.h"

/* Whether the window's timer runs. In a cache line of its own. */
u64 window_open __attribute__((aligned(64)));

/* A record without a task, and the header that each record has. */
#define WAKE_BYTES 8
#define RECORD_HEADER_BYTES 8

/*
 * Wakes the agent without a task: a discarded record wakes as well, and the reader skips it. It
 * waits for all rings at once, so any will do. That the ring is full does not matter, since then
 * the agent is awake: see window_join().
 */
static __always_inline void agent_wake(void)
{
	void *rec = bpf_ringbuf_reserve(&queued, WAKE_BYTES, 0);

	if (rec)
		bpf_ringbuf_discard(rec, BPF_RB_FORCE_WAKEUP);
}

/* Called before the agent is woken: it waits no more. */
static __always_inline void agent_wait_ends(void)
{
	WRITE_ONCE(agent_woken_at, bpf_ktime_get_ns());
	WRITE_ONCE(shared.control.waiting, 0);
	stat_inc(agent_wakeups);
}

static __always_inline void agent_wake_if_waiting(void)
{
	if (!READ_ONCE(shared.control.waiting))
		return;
	agent_wait_ends();
	agent_wake();
}

/* Whether a record of so many bytes finds room in a ring behind the one that is reserved now. */
static __always_inline bool room_behind(void *ring, u64 bytes)
{
	return bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) + RECORD_HEADER_BYTES + bytes <
	       bpf_ringbuf_query(ring, BPF_RB_RING_SIZE);
}

/*
 * Leaves the agent asleep until the window is over. But the record that fills the ring wakes it,
 * since no later one could. Of two concurrent callers one arms the timer; the other may rely on it,
 * because the timer clears window_open before it checks whether the agent waits.
 */
static __always_inline bool window_join(void *ring)
{
	if (!opt_window_ns || !all_cpus_busy() || !room_behind(ring, WAKE_BYTES))
		return false;
	if (__sync_val_compare_and_swap(&window_open, 0, 1) == 0 &&
	    timer_start(TIMER_WINDOW, opt_window_ns)) {
		WRITE_ONCE(window_open, 0);
		return false;
	}
	stat_inc(wakeups_deferred);
	return true;
}

static int window_over(void *map, u32 *key, struct timer *t)
{
	__sync_lock_test_and_set(&window_open, 0);
	agent_wake_if_waiting();
	return 0;
}

/* From ops.dispatch: a CPU found no decided task. */
static __always_inline void window_cut(void)
{
	if (opt_window_ns && READ_ONCE(window_open))
		agent_wake_if_waiting();
}

static __always_inline s32 window_init(void)
{
	window_open = 0;
	return timer_init(TIMER_WINDOW, window_over);
}

/*
 * Whether to wake the agent with a record that was reserved in a ring, and then counted with a full
 * barrier. The agent sets `waiting` and after a full barrier looks at all rings, where a reserved
 * record already shows. So either it sees the record and does not sleep, or we see it waiting.
 * Pairs with Waker::wait() in rust/wait.rs.
 */
static __always_inline u64 agent_wakeup_flags(void *ring)
{
	if (!READ_ONCE(shared.control.waiting) || window_join(ring))
		return BPF_RB_NO_WAKEUP;
	agent_wait_ends();
	return BPF_RB_FORCE_WAKEUP;
}

#endif /* SCXB_WAKE_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the last look for starved tasks at each queue has found, by whichever CPU: when the next one
 * can find something. Else each CPU would take the queue's lock for each task, again and again.
 *
 * A task that comes later may have waited on another queue before. So the next look is at the
 * latest after a quarter of the time that a task waits until it counts as starved; and soon if the
 * look saw only the first and last of many.
 */
#ifndef SCXB_STARVED_SEEN_BPF_H
#define SCXB_STARVED_SEEN_BPF_H

#include "kernel.bpf.h"
#include "cpu.bpf.h"
#include "options.bpf.h"
#include "time.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"
#include "wire.h"

/* The time in ns; its last bit: the look saw all of the queue. */
#define STARVED_SEEN_WHOLE 1ULL

/* Each in a cache line of its own. That of a CPU's own queue is with its state. */
static struct {
	u64 look_at;
	u64 pad[7];
} shared_seen[SCXB_MAX_DOMAINS] __attribute__((aligned(64))),
	system_seen __attribute__((aligned(64)));

static __always_inline u64 *shared_look_at(u32 domain)
{
	return &shared_seen[bounded(domain, SCXB_MAX_DOMAINS)].look_at;
}

/* Whether a look can find a starved task: through all of the queue, or at its first and last. */
static __always_inline bool may_be_starved(u64 look_at, bool all, u64 now)
{
	return (all && !(look_at & STARVED_SEEN_WHOLE)) || age_ns(now, look_at) >= 0;
}

/* Before a look: nothing is seen yet. */
static __always_inline void starved_look_begins(struct cpu_ctx *c, u64 now)
{
	c->look_oldest = now - opt_starved_ns + opt_starved_ns / 4;
	c->look_whole = 1;
}

/* After a look that took nothing. */
static __always_inline void starved_look_ends(const struct cpu_ctx *c, u64 *look_at, u64 now)
{
	u64 next = c->look_oldest + opt_starved_ns;

	if (!c->look_whole && before(now + OVERDUE_PERIOD_NS, next))
		next = now + OVERDUE_PERIOD_NS;
	WRITE_ONCE(*look_at,
		   (next & ~STARVED_SEEN_WHOLE) | (c->look_whole ? STARVED_SEEN_WHOLE : 0));
}

#endif /* SCXB_STARVED_SEEN_BPF_H */

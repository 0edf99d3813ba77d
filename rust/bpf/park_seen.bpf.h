/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the last look at each PARK has found, by whichever CPU: no task there was parked before.
 * Tasks that come later are parked later. So where that is not long ago, no CPU need look; each
 * look takes the queue's lock for each task.
 *
 * A look that saw only the first of many speaks for a while: until then, tasks further back come to
 * the front when others are decided.
 */
#ifndef SCXB_PARK_SEEN_BPF_H
#define SCXB_PARK_SEEN_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"
#include "time.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"

/* The time in ns; its last bit: the look saw all of the queue. */
#define PARK_SEEN_WHOLE 1ULL

struct park_seen {
	u64 since;
	u64 pad[7];
};
static struct park_seen parks_seen[PARKS_MAX] __attribute__((aligned(64)));

static __always_inline u64 park_seen(u32 park)
{
	return READ_ONCE(parks_seen[bounded(park, PARKS_MAX)].since);
}

static __always_inline u64 park_since(u32 park)
{
	return park_seen(park) & ~PARK_SEEN_WHOLE;
}

static __always_inline bool park_seen_whole(u32 park)
{
	return park_seen(park) & PARK_SEEN_WHOLE;
}

/* A look has seen no older task. */
static __always_inline void park_note(u32 park, u64 oldest, bool whole, u64 now)
{
	u64 soon = now + opt_grace_ns / 8 - opt_grace_ns;

	if (!whole && before(soon, oldest))
		oldest = soon;
	WRITE_ONCE(parks_seen[bounded(park, PARKS_MAX)].since,
		   (oldest & ~PARK_SEEN_WHOLE) | (whole ? PARK_SEEN_WHOLE : 0));
}

/* Whether a look at the first tasks there can find one that is late. */
static __always_inline bool park_may_be_late(u32 park, u64 now)
{
	return age_ns(now, park_since(park)) >= (s64)opt_grace_ns;
}

/* Whether a look at all of them can. */
static __always_inline bool park_may_hide_late(u32 park, u64 now)
{
	return !park_seen_whole(park) || park_may_be_late(park, now);
}

#endif /* SCXB_PARK_SEEN_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the last look through a whole PARK has found, by whichever CPU: no task there was parked
 * before. Tasks that come later are parked later. So where that is not long ago, no CPU need look;
 * each look takes the queue's lock for each task.
 */
#ifndef SCXB_PARK_SEEN_BPF_H
#define SCXB_PARK_SEEN_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"
#include "time.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"

struct park_seen {
	u64 since; /* ns */
	u64 pad[7];
};
static struct park_seen parks_seen[PARKS_MAX] __attribute__((aligned(64)));

static __always_inline u64 park_since(u32 park)
{
	return READ_ONCE(parks_seen[bounded(park, PARKS_MAX)].since);
}

static __always_inline void park_seen_since(u32 park, u64 since)
{
	WRITE_ONCE(parks_seen[bounded(park, PARKS_MAX)].since, since);
}

/* Whether a task there can be late. */
static __always_inline bool park_may_be_late(u32 park, u64 now)
{
	return age_ns(now, park_since(park)) >= (s64)opt_grace_ns;
}

#endif /* SCXB_PARK_SEEN_BPF_H */

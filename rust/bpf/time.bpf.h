/* SPDX-License-Identifier: GPL-2.0-only */
/* Times and virtual times wrap around, so they are compared as differences. */
#ifndef SCXB_TIME_BPF_H
#define SCXB_TIME_BPF_H

#include "kernel.bpf.h"

static __always_inline bool before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/* Longer than any task waits. */
#define NEVER_NS (1ULL << 62)

/* Negative for a time that is still to come. Clocks of two CPUs may disagree by a little. */
static __always_inline s64 age_ns(u64 now, u64 since)
{
	return (s64)(now - since);
}

/*
 * When the next look through whole queues may begin, after one that began then: so they take at
 * most a sixteenth of one CPU's time.
 */
static __always_inline u64 next_deep_look(u64 began)
{
	return began + (now_ns() - began) * 16;
}

#endif /* SCXB_TIME_BPF_H */

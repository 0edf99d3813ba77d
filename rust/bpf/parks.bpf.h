/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues named PARK: one for each last-level cache, so that CPUs far apart seldom want
 * the same lock. A task waits on that of the CPU on which it was queued. When decisions are
 * late, a CPU looks at all of them, and each time begins with another. For one who began with
 * its own would favour tasks that wait on a short one. Like this they mix: a task that
 * was rescued waits next on the queue of the CPU that took it.
 */
#ifndef SCXB_PARKS_BPF_H
#define SCXB_PARKS_BPF_H

#include "maps.bpf.h"

/* Every look goes through all of them. Caches in excess share one. */
#define PARKS_MAX 8
/* CPUs from here on have those of the first ones. A power of two, for the verifier's sake. */
#define PARK_CPUS_MAX 4096

/* For the library, which tells in return what it knows of the machine. */
const volatile u8 parks_max = PARKS_MAX;
const volatile u32 opt_parks;
const volatile u8 opt_park_of_cpu[PARK_CPUS_MAX];

static __always_inline u64 park_dsq(u32 park)
{
	return SCXB_DSQ_PARK | park;
}

static __always_inline bool is_park_dsq(u64 dsq_id)
{
	return dsq_id - SCXB_DSQ_PARK < PARKS_MAX;
}

static __always_inline u32 park_of_cpu(s32 cpu)
{
	return opt_park_of_cpu[(u32)cpu % PARK_CPUS_MAX];
}

static __always_inline s32 park_queued(u32 park)
{
	s32 n = scx_bpf_dsq_nr_queued(park_dsq(park));

	return n > 0 ? n : 0;
}

static __always_inline s32 parks_queued(void)
{
	s32 park, sum = 0;

	bpf_for(park, 0, opt_parks)
		sum += park_queued(park);
	return sum;
}

/* The one with which a look of this CPU begins. */
static __always_inline u32 first_park(struct cpu_ctx *c)
{
	return opt_parks > 1 ? c->park_turn++ % opt_parks : 0;
}

static __always_inline s32 parks_init(void)
{
	s32 park, ret;

	bpf_for(park, 0, opt_parks) {
		ret = scx_bpf_create_dsq(park_dsq(park), -1);
		if (ret)
			return ret;
	}
	return 0;
}

#endif /* SCXB_PARKS_BPF_H */

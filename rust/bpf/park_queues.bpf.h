/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues named PARK: one for each last-level cache, so that CPUs far apart seldom contend for
 * the same lock. A task waits on the PARK of the CPU on which it was queued.
 *
 * When decisions are late, a CPU looks at all of them. Each look starts at the next queue in
 * turn; starting with the CPU's own would favour tasks on short queues. A rescued task queues
 * next on its rescuer's PARK, so the queues mix.
 */
#ifndef SCXB_PARK_QUEUES_BPF_H
#define SCXB_PARK_QUEUES_BPF_H

#include "cpu.bpf.h"
#include "kernel.bpf.h"
#include "queues.bpf.h"
#include "tunables.h"

/* CPUs beyond these share the entries of the first ones. A power of two, for the verifier. */
#define PARK_CPUS_MAX 4096

/* The library reads parks_max, and sets the other two to suit the machine. */
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

/* Takes this CPU's next turn: the PARK on which its look starts. */
static __always_inline u32 take_park_turn(struct cpu_ctx *c)
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

#endif /* SCXB_PARK_QUEUES_BPF_H */

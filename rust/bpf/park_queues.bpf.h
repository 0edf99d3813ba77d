/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues named PARK: one for each last-level cache, or several where it has many CPUs, so that
 * these seldom contend for the same lock. A task waits on the PARK of the CPU on which it was
 * queued.
 *
 * When decisions are late, a CPU looks at all of them. A look starts after the queue from which the
 * CPU last took a task; starting with the CPU's own would favour tasks on short queues. A rescued
 * task queues next on its rescuer's PARK, so the queues mix.
 */
#ifndef SCXB_PARK_QUEUES_BPF_H
#define SCXB_PARK_QUEUES_BPF_H

#include "cpu.bpf.h"
#include "kernel.bpf.h"
#include "queues.bpf.h"
#include "tunables.h"
#include "wire.h"

/* The library reads these three: see rust/topology.rs. */
const volatile u8 parks_max = PARKS_MAX;
const volatile u8 parks_split_cpus = PARKS_SPLIT_CPUS;
const volatile u8 park_cpus_min = PARK_CPUS_MIN;
/* And sets these to suit the machine. */
const volatile u32 opt_parks;
const volatile u8 opt_park_of_cpu[SCXB_MAX_CPUS];

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
	return opt_park_of_cpu[(u32)cpu % SCXB_MAX_CPUS];
}

static __always_inline s32 park_queued(u32 park)
{
	return dsq_queued(park_dsq(park));
}

static __always_inline s32 parks_queued(void)
{
	return dsqs_queued(park_dsq(0), opt_parks);
}

/* The PARK on which this CPU's look starts. */
static __always_inline u32 park_turn(const struct cpu_ctx *c)
{
	return opt_parks > 1 ? c->park_turn % opt_parks : 0;
}

/* The CPU took a task from this one. */
static __always_inline void park_turn_ends(struct cpu_ctx *c, u32 park)
{
	c->park_turn = park + 1;
}

static __always_inline s32 parks_init(void)
{
	return create_dsqs(park_dsq(0), opt_parks);
}

#endif /* SCXB_PARK_QUEUES_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters: one set for each CPU; the library sums them. wire.h says what each counts. */
#ifndef SCXB_STATS_BPF_H
#define SCXB_STATS_BPF_H

#include "kernel.bpf.h"
#include "wire.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scxb_stats);
} stats SEC(".maps");

static __always_inline struct scxb_stats *this_cpu_stats(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&stats, &zero);
}

static __always_inline struct scxb_stats *cpu_stats_of(s32 cpu)
{
	u32 zero = 0;

	return bpf_map_lookup_percpu_elem(&stats, &zero, cpu);
}

/*
 * Adds to a counter of this CPU. Atomic, since an operation can interrupt a system call
 * program in the middle on the same CPU. No other CPU writes to the cache line.
 */
#define stat_add(field, n)                                      \
	do {                                                    \
		struct scxb_stats *__s = this_cpu_stats();      \
		if (__s)                                        \
			__sync_fetch_and_add(&__s->field, (n)); \
	} while (0)
#define stat_inc(field) stat_add(field, 1)

/*
 * As stat_inc(), with a full barrier: other CPUs see this CPU's earlier writes before it does its
 * later reads. (An atomic operation is a full barrier if its result is used.)
 */
#define stat_inc_barrier(field)                                           \
	do {                                                              \
		struct scxb_stats *__s = this_cpu_stats();                \
		if (__s) {                                                \
			u64 __old = __sync_fetch_and_add(&__s->field, 1); \
			barrier_var(__old);                               \
		}                                                         \
	} while (0)

#endif /* SCXB_STATS_BPF_H */

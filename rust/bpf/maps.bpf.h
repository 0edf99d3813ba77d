/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps, options and the memory shared with the agent. */
#ifndef SCXB_MAPS_BPF_H
#define SCXB_MAPS_BPF_H

#include "kernel.bpf.h"
#include "intf.h"

/*
 * Dispatch queues. Ids below SCXB_DSQ_SHARED are CPU ids: one queue a CPU.
 * All are ordered by vtime: a queue takes either FIFO or vtime inserts, never
 * both, and the order is what decisions are about.
 */
#define SCXB_DSQ_SHARED (1ULL << 32) /* decided, any CPU: agent's vtime */
#define SCXB_DSQ_PARK (2ULL << 32)   /* waiting for a decision: BPF's vruntime; see parks.bpf.h */
#define SCXB_DSQ_SYSTEM (3ULL << 32) /* BPF decides alone: BPF's vruntime */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* set by the library */
} queued SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 1 << 18); /* set by the library */
} decisions SEC(".maps");

/* The batch of scxb_select_cpus: filled and read by the library through mmap. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCXB_MAX_CPU_REQUESTS);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct scxb_cpu_request);
} cpu_requests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct scxb_cpu_stats);
} stats SEC(".maps");

/* What a CPU knows by itself. */
struct cpu_ctx {
	u64 turn;		 /* ops.dispatch: odd, SHARED goes first */
	u64 system_turn;	 /* agent: odd, SYSTEM goes first, whoever is at its head */
	u64 forgotten_looked_at; /* rescue: last looked in vain for forgotten tasks */
	u64 all_looked_at;	 /* rescue: the same, through whole queues */
	u64 late_look_at;	 /* rescue: when the next look for late tasks is worth it */
	u64 park_turn;		 /* rescue: which PARK a look begins with */
	u64 parked_since;	 /* rescue: no task for this CPU has been parked for longer */
	u64 look_since;		 /* rescue: no task that the present look saw was parked before */
	u64 look_all;		 /* rescue: the present look saw all that this CPU may run */
	u64 offline;		 /* hotplug: serves no queue; read by all */
	u64 released;		 /* taken: a higher class has the CPU; read by all */
	u64 claimed;		 /* idle_cpu_for: idle, no longer marked so, and not woken yet */
	s32 sync_wakee;		 /* sync: who is being woken by a task that is about to sleep */
	s32 gives_way;		 /* resume: who ran here when the agent came */
	bool agent_spares;	 /* sync: the agent, woken now, is not to preempt */
	u64 next_found;		 /* decide: a decided task waits for the end of this drain */

	/* What runs here, or ran last: see order.bpf.h. Read by all. */
	u64 running_vtime;
	u64 running_at;	    /* ns */
	u64 running_since;  /* ns: from when on its run time is not in its vtime */
	u32 running_weight; /* 0: it has no place in the order */
	s32 running_pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cpu_ctx);
} cpu_ctxs SEC(".maps");

static __always_inline struct cpu_ctx *this_cpu_ctx(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&cpu_ctxs, &zero);
}

static __always_inline struct cpu_ctx *cpu_ctx_of(s32 cpu)
{
	u32 zero = 0;

	return bpf_map_lookup_percpu_elem(&cpu_ctxs, &zero, cpu);
}

static __always_inline bool cpu_offline(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	return !c || READ_ONCE(c->offline);
}

/*
 * Options: set by the library, which has the defaults, and frozen at load. It sets
 * options_set last; ops.init refuses to run without it.
 */
const volatile bool options_set;
const volatile u64 opt_slice_ns;
const volatile u64 opt_slice_max_ns;
const volatile u64 opt_grace_ns;
const volatile bool opt_builtin_idle;
/* How long the agent may sleep on while all CPUs are busy; 0: it is woken at once. */
const volatile u64 opt_window_ns;
const volatile bool opt_direct_bound;
const volatile bool opt_direct_sync;
/* A decided task that has waited for this long goes ahead of its order. */
const volatile u64 opt_starved_ns;

/*
 * The wire structs, for the type information alone: the library's build checks
 * its own definitions against it.
 */
const volatile struct {
	struct scxb_task task;
	struct scxb_decision decision;
} wire_layout;

/* Memory that both sides see; in a map of its own, whose layout is intf.h's alone. */
struct scxb_shared shared SEC(".data.shared") = {
	.layout = {
		.magic = SCXB_LAYOUT_MAGIC,
		.version = SCXB_LAYOUT_VERSION,
		.cpu_stats_bytes = sizeof(struct scxb_cpu_stats),
	},
};

/* Written by ops.init. */
u32 nr_cpus;

/*
 * Always 0, but the verifier does not know: a loop that counts from here
 * converges for it at once, instead of being walked through turn by turn.
 */
u32 unknown_zero;

static __always_inline struct scxb_cpu_stats *this_cpu_stats(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&stats, &zero);
}

/*
 * Adds to a counter of this CPU. Atomic, since a syscall program can be
 * interrupted in the middle by an op on the same CPU; the line is this CPU's.
 */
#define stat_add(field, n)                                      \
	do {                                                    \
		struct scxb_cpu_stats *__s = this_cpu_stats();  \
		if (__s)                                        \
			__sync_fetch_and_add(&__s->field, (n)); \
	} while (0)
#define stat_inc(field) stat_add(field, 1)

/*
 * As stat_inc(), and a full barrier: what this CPU wrote before is seen by
 * others before this CPU reads on. (An atomic whose result is used is one.)
 */
#define stat_inc_barrier(field)                                           \
	do {                                                              \
		struct scxb_cpu_stats *__s = this_cpu_stats();            \
		if (__s) {                                                \
			u64 __old = __sync_fetch_and_add(&__s->field, 1); \
			barrier_var(__old);                               \
		}                                                         \
	} while (0)

#endif /* SCXB_MAPS_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel side and the library say to each other: the wire structs
 * and the constants that both must know. Rust's twins are in rust/task.rs,
 * rust/decisions.rs and rust/select_cpu.rs; rust/bpf.rs and tests/abi prove at
 * compile time that sizes and offsets agree.
 *
 * Only fixed-width types, no padding, no pointers.
 */
#ifndef SCXB_INTF_H
#define SCXB_INTF_H

#ifdef __bpf__
#include "kernel.bpf.h"
#else
#include <stdint.h>
typedef int32_t s32;
typedef int64_t s64;
typedef uint32_t u32;
typedef uint64_t u64;
#endif

#define SCXB_COMM_LEN 16
#define SCXB_REASON_LEN 128
#define SCXB_MESSAGE_LEN 1024

/* A batch of CPU requests crosses in one system call. */
#define SCXB_MAX_CPU_REQUESTS 512

/* scxb_decision.cpu: anything >= 0 is a CPU id. */
#define SCXB_CPU_ANY (-1)
#define SCXB_CPU_PICK_IDLE (-2)

/* scxb_decision.flags; any other bit makes the decision refused. */
#define SCXB_DECISION_PREEMPT 1ULL
#define SCXB_DECISION_PREEMPT_LATER 2ULL
#define SCXB_DECISION_FLAGS (SCXB_DECISION_PREEMPT | SCXB_DECISION_PREEMPT_LATER)

/* No lease lasts longer; 1 s. */
#define SCXB_LEASE_MAX_NS 1000000000

/*
 * Levels of priority tasks, from 0, the highest. Those up to URGENT_MAX preempt.
 */
#define SCXB_PRIORITY_URGENT_MAX 9
#define SCXB_PRIORITY_MAX 20
#define SCXB_MAX_PRIORITIES 8192

/* A task that wants to run: one record of the ring buffer `queued`. */
struct scxb_task {
	s32 pid;
	s32 tgid;
	s32 cpu;
	u32 nr_cpus_allowed;
	u64 flags;
	u64 start_ts;
	u64 stop_ts;
	u64 exec_runtime;
	u64 weight;
	u64 vtime;
	u64 cgroup_id;
	u64 seq;
	u64 run_ns;
	u32 leased;
	u32 reserved;
	char comm[SCXB_COMM_LEN];
};

/* What to do with it: one sample of the user ring buffer `decisions`. */
struct scxb_decision {
	s32 pid;
	s32 cpu;
	u64 slice_ns;
	u64 vtime;
	u64 flags;
	u64 seq;
	u64 lease_ns;
	u32 lease_count;
	u32 reserved;
};

/* A question for an idle CPU; `cpu` is the answer (CPU id or -errno). */
struct scxb_cpu_request {
	s32 pid;
	s32 prev_cpu;
	s32 cpu;
	u32 flags;
};

/*
 * What the maps `priorities`, by the ids of threads, and `process_priorities`, by those
 * of processes, hold. All ids are those of the first pid namespace.
 */
struct scxb_priority {
	u64 slice_ns; /* 0: the default */
	u64 start_ns; /* when the thread, or the process, began: its id may become another's */
	u32 level;
	u32 reserved;
};

/* What the program scxb_set_priority is asked for. */
struct scxb_priority_request {
	u64 slice_ns;
	s32 pid;
	u32 level;
	u32 process; /* nonzero: pid is a process, and all its threads are meant */
	u32 reserved;
};

/*
 * Counters of one CPU. Each has one meaning and is written by the kernel side
 * only, on the CPU that it belongs to; the reader sums them.
 */
struct scxb_cpu_stats {
	u64 queued;	    /* enqueue: task parked and record sent */
	u64 congested;	    /* enqueue: ring full, task sent to SYSTEM instead */
	u64 dispatched;	    /* decide: parked task moved by its decision */
	u64 rescued;	    /* rescue: parked task run without a decision */
	u64 gone;	    /* task: parked task left by itself */
	u64 stale;	    /* decide: no such parking any more */
	u64 refused;	    /* decide: malformed decision */
	u64 bounced;	    /* decide: CPU bad or not allowed, SHARED instead */
	u64 idle_direct;    /* select_cpu: an idle CPU was found at once */
	u64 agent_direct;   /* select_cpu, enqueue: a thread of the agent, or who traces it */
	u64 kthread_direct; /* enqueue: a kernel thread */
	u64 kernel_direct;  /* enqueue: any other task, in kernel mode */
	u64 kicks;	    /* enqueue, decide, rescue: idle CPU kicked */
	u64 preempts;	    /* decide, lease: preempts what runs on the CPU */
	u64 flushes;	    /* flush program: ran */
	u64 drains;	    /* ops.dispatch: drained at least one decision */
	u64 retries;	    /* decide: move needed a fresh iterator */
	u64 agent_wakeups;  /* enqueue: agent woken from its wait */
	u64 late;	    /* rescue: began again after decisions had flowed */
	u64 starved;	    /* rescue: decided task run ahead of its order */
	u64 leases;	    /* decide: decision with a lease carried out */
	u64 leased;	    /* lease: task queued by its lease, without a record */
	u64 revoked;	    /* lease: ended before its time */
	u64 bound_direct;   /* enqueue: task of one CPU kept in BPF */
	u64 sync_direct;    /* select_cpu: synchronous wake-up kept in BPF */
	u64 batched;	    /* enqueue: agent left asleep for the batching window */
	u64 resumed;	    /* enqueue: task that gave way to the agent is back in its place */
	u64 sync_spared;    /* enqueue: a waker that is about to sleep was not preempted */
};

/*
 * What follows is shared with the agent through memory: the map .data.shared.
 * It is pinned with the scheduler, so another build may adopt it: whoever
 * changes it, or the wire structs, or the names of pinned maps and programs,
 * or what the programs expect, raises SCXB_LAYOUT_VERSION.
 */
#define SCXB_LAYOUT_MAGIC 0x42584353 /* "SCXB" */
#define SCXB_LAYOUT_VERSION 5
#define SCXB_NAME_LEN 128

/* Written by the library before load. */
struct scxb_layout {
	u32 magic;
	u32 version;
	u32 queued_bytes;
	u32 decisions_bytes;
	u32 exit_dump_bytes;
	u32 cpu_stats_bytes; /* more counters may come at the end */
	u32 kernel_mode;
	char name[SCXB_NAME_LEN];
};

/* Who decides. Written by the register program. */
struct scxb_agent {
	u64 mm;	       /* address of its mm: also that of its vfork children */
	u32 tgid;      /* 0: nobody */
	u32 round_pid; /* the thread that last flushed: it runs the rounds */
};

/* Each group is written by one side only and has cache lines of its own. */
struct scxb_control {
	/* Written by the agent. */
	u64 decisions;	  /* decisions ever written to the ring */
	u64 received;	  /* records ever taken from the ring */
	u64 heartbeat_ns; /* CLOCK_MONOTONIC, last receive or dispatch */
	u64 pad0[5];
	/* Set by the agent before it waits, cleared by whoever ends the wait. */
	u64 waiting;
	u64 pad1[7];
	/* Written by the kernel side, under the ring's own drain lock. */
	u64 drained; /* decisions ever taken from the ring */
	u64 pad2[7];
};

/* Why the scheduler ended; kind is written last. */
struct scxb_exit {
	s64 code;
	s32 kind;
	u32 dump_len;
	char reason[SCXB_REASON_LEN];
	char message[SCXB_MESSAGE_LEN];
};

struct scxb_shared {
	struct scxb_layout layout;
	struct scxb_agent agent __attribute__((aligned(64)));
	struct scxb_control control __attribute__((aligned(64)));
	struct scxb_exit exit __attribute__((aligned(64)));
};

/* What the caller of the program scxb_register wants. */
#define SCXB_REGISTER_ENTER 0 /* become the agent, if there is no other one alive */
#define SCXB_REGISTER_LEAVE 1 /* be the agent no longer */

/* Whose lease the program scxb_revoke ends; 0: everyone's. */
struct scxb_lessee {
	s32 pid;
};

/* Lengths of the queues, asked by the program scxb_observe. */
struct scxb_queues {
	s32 parked;
	s32 shared;
	s32 local;
	s32 system;
};

#ifdef __bpf__
_Static_assert(sizeof(struct scxb_task) == 112, "wire layout of scxb_task");
_Static_assert(__builtin_offsetof(struct scxb_task, flags) == 16, "scxb_task.flags");
_Static_assert(__builtin_offsetof(struct scxb_task, seq) == 72, "scxb_task.seq");
_Static_assert(__builtin_offsetof(struct scxb_task, comm) == 96, "scxb_task.comm");
_Static_assert(sizeof(struct scxb_decision) == 56, "wire layout of scxb_decision");
_Static_assert(__builtin_offsetof(struct scxb_decision, slice_ns) == 8, "scxb_decision.slice_ns");
_Static_assert(__builtin_offsetof(struct scxb_decision, seq) == 32, "scxb_decision.seq");
_Static_assert(sizeof(struct scxb_cpu_request) == 16, "wire layout of scxb_cpu_request");
_Static_assert(sizeof(struct scxb_control) == 192, "layout of scxb_control");
#endif

#endif /* SCXB_INTF_H */

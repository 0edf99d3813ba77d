/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel side and the library alone say to each other. Rust has these structs from the
 * type information of the compiled object. What users of the library see as well is in
 * wire.h, which is generated from rust/wire.rs; so are all constants.
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
#include "wire.h"

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
 * What follows is shared with the agent through memory: the map .data.shared.
 * It is pinned with the scheduler, so another build may adopt it: whoever
 * changes it, or the structs of wire.h, or the names of pinned maps and programs,
 * or what the programs expect, raises SCXB_LAYOUT_VERSION.
 */

/* Written by the library before load. */
struct scxb_layout {
	u32 magic;
	u32 version;
	u32 queued_bytes;
	u32 decisions_bytes;
	u32 exit_dump_bytes;
	u32 stats_bytes; /* sizeof(struct scxb_stats): more counters may come at its end */
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

_Static_assert(sizeof(struct scxb_control) == 192, "layout of scxb_control");

#endif /* SCXB_INTF_H */

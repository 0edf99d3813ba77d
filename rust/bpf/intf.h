/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface between the kernel side and the library alone. Rust gets these structs from the
 * compiled object's BTF. wire.h has what users of the library see too, and all constants; it is
 * generated from rust/wire.rs and rust/kernel_side.rs.
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
 * A value of the maps `priorities` (by thread id) and `process_priorities` (by process id). All ids
 * are those of the initial pid namespace.
 */
struct scxb_priority {
	u64 slice_ns; /* 0: the default */
	u64 start_ns; /* start of the thread or process: its id may be reused */
	u32 level;
	u32 reserved;
};

/* The context of the program scxb_set_priority. */
struct scxb_priority_request {
	u64 slice_ns;
	s32 pid;
	u32 level;
	u32 process; /* nonzero: pid is a process, and all its threads are meant */
	u32 removed; /* nonzero: it has lost its priority; what waits is queued anew */
};

/*
 * What follows is the memory shared with the agent: the map .data.shared. It is pinned with the
 * scheduler, so another build may adopt it. Raise SCXB_LAYOUT_VERSION when you change it, the
 * structs of wire.h, the names of pinned maps and programs, or what the programs expect.
 */

/* Written by the library before load. */
struct scxb_layout {
	u32 magic;
	u32 version;
	u32 rings;	/* of records */
	u32 ring_bytes; /* of each */
	u32 decisions_bytes;
	u32 exit_dump_bytes;
	u32 stats_bytes; /* sizeof(struct scxb_stats): more counters may come at its end */
	u32 kernel_mode;
	u32 own_domains;
	char name[SCXB_NAME_LEN];
};

/* The agent. Written by the programs scxb_register and scxb_flush. */
struct scxb_agent {
	u64 mm;	       /* address of its mm: also that of its vfork children */
	u32 tgid;      /* 0: nobody */
	u32 round_pid; /* the thread that last flushed: it runs the rounds */
};

/* Each group has cache lines of its own, and only `waiting` is written by both sides. */
struct scxb_control {
	/* Written by the agent. */
	u64 decisions;	  /* decisions ever written to the ring */
	u64 received;	  /* records ever taken from the ring */
	u64 heartbeat_ns; /* CLOCK_MONOTONIC, last receive or dispatch */
	u64 pad0[5];
	/* Set by the agent before it waits, cleared by the side that ends the wait. */
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

/* The context of scxb_revoke: the task whose lease ends; 0: all leases. */
struct scxb_lessee {
	s32 pid;
};

/* The context of scxb_observe: the lengths of the queues. */
struct scxb_queues {
	s32 parked;
	s32 shared;
	s32 local;
	s32 system;
	s32 throttled;
};

_Static_assert(sizeof(struct scxb_control) == 192, "layout of scxb_control");

#endif /* SCXB_INTF_H */

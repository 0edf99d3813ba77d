/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ids of the dispatch queues. Ids below SCXB_DSQ_SHARED are CPU ids: each CPU has a queue. All
 * are ordered by vtime. The kernel lets a queue have either FIFO or vtime inserts, never both, and
 * decisions are about the order.
 */
#ifndef SCXB_QUEUES_BPF_H
#define SCXB_QUEUES_BPF_H

#define SCXB_DSQ_SHARED (1ULL << 32)	/* decided, any CPU: the agent's vtime */
#define SCXB_DSQ_PARK (2ULL << 32)	/* parked: BPF's vruntime; see park_queues.bpf.h */
#define SCXB_DSQ_SYSTEM (3ULL << 32)	/* BPF decides alone: BPF's vruntime; see system.bpf.h */
#define SCXB_DSQ_THROTTLED (4ULL << 32) /* of one cgroup: BPF's vruntime; see throttle.bpf.h */

#endif /* SCXB_QUEUES_BPF_H */

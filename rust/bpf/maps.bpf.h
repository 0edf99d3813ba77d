/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps through which records, decisions, requests and the debug dump cross to user space. */
#ifndef SCXB_MAPS_BPF_H
#define SCXB_MAPS_BPF_H

#include "kernel.bpf.h"
#include "wire.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* set by the library */
} queued SEC(".maps");

/* Only to tell the verifier of which kind they are: the library makes them, of other sizes. */
struct ring_of_records {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 12);
};

/*
 * All rings of records, where there are several: `queued` is the first. See rings.bpf.h.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, SCXB_MAX_RINGS);
	__type(key, u32);
	__array(values, struct ring_of_records);
} rings SEC(".maps");

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

/* The context of scxb_select_cpus: how many requests of the map it answers. */
struct scxb_batch {
	u32 count;
};

/* The kernel's debug dump, cut to the size of this map's value. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, 32768); /* set by the library */
} exit_dump SEC(".maps");

#endif /* SCXB_MAPS_BPF_H */

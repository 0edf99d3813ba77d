/* SPDX-License-Identifier: GPL-2.0-only */
/* BPF's own helpers: maps, task storage, rings and timers. */
#ifndef HOST_HELPERS_H
#define HOST_HELPERS_H

#include "kernel.h"

/* An array, one per CPU or shared (cpus is 1). Other kinds of maps stay empty. */
struct map {
	void *map;
	void *values;
	u32 size;
	u32 entries;
	u32 cpus;
};

static struct map maps[8];
static u32 nr_maps;

/* The map is a variable of the kernel side; size is that of a value. */
static void add_map(void *variable, u32 size, u32 entries, u32 cpus)
{
	struct map *m = &maps[nr_maps++];

	if (nr_maps > sizeof(maps) / sizeof(maps[0]))
		fault("no room for more maps");
	*m = (struct map){ variable, calloc(entries * cpus, size), size, entries, cpus };
}

static void *lookup(void *map, const void *key, u32 cpu)
{
	u32 i, at = *(const u32 *)key;

	for (i = 0; i < nr_maps; i++) {
		struct map *m = &maps[i];

		if (m->map != map)
			continue;
		if (at >= m->entries || cpu >= m->cpus)
			return NULL;
		return (char *)m->values + (u64)m->size * (cpu * m->entries + at);
	}
	return NULL;
}

void *bpf_map_lookup_elem(void *map, const void *key)
{
	/* A map that is not per CPU has only the first array. */
	return lookup(map, key, host.cpu) ?: lookup(map, key, 0);
}

void *bpf_map_lookup_percpu_elem(void *map, const void *key, u32 cpu)
{
	return lookup(map, key, cpu);
}

long bpf_map_update_elem(void *map, const void *key, const void *value, u64 flags)
{
	return -ENOMEM;
}

long bpf_map_delete_elem(void *map, const void *key)
{
	return -ENOENT;
}

/* The size of a task's storage: replay.c sets it. */
static u32 storage_size;

void *bpf_task_storage_get(void *map, struct task_struct *p, void *value, u64 flags)
{
	struct host_task *t = host_task(p);

	if (!t->storage && flags & BPF_LOCAL_STORAGE_GET_F_CREATE)
		t->storage = calloc(1, storage_size);
	return t->storage;
}

/* The ring of records. It only tracks how full it is, and reports each record to the test. */
#define RECORD_HEADER 8

static struct {
	u64 bytes; /* of the ring */
	u64 used;
	u64 record; /* bytes of the last reservation */
	void *reserved;
} ring;

/* Reports a record to the test: in replay.c, which knows its layout. */
static void sent(const void *record);

void *bpf_ringbuf_reserve(void *map, u64 size, u64 flags)
{
	if (ring.reserved)
		fault("two records are reserved at a time");
	ring.record = (size + 7) / 8 * 8 + RECORD_HEADER;
	if (ring.used + ring.record > ring.bytes - 1)
		return NULL;
	ring.used += ring.record;
	ring.reserved = malloc(size);
	return ring.reserved;
}

static void finish_record(void *record, u64 flags)
{
	if (record != ring.reserved)
		fault("a record was not reserved");
	if (flags & BPF_RB_FORCE_WAKEUP)
		effect(STEP_WAKEUP, -1, 0, 0);
	free(record);
	ring.reserved = NULL;
}

void bpf_ringbuf_submit(void *record, u64 flags)
{
	sent(record);
	finish_record(record, flags);
}

void bpf_ringbuf_discard(void *record, u64 flags)
{
	finish_record(record, flags);
}

u64 bpf_ringbuf_query(void *map, u64 what)
{
	if (what != BPF_RB_RING_SIZE && what != BPF_RB_AVAIL_DATA)
		fault("positions are asked for, although there is one ring");
	return what == BPF_RB_RING_SIZE ? ring.bytes : ring.used;
}

/* The ring of decisions: those of the present flush. */
struct sample {
	const void *data;
	u32 size;
};

static struct {
	struct sample *samples;
	u32 count;
} flush;

long bpf_user_ringbuf_drain(void *map, long (*each)(struct bpf_dynptr *, void *), void *ctx,
			    u64 flags)
{
	u32 i;

	for (i = 0; i < flush.count; i++)
		each((struct bpf_dynptr *)&flush.samples[i], ctx);
	return flush.count;
}

long bpf_dynptr_read(void *to, u32 len, const struct bpf_dynptr *from, u32 offset, u64 flags)
{
	const struct sample *s = (const struct sample *)from;

	if (len + offset > s->size)
		return -EINVAL;
	memcpy(to, (const char *)s->data + offset, len);
	return 0;
}

long bpf_loop(u32 nr, void *turn, void *ctx, u64 flags)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (((long (*)(u64, void *))turn)(i, ctx))
			return i + 1;
	}
	return nr;
}

/* Timers. The test says when one fires. */
#define HOST_TIMERS 5

static struct {
	struct bpf_timer *timer;
	void *callback;
} timers_known[HOST_TIMERS];
static u32 nr_timers;

long bpf_timer_init(struct bpf_timer *timer, void *map, u64 flags)
{
	if (nr_timers == HOST_TIMERS)
		fault("there are more than %d timers", HOST_TIMERS);
	timers_known[nr_timers++].timer = timer;
	return 0;
}

/* nr_timers: it was not initialized. */
static u32 timer_number(const struct bpf_timer *timer)
{
	u32 i;

	for (i = 0; i < nr_timers && timers_known[i].timer != timer; i++)
		;
	return i;
}

long host_timer_set_callback(struct bpf_timer *timer, void *callback)
{
	timers_known[timer_number(timer)].callback = callback;
	return 0;
}

long bpf_timer_start(struct bpf_timer *timer, u64 ns, u64 flags)
{
	u32 number = timer_number(timer);

	/* With one domain, the timer that steals is asked for in vain. */
	if (number == nr_timers)
		return -EINVAL;
	effect(STEP_TIMER, -1, 0, number)->args[0] = ns;
	return 0;
}

void *bpf_rdonly_cast(const void *object, u32 type)
{
	return (void *)object;
}

long bpf_probe_read_kernel(void *to, u32 size, const void *from)
{
	memcpy(to, from, size);
	return 0;
}

long bpf_probe_read_kernel_str(void *to, u32 size, const void *from)
{
	return snprintf(to, size, "%s", (const char *)from) + 1;
}

#endif /* HOST_HELPERS_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroups that have the cpu controller: one table entry each, which the kernel's operations
 * keep up to date. A task belongs to the entry of its nearest such group; 0 is the root.
 */
#ifndef SCXB_CGROUPS_BPF_H
#define SCXB_CGROUPS_BPF_H

#include "kernel.bpf.h"

/* A power of two, for the verifier. Groups beyond these belong to their parents. */
#define CGROUPS_MAX 16384
/* How far up a walk goes: the kernel's own limit is higher, but nobody nests like that. */
#define CGROUP_DEPTH_MAX 64
/* As the kernel's RUNTIME_INF. */
#define QUOTA_NONE (~0ULL)

struct cgroup_ctx {
	/* Mostly read. */
	u64 id;
	u64 cgroup;	/* the kernel's, for what no operation tells: addresses */
	u64 task_group; /* 0: not known yet */
	u32 used;
	u32 parent;
	u64 quota_ns; /* QUOTA_NONE: no limit of its own */
	u64 period_ns;
	u64 burst_ns;
	u64 limited; /* the answer of limited_from(), and the limits_gen for which it holds */
	/* Written while its tasks run, if it has a limit. See quota.bpf.h and throttle.bpf.h. */
	s64 left_ns; /* of its quota; negative: a debt */
	u64 period_start;
	u64 touch_at;
	u64 release_armed;
	u64 release_asked;
	u64 throttled;	  /* how often a task waited for its quota */
	u64 throttled_ns; /* and for how long, summed over tasks */
	u64 pad1[1];
	/* Its weight: see runnable.bpf.h and shares.bpf.h. Written by their timer. */
	u64 factor;	 /* of its tasks' weights, and the epoch for which it holds */
	u64 kids_weight; /* the sum of those of its groups that want a CPU, in weight_fine() */
	s64 runnable;	 /* the same, of its tasks: whole weights */
	u32 weight;	 /* its own, in weight_fine() */
	u32 lightest;	 /* of it and those above it */
	u32 told;	 /* how much of kids_weight of the parent is its own */
	u32 told_to;	 /* which parent that is */
	u64 pad2[3];
} __attribute__((aligned(64)));

/* Static, so that the skeleton leaves it out: it is long. */
static struct cgroup_ctx cgroups[CGROUPS_MAX];

/* Beyond the last entry that was ever used. */
u32 cgroups_end;
/* How many groups have a limit, and how often that, or the tree, changed. Mostly read. */
u32 limits_in_use __attribute__((aligned(64)));
u32 limits_gen;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CGROUPS_MAX);
	__type(key, u64);
	__type(value, u32);
} cgroup_indexes SEC(".maps");

static __always_inline struct cgroup_ctx *cgroup_at(u32 i)
{
	/* So that clang does not leave the bound out where it knows better than the verifier. */
	barrier_var(i);
	return &cgroups[i % CGROUPS_MAX];
}

/* The entry of a group, or of the root if it has none. */
static __always_inline u32 cgroup_index(u64 id)
{
	u32 *i = bpf_map_lookup_elem(&cgroup_indexes, &id);

	return i ? *i : 0;
}

/* The nearest group with a limit, from this one upwards; 0: none. */
__noinline u32 scxb_limited_from(u32 i)
{
	u32 n = 0;

	bpf_for(n, 0, CGROUP_DEPTH_MAX) {
		struct cgroup_ctx *c = cgroup_at(i);

		if (!i || c->quota_ns != QUOTA_NONE)
			break;
		i = c->parent;
	}
	return i;
}

/* The same, remembered for as long as no limit changes. */
static __always_inline u32 limited_from(u32 i)
{
	struct cgroup_ctx *c = cgroup_at(i);
	u32 gen = READ_ONCE(limits_gen), found;
	u64 known = READ_ONCE(c->limited);

	if (!i)
		return 0;
	if (known >> 32 == gen)
		return (u32)known;
	found = scxb_limited_from(i);
	WRITE_ONCE(c->limited, (u64)gen << 32 | found);
	return found;
}

static __always_inline u32 limited_above(u32 i)
{
	return limited_from(cgroup_at(i)->parent);
}

/* Sets a limit; the rest of a smaller one is cut. True: it changed. */
static __always_inline bool cgroup_set_limit(struct cgroup_ctx *c, u64 quota_ns, u64 period_ns,
					     u64 burst_ns)
{
	bool was = c->quota_ns != QUOTA_NONE, is = quota_ns != QUOTA_NONE;
	s64 most = quota_ns + burst_ns;

	if (c->quota_ns == quota_ns && c->period_ns == period_ns && c->burst_ns == burst_ns)
		return false;
	c->period_ns = period_ns;
	c->burst_ns = burst_ns;
	if (is && (!was || c->left_ns > most))
		WRITE_ONCE(c->left_ns, quota_ns);
	if (is && !was)
		c->period_start = bpf_ktime_get_ns();
	WRITE_ONCE(c->quota_ns, quota_ns);
	if (is != was) {
		__sync_fetch_and_add(&limits_in_use, is ? 1 : -1);
		__sync_fetch_and_add(&limits_gen, 1);
	}
	return true;
}

#endif /* SCXB_CGROUPS_BPF_H */

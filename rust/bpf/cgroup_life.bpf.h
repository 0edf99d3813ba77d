/* SPDX-License-Identifier: GPL-2.0-only */
/* A cgroup's life: its entry, as it appears and goes, and what the kernel knows of its limit. */
#ifndef SCXB_CGROUP_LIFE_BPF_H
#define SCXB_CGROUP_LIFE_BPF_H

#include "cgroups.bpf.h"
#include "kernel.bpf.h"
#include "stats.bpf.h"
#include "weight.bpf.h"

static __always_inline u64 task_group_of(u64 cgroup)
{
	u64 subsys = cgroup + bpf_core_field_offset(struct cgroup, subsys);
	u64 css = 0;

	if (!bpf_core_enum_value_exists(enum cgroup_subsys_id, cpu_cgrp_id))
		return 0;
	subsys += bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id) * sizeof(css);
	if (bpf_probe_read_kernel(&css, sizeof(css), (void *)subsys) || !css)
		return 0;
	return css - bpf_core_field_offset(struct task_group, css);
}

/* A new group gets its task group only after ops.cgroup_init. NULL: not known yet. */
static __always_inline struct task_group *cgroup_task_group(struct cgroup_ctx *c)
{
	if (!c->task_group)
		c->task_group = task_group_of(c->cgroup);
	return (struct task_group *)c->task_group;
}

/* The kernel's own copy of the limit, which each version keeps up to date. */
static __always_inline bool cgroup_read_limit(struct cgroup_ctx *c)
{
	struct task_group *tg = cgroup_task_group(c);
	u64 quota_ns, period_ns, burst_ns;

	if (!tg || !bpf_core_field_exists(tg->cfs_bandwidth))
		return false;
	quota_ns = BPF_CORE_READ(tg, cfs_bandwidth.quota);
	period_ns = BPF_CORE_READ(tg, cfs_bandwidth.period);
	burst_ns = BPF_CORE_READ(tg, cfs_bandwidth.burst);
	if (!period_ns)
		quota_ns = QUOTA_NONE;
	return cgroup_set_limit(c, quota_ns, period_ns, burst_ns);
}

/*
 * Its weight, and whether it is idle, as the kernel keeps it for its own scheduler (1024 in
 * scale_load() is 100). True: it changed.
 */
__noinline int scxb_cgroup_read_weight(u32 i)
{
	struct cgroup_ctx *c = cgroup_at(i);
	struct task_group *tg = cgroup_task_group(c);
	u64 weight = weight_fine(WEIGHT_ONE);

	if (tg && bpf_core_field_exists(tg->shares))
		weight = (BPF_CORE_READ(tg, shares) >> SCHED_FIXEDPOINT_SHIFT) * WEIGHT_ONE;
	weight = weight ?: 1;
	if (weight > weight_fine(WEIGHT_MAX))
		weight = weight_fine(WEIGHT_MAX);
	if (c->weight == weight)
		return false;
	WRITE_ONCE(c->weight, weight);
	return true;
}

static long take_if_free(u64 n, u32 *taken)
{
	u32 i = 1 + n;
	struct cgroup_ctx *c = cgroup_at(i);

	if (READ_ONCE(c->used) || __sync_val_compare_and_swap(&c->used, 0, 1))
		return 0;
	*taken = i;
	return 1;
}

/*
 * Takes a free entry; 0: there is none. (Through bpf_loop(), since older verifiers walk through
 * each turn of a bpf_for() here.)
 */
static __always_inline u32 cgroup_take_entry(void)
{
	u32 taken = 0;

	bpf_loop(CGROUPS_MAX - 1, take_if_free, &taken, 0);
	if (taken && taken >= cgroups_end)
		WRITE_ONCE(cgroups_end, taken + 1);
	return taken;
}

static __always_inline void cgroup_free_entry(u32 i)
{
	struct cgroup_ctx *c = cgroup_at(i);

	cgroup_set_limit(c, QUOTA_NONE, 0, 0);
	c->task_group = 0;
	WRITE_ONCE(c->used, 0);
}

/* A group appeared, its parent before it. Returns its entry; 0: it has none. */
static __always_inline u32 cgroup_appears(struct cgroup *cgrp)
{
	u64 id = cgrp->kn->id, parent_id;
	struct cgroup_ctx *c;
	u32 i;

	if (!cgrp->level)
		return 0;
	i = cgroup_take_entry();
	if (!i) {
		stat_inc(cgroups_untracked);
		return 0;
	}
	c = cgroup_at(i);
	parent_id = BPF_CORE_READ(cgrp, self.parent, cgroup, kn, id);
	c->id = id;
	c->parent = cgroup_index(parent_id);
	c->quota_ns = QUOTA_NONE;
	c->limited = 0;
	c->throttled = 0;
	c->throttled_ns = 0;
	c->weight = weight_fine(WEIGHT_ONE);
	c->lightest = 0;
	c->factor = 0;
	c->cgroup = (u64)cgrp;
	c->task_group = 0;
	__sync_fetch_and_add(&limits_gen, 1);
	if (bpf_map_update_elem(&cgroup_indexes, &id, &i, 0)) {
		cgroup_free_entry(i);
		stat_inc(cgroups_untracked);
		return 0;
	}
	cgroup_read_limit(c);
	scxb_cgroup_read_weight(i);
	return i;
}

#endif /* SCXB_CGROUP_LIFE_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* The limits of cgroups, as they come, change and go. */
#ifndef SCXB_LIMITS_BPF_H
#define SCXB_LIMITS_BPF_H

#include "cgroup_life.bpf.h"
#include "cgroups.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "release.bpf.h"
#include "throttle.bpf.h"
#include "throttle_timer.bpf.h"
#include "timer.bpf.h"

/* The library sets it on kernels that have no operation for limits: before 6.17. */
const volatile bool opt_poll_cgroup_limits;

/* How often the kernel's copy is read there. */
#define POLL_LIMITS_NS 100000000ULL

/* A limit changed: tasks that wait for it are looked after. */
static __always_inline void limit_changed(u32 i)
{
	if (READ_ONCE(cgroup_at(i)->release_armed))
		release_start(i, 0);
}

/* On kernels that have no operation for it, the table is compared with the kernel's own copy. */
static int poll_limits(void *map, u32 *key, struct timer *timer)
{
	u32 i, end = READ_ONCE(cgroups_end);

	bpf_for(i, 1, end) {
		struct cgroup_ctx *c = cgroup_at(i);

		if (READ_ONCE(c->used) && cgroup_read_limit(c))
			limit_changed(i);
	}
	bpf_timer_start(&timer->timer, POLL_LIMITS_NS, 0);
	return 0;
}

static __always_inline s32 limits_init(void)
{
	s32 ret;

	if (opt_ignore_cgroup_limits || !opt_poll_cgroup_limits)
		return 0;
	ret = timer_init(TIMER_LIMITS, poll_limits);
	return ret ?: timer_start(TIMER_LIMITS, POLL_LIMITS_NS);
}

/* From ops.cgroup_init. */
static __always_inline s32 limits_cgroup_init(struct cgroup *cgrp)
{
	u32 i = cgroup_appears(cgrp);

	return i ? release_init(i) : 0;
}

/* From ops.cgroup_exit: its last task has left, and so has each that waited for its quota. */
static __always_inline void limits_cgroup_exit(struct cgroup *cgrp)
{
	u64 id = cgrp->kn->id;
	u32 i = cgroup_index(id);

	if (!i)
		return;
	bpf_map_delete_elem(&cgroup_indexes, &id);
	/* Should a task be left, its timer lets it go, and the entry is not used again. */
	if (scx_bpf_dsq_nr_queued(throttled_dsq(i)) > 0) {
		cgroup_set_limit(cgroup_at(i), QUOTA_NONE, 0, 0);
		limit_changed(i);
		return;
	}
	scx_bpf_destroy_dsq(throttled_dsq(i));
	cgroup_free_entry(i);
}

static __always_inline void limits_set(struct cgroup *cgrp, u64 quota_us, u64 period_us,
				       u64 burst_us)
{
	u32 i = cgroup_index(cgrp->kn->id);
	u64 quota_ns = (s64)quota_us < 0 ? QUOTA_NONE : quota_us * 1000;

	if (i && cgroup_set_limit(cgroup_at(i), quota_ns, period_us * 1000, burst_us * 1000))
		limit_changed(i);
}

#endif /* SCXB_LIMITS_BPF_H */

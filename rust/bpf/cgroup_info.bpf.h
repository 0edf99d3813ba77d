/* SPDX-License-Identifier: GPL-2.0-only */
/* What the agent is told of a cgroup. */
#ifndef SCXB_CGROUP_INFO_BPF_H
#define SCXB_CGROUP_INFO_BPF_H

#include "cgroups.bpf.h"
#include "kernel.bpf.h"
#include "throttle.bpf.h"
#include "wire.h"

/* Fills in all but the id and the size, which are given. */
static __always_inline s32 cgroup_tell(struct scxb_cgroup_info *info)
{
	u32 i = cgroup_index(info->id);
	struct cgroup_ctx *c;
	bool limited;

	if (!i)
		return -ENODATA;
	c = cgroup_at(i);
	limited = c->quota_ns != QUOTA_NONE;
	info->quota_ns = limited ? c->quota_ns : 0;
	info->period_ns = limited ? c->period_ns : 0;
	info->burst_ns = limited ? c->burst_ns : 0;
	info->throttled = READ_ONCE(c->throttled);
	info->throttled_ns = READ_ONCE(c->throttled_ns);
	info->throttled_now = throttled_queued(i);
	return 0;
}

#endif /* SCXB_CGROUP_INFO_BPF_H */

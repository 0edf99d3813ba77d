/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that the library runs by BPF_PROG_TEST_RUN, outside the rounds. */
#ifndef SCXB_CALLS_BPF_H
#define SCXB_CALLS_BPF_H

#include "cgroup_info.bpf.h"
#include "cpu.bpf.h"
#include "domains.bpf.h"
#include "domains_change.bpf.h"
#include "idle.bpf.h"
#include "intf.h"
#include "kernel.bpf.h"
#include "lease.bpf.h"
#include "maps.bpf.h"
#include "park_queues.bpf.h"
#include "priority.bpf.h"
#include "priority_change.bpf.h"
#include "queues.bpf.h"
#include "throttle.bpf.h"
#include "wire.h"

/* Ends the lease of one task or of all. */
SEC("syscall")
int scxb_revoke(struct scxb_lessee *lessee)
{
	return lease_revoke_pid(lessee->pid);
}

/* Answers one request in place. */
SEC("syscall")
int scxb_select_cpu(struct scxb_cpu_request *req)
{
	req->cpu = claim_idle_cpu_for(req->pid, req->prev_cpu, req->flags);
	return 0;
}

/* Answers the first `count` requests of the map cpu_requests in place. */
SEC("syscall")
int scxb_select_cpus(struct scxb_batch *batch)
{
	u32 i, count = batch->count;

	if (count > SCXB_MAX_CPU_REQUESTS)
		return -EINVAL;
	bpf_for(i, 0, count) {
		u32 key = i;
		struct scxb_cpu_request *req = bpf_map_lookup_elem(&cpu_requests, &key);

		if (!req)
			return -EINVAL;
		req->cpu = claim_idle_cpu_for(req->pid, req->prev_cpu, req->flags);
	}
	return 0;
}

/* Gives a thread or a process a priority, or is told that it was removed. */
SEC("syscall")
int scxb_set_priority(struct scxb_priority_request *req)
{
	struct task_struct *p;
	s32 ret;

	if (req->removed) {
		requeue_by_priority(req);
		return 0;
	}
	p = bpf_task_from_pid(req->pid);
	if (!p)
		return -ESRCH;
	bpf_rcu_read_lock();
	ret = priority_set(p, req);
	bpf_rcu_read_unlock();
	bpf_task_release(p);
	if (!ret)
		requeue_by_priority(req);
	return ret;
}

/* Preempts what runs on a CPU, which then chooses its next task. */
SEC("syscall")
int scxb_preempt_cpu(s32 *cpu)
{
	if (*cpu < 0 || *cpu >= nr_cpus || cpu_offline(*cpu))
		return -EINVAL;
	scx_bpf_kick_cpu(*cpu, SCX_KICK_PREEMPT);
	return 0;
}

/* Tells of a cgroup. */
SEC("syscall")
int scxb_cgroup_read(struct scxb_cgroup_info *info)
{
	return cgroup_tell(info);
}

/* The lengths of the queues. */
SEC("syscall")
int scxb_observe(struct scxb_queues *queues)
{
	queues->local = dsqs_queued(0, nr_cpus);
	queues->parked = parks_queued();
	queues->shared = all_shared_queued();
	queues->system = scx_bpf_dsq_nr_queued(SCXB_DSQ_SYSTEM);
	queues->throttled = all_throttled_queued();
	return 0;
}

/* Domains have been set: tasks that wait go to the queues of their new ones. */
SEC("syscall")
int scxb_domains_changed(void *context)
{
	move_to_domains();
	return 0;
}

#endif /* SCXB_CALLS_BPF_H */

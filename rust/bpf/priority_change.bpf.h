/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows when a thread or process gets another priority while it waits: it goes forward to
 * its new place. Else it would wait for all that is more urgent than it was, until it is starved.
 * None goes back: whoever sets the same priority again must not take its turn from a task.
 */
#ifndef SCXB_PRIORITY_CHANGE_BPF_H
#define SCXB_PRIORITY_CHANGE_BPF_H

#include "domains.bpf.h"
#include "intf.h"
#include "kernel.bpf.h"
#include "kernel_mode.bpf.h"
#include "priority.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "topology.bpf.h"

/* Queues those of one queue SHARED anew that the request is about. */
__noinline int scxb_requeue_by_priority(u32 domain, s32 id, u32 process)
{
	struct task_struct *p;

	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, shared_dsq(domain), 0) {
		struct scxb_priority *prio;
		struct task_ctx *t;
		u64 vtime;

		if ((process ? p->tgid : p->pid) != id)
			continue;
		t = task_ctx(p);
		prio = priority_of(p);
		if (!t)
			continue;
		vtime = kernel_mode_vtime(t, prio, domain);
		if (!before(vtime, p->scx.dsq_vtime))
			continue;
		dsq_move_set(&___it, kernel_mode_slice(p, t, prio), vtime);
		dsq_move_vtime(&___it, p, shared_dsq(domain), 0);
	}
	bpf_rcu_read_unlock();
	return 0;
}

static __always_inline void requeue_by_priority(const struct scxb_priority_request *req)
{
	u32 domain;

	bpf_for(domain, 0, nr_shared_queues()) {
		if (shared_queued(domain))
			scxb_requeue_by_priority(domain, req->pid, req->process);
	}
}

#endif /* SCXB_PRIORITY_CHANGE_BPF_H */

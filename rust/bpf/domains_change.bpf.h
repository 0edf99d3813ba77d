/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows when a program sets domains while the scheduler runs. The table itself is exchanged
 * at once; see topology.bpf.h.
 */
#ifndef SCXB_DOMAINS_CHANGE_BPF_H
#define SCXB_DOMAINS_CHANGE_BPF_H

#include "domains.bpf.h"
#include "kernel.bpf.h"
#include "task.bpf.h"
#include "topology.bpf.h"

/*
 * Moves the tasks of one queue SHARED that belong on others. A task that another CPU queues by the
 * old table meanwhile stays there, and is stolen like any that waits.
 */
__noinline int scxb_move_to_domains(u32 domain)
{
	struct task_struct *p;

	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, shared_dsq(domain), 0) {
		struct task_ctx *t = task_ctx(p);
		u32 home = t ? decided_domain(p, t->decided_cpu) : nr_domains();

		if (home >= nr_domains())
			home = domain_of_task(p);
		if (home != domain && dsq_move_vtime(&___it, p, shared_dsq(home), 0))
			kick_for_domain(p, home);
	}
	bpf_rcu_read_unlock();
	return 0;
}

static __always_inline void move_to_domains(void)
{
	u32 domain;

	bpf_for(domain, 0, nr_shared_queues()) {
		if (shared_queued(domain))
			scxb_move_to_domains(domain);
	}
}

#endif /* SCXB_DOMAINS_CHANGE_BPF_H */

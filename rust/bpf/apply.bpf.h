/* SPDX-License-Identifier: GPL-2.0-only */
/* Applies a decision: checks it, and moves its task off PARK. */
#ifndef SCXB_APPLY_BPF_H
#define SCXB_APPLY_BPF_H

#include "agent_out.bpf.h"
#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "decided.bpf.h"
#include "domains.bpf.h"
#include "hotplug.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "lease.bpf.h"
#include "park_queues.bpf.h"
#include "parking.bpf.h"
#include "slice.bpf.h"
#include "stats.bpf.h"
#include "target.bpf.h"
#include "task.bpf.h"
#include "topology.bpf.h"
#include "watch.bpf.h"
#include "wire.h"

enum move_result {
	MOVE_NOT_PARKED, /* this parking is over, or another CPU ends it */
	MOVE_FAILED,	 /* claimed, but this iterator does not find it on PARK (yet) */
	MOVE_DONE,
};

static __always_inline enum move_result move_parked(struct task_struct *p, struct task_ctx *t,
						    const struct scxb_decision *d, bool retry,
						    struct target *to)
{
	enum move_result result = MOVE_NOT_PARKED;
	struct bpf_iter_scx_dsq it;

	__builtin_memset(to, 0, sizeof(*to));
	if (!bpf_iter_scx_dsq_new(&it, park_dsq(READ_ONCE(t->park)), 0)) {
		bool mine = retry ? READ_ONCE(t->parked) == (d->seq | PARKED_CLAIMED)
				  : parking_claim(t, d->seq);

		if (mine) {
			u64 slice_ns = bounded_slice(d->slice_ns);
			bool moved;

			/* Before the move: right after it the task may be enqueued again. */
			WRITE_ONCE(t->vtime, d->vtime);
			t->decided_cpu = d->cpu;
			t->slice_left = slice_ns;
			lease_grant(t, d, slice_ns);
			choose_target(p, d, to);
			if (to->bounced && names_domain(d->cpu))
				forget_domain(t);
			dsq_move_set(&it, slice_ns, d->vtime);
			if (to->local)
				moved = dsq_move(&it, p, to->dsq_id, to->enq_flags);
			else
				moved = dsq_move_vtime(&it, p, to->dsq_id, 0);
			result = moved ? MOVE_DONE : MOVE_FAILED;
		} else if (retry) {
			result = MOVE_FAILED;
		}
	}
	bpf_iter_scx_dsq_destroy(&it);

	if (result == MOVE_FAILED) {
		t->slice_left = 0;
		lease_end(t);
	}
	/* A CPU claimed for nothing marks itself idle again only when kicked. */
	if (result == MOVE_FAILED && to->local && !to->preempt)
		scx_bpf_kick_cpu(local_cpu(to), SCX_KICK_IDLE);
	return result;
}

/* Returns the CPU on whose queue the task is now, or -1. */
static __always_inline s32 apply_to_task(struct task_struct *p, const struct scxb_decision *d)
{
	struct task_ctx *t = task_ctx(p);
	enum move_result result;
	struct target to;

	if (!t) {
		stat_inc(stale);
		return -1;
	}
	result = move_parked(p, t, d, false, &to);
	if (result == MOVE_FAILED) {
		/*
		 * The agent can read the record before the kernel does the insert that enqueue
		 * asked for. The failed move has waited for the run queue's lock, so the insert is
		 * done by now: try once more with a fresh iterator.
		 */
		stat_inc(move_retries);
		result = move_parked(p, t, d, true, &to);
	}
	if (result != MOVE_DONE) {
		if (result == MOVE_FAILED)
			parking_unclaim(t, d->seq);
		stat_inc(stale);
		return -1;
	}
	parking_end(t, d->seq);
	/* The barrier pairs with cpu_goes(), which marks the CPU before it empties the queue. */
	stat_inc_barrier(dispatched);
	if (!READ_ONCE(decisions_flow))
		WRITE_ONCE(decisions_flow, 1);
	if (d->lease_ns || d->lease_count)
		stat_inc(leases_granted);
	if (to.bounced)
		stat_inc(bounced);
	/*
	 * The CPU was claimed idle. On newer kernels the move wakes it; on older ones only if the
	 * task comes from another run queue.
	 */
	if (to.local && !to.preempt)
		kick_cpu(local_cpu(&to));
	if (to.preempt) {
		stat_inc(preempts);
		/*
		 * Before Linux 7, a move with SCX_ENQ_PREEMPT puts the task first but does not
		 * preempt.
		 */
		if (to.enq_flags)
			scx_bpf_kick_cpu(local_cpu(&to), SCX_KICK_PREEMPT);
	}
	if (to.kick >= 0 && take_sleeping_cpu(to.kick))
		kick_cpu(to.kick);
	if (to.kick_domain)
		kick_for_domain(p, to.domain);
	else if (to.kick_any)
		scxb_kick_for_shared(p);
	else
		watch();
	return to.kick;
}

/* A domain is a queue, where nothing is preempted. */
static __always_inline bool is_place(const struct scxb_decision *d)
{
	if (names_domain(d->cpu))
		return named_domain(d->cpu) < nr_domains() && !d->flags;
	return d->cpu >= SCXB_CPU_PICK_IDLE;
}

/* A decision with a flag or field that this version does not know is refused. */
static __always_inline bool is_malformed(const struct scxb_decision *d)
{
	return d->pid <= 0 || !is_place(d) || !d->seq || (d->seq & PARKED_CLAIMED) ||
	       (d->flags & ~SCXB_DECISION_FLAGS) || d->reserved;
}

/*
 * Applies one decision. A global function, like those of rescue.bpf.h: the verifier checks it once,
 * not again at each call.
 */
__noinline int scxb_apply(const struct scxb_decision *d __arg_nonnull)
{
	struct task_struct *p;
	s32 cpu;

	if (is_malformed(d)) {
		stat_inc(refused);
		return 0;
	}
	p = bpf_task_from_pid(d->pid);
	if (!p) {
		stat_inc(stale);
		return 0;
	}
	bpf_rcu_read_lock();
	cpu = apply_to_task(p, d);
	bpf_rcu_read_unlock();
	bpf_task_release(p);
	/* The CPU may have gone offline between our check and the move. */
	if (cpu >= 0 && cpu_offline(cpu))
		scxb_requeue_to_shared(cpu);
	return 0;
}

#endif /* SCXB_APPLY_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Decisions: drained from the user ring buffer and carried out as moves from PARK. */
#ifndef SCXB_DECIDE_BPF_H
#define SCXB_DECIDE_BPF_H

#include "lease.bpf.h"

/* Where a decision sends its task. */
struct target {
	u64 dsq_id;
	u64 enq_flags; /* for a local queue */
	s32 kick;      /* CPU to kick if idle, or -1 */
	bool local;    /* a local queue */
	bool kick_any; /* an idle allowed CPU is kicked */
	bool bounced;
	bool preempt;
};

static __always_inline u64 bounded_slice(u64 slice_ns)
{
	if (!slice_ns)
		return opt_slice_ns;
	return slice_ns > opt_slice_max_ns ? opt_slice_max_ns : slice_ns;
}

static __always_inline void target_shared(struct target *to)
{
	to->dsq_id = SCXB_DSQ_SHARED;
	to->kick_any = true;
}

static __always_inline s32 local_cpu(const struct target *to)
{
	return to->dsq_id & 0xffffffff;
}

static __always_inline void target_local(struct target *to, s32 cpu, bool preempt)
{
	to->dsq_id = SCX_DSQ_LOCAL_ON | (u32)cpu;
	to->local = true;
	to->preempt = preempt;
	/*
	 * Never preempt the agent in the middle of its own flush: it is about
	 * to wait, and the task then runs here without a fight.
	 */
	if (preempt && cpu != bpf_get_smp_processor_id())
		to->enq_flags = SCX_ENQ_PREEMPT;
}

/*
 * Whether this CPU is about to take its next task, and may take this one: the agent waits
 * soon after its flush, and ops.dispatch drains because the CPU has nothing to run. That
 * spares another CPU the interruption, once a drain.
 */
static __always_inline bool next_here(const struct task_struct *p)
{
	struct cpu_ctx *c = this_cpu_ctx();

	if (!c || c->next_found || !cpu_allowed(p, bpf_get_smp_processor_id()))
		return false;
	c->next_found = 1;
	return true;
}

/*
 * Chosen after the iterator was made: a task whose affinity changes later is
 * queued anew, so that the move fails instead of breaking the new mask.
 */
static __always_inline void choose_target(struct task_struct *p, const struct scxb_decision *d,
					  struct target *to)
{
	bool preempt = d->flags & SCXB_DECISION_PREEMPT;
	bool later = d->flags & SCXB_DECISION_PREEMPT_LATER;
	s32 cpu = d->cpu;

	to->kick = -1;
	if (cpu >= 0 && (!cpu_allowed(p, cpu) || cpu_offline(cpu))) {
		to->bounced = true;
		target_shared(to);
	} else if (cpu >= 0 && (preempt || (later && runs_later(cpu, d->vtime))) &&
		   !cpu_taken(cpu)) {
		target_local(to, cpu, true);
	} else if (cpu >= 0) {
		to->dsq_id = cpu;
		to->kick = cpu;
	} else if (cpu == SCXB_CPU_PICK_IDLE || preempt || later) {
		s32 prev = scx_bpf_task_cpu(p);

		cpu = claim_idle_cpu(p, prev);
		if (cpu >= 0)
			target_local(to, cpu, false);
		else if (preempt && cpu_allowed(p, prev) && !cpu_taken(prev))
			target_local(to, prev, true);
		else if (later && !next_here(p) && cpu_allowed(p, prev) &&
			 runs_later(prev, d->vtime) && !cpu_taken(prev))
			target_local(to, prev, true);
		else
			target_shared(to);
	} else {
		target_shared(to);
	}
}

enum move_result {
	MOVE_NOT_PARKED, /* this parking is over, or another CPU ends it */
	MOVE_FAILED,	 /* it is ours, but not (yet) on PARK for this iterator */
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

			/* Before the move: right after it the task may be queued anew. */
			WRITE_ONCE(t->vtime, d->vtime);
			t->decided_cpu = d->cpu;
			t->slice_left = slice_ns;
			lease_grant(t, d, slice_ns);
			choose_target(p, d, to);
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
static __always_inline s32 decide_task(struct task_struct *p, const struct scxb_decision *d)
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
		 * The record can be read before the insert that enqueue asked
		 * for is carried out. The failed move has waited for the run
		 * queue's lock, so by now it is: try once with a fresh iterator.
		 */
		stat_inc(retries);
		result = move_parked(p, t, d, true, &to);
	}
	if (result != MOVE_DONE) {
		if (result == MOVE_FAILED)
			parking_unclaim(t, d->seq);
		stat_inc(stale);
		return -1;
	}
	parking_end(t, d->seq);
	/* The barrier is for the CPU that goes: it is marked before its queue is emptied. */
	stat_inc_barrier(dispatched);
	WRITE_ONCE(decisions_flow, 1);
	if (d->lease_ns || d->lease_count)
		stat_inc(leases);
	if (to.bounced)
		stat_inc(bounced);
	/*
	 * It was claimed idle, and newer kernels wake it by the move itself. Older
	 * ones do so only if the task comes from another run queue.
	 */
	if (to.local && !to.preempt)
		kick_cpu(local_cpu(&to));
	if (to.preempt) {
		stat_inc(preempts);
		/* Kernels before 7 let a move with SCX_ENQ_PREEMPT only go first. */
		if (to.enq_flags)
			scx_bpf_kick_cpu(local_cpu(&to), SCX_KICK_PREEMPT);
	}
	if (to.kick >= 0 && cpu_sleeps(to.kick))
		kick_cpu(to.kick);
	if (to.kick_any)
		kick_idle(p);
	else
		watch();
	return to.kick;
}

/*
 * Carries out one decision. A global function, like those of rescue.bpf.h: the
 * verifier goes through it once for itself, not once for every way to call it.
 */
__noinline int scxb_decide(const struct scxb_decision *d __arg_nonnull)
{
	struct task_struct *p;
	s32 cpu;

	if (d->pid <= 0 || d->cpu < SCXB_CPU_PICK_IDLE || !d->seq || (d->seq & PARKED_CLAIMED) ||
	    (d->flags & ~SCXB_DECISION_FLAGS) || d->reserved) {
		stat_inc(refused);
		return 0;
	}
	p = bpf_task_from_pid(d->pid);
	if (!p) {
		stat_inc(stale);
		return 0;
	}
	bpf_rcu_read_lock();
	cpu = decide_task(p, d);
	bpf_rcu_read_unlock();
	bpf_task_release(p);
	/* The CPU may have gone between our look and the move. */
	if (cpu >= 0 && cpu_offline(cpu))
		scxb_empty_queue(cpu);
	return 0;
}

static long drain_one(struct bpf_dynptr *sample, void *ctx)
{
	struct scxb_decision d;

	/* Under the ring's drain lock: one drainer at a time. */
	WRITE_ONCE(shared.control.drained, shared.control.drained + 1);
	if (bpf_dynptr_read(&d, sizeof(d), sample, 0, 0)) {
		stat_inc(refused);
		return 0;
	}
	scxb_decide(&d);
	return 0;
}

/* Returns how many were drained, or -EBUSY while another CPU drains. */
static __always_inline s64 drain_decisions(void)
{
	struct cpu_ctx *c = this_cpu_ctx();
	u64 before;
	s64 ret;

	if (c)
		c->next_found = 0;
	/* In a local, the verifier would follow the count from decision to decision. */
	before = READ_ONCE(shared.control.drained);
	ret = bpf_user_ringbuf_drain(&decisions, drain_one, NULL, BPF_RB_NO_WAKEUP);
	return ret < 0 ? ret : READ_ONCE(shared.control.drained) - before;
}

static __always_inline bool decisions_pending(void)
{
	return READ_ONCE(shared.control.decisions) != READ_ONCE(shared.control.drained);
}

#endif /* SCXB_DECIDE_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Leases: decisions that BPF repeats by itself, up to a count or a time that the policy set. The
 * task is queued where the decision sent it, with its vtime advanced by its weighted run time, and
 * without a record. The next record says what the task did meanwhile (leased, run_ns, vtime).
 *
 * `lease_left` is the lease: nonzero while there is one. It is set last when a lease is granted,
 * and decremented by compare-and-swap at each use. Setting it to 0 ends the lease: a new record
 * (park) and a failed move (apply) do that, and, counted as revoked, a request or a change of
 * affinity or weight. Advancing `lease_epoch` ends all leases at once, as when another agent comes.
 */
#ifndef SCXB_LEASE_BPF_H
#define SCXB_LEASE_BPF_H

#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "cpu_taken.bpf.h"
#include "decided.bpf.h"
#include "domains.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "preemption_order.bpf.h"
#include "stats.bpf.h"
#include "sync.bpf.h"
#include "taken.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "topology.bpf.h"
#include "wire.h"

#define LEASE_UNCOUNTED (~0U)

u64 lease_epoch;

static __always_inline void lease_end(struct task_ctx *t)
{
	if (READ_ONCE(t->lease_left))
		WRITE_ONCE(t->lease_left, 0);
}

static __always_inline void lease_revoke(struct task_ctx *t)
{
	if (READ_ONCE(t->lease_left) && __sync_lock_test_and_set(&t->lease_left, 0))
		stat_inc(revoked);
}

static __always_inline void lease_revoke_all(void)
{
	__sync_fetch_and_add(&lease_epoch, 1);
}

/* The caller holds the claim on the parking, and there is no lease: park() ended it. */
static __always_inline void lease_grant(struct task_ctx *t, const struct scxb_decision *d,
					u64 slice_ns)
{
	u64 ns = d->lease_ns;

	if (!ns && !d->lease_count)
		return;
	if (!ns || ns > SCXB_LEASE_MAX_NS)
		ns = SCXB_LEASE_MAX_NS;
	t->lease_until = now_ns() + ns;
	t->lease_slice_ns = slice_ns;
	t->lease_epoch = READ_ONCE(lease_epoch);
	t->lease_flags = d->flags;
	WRITE_ONCE(t->lease_left, d->lease_count ?: LEASE_UNCOUNTED);
}

/* Takes one use of a lease that is valid. */
static __always_inline bool lease_take(struct task_struct *p, struct task_ctx *t)
{
	u32 left = READ_ONCE(t->lease_left);
	s32 cpu = t->decided_cpu;

	if (!left)
		return false;
	if (t->lease_epoch != READ_ONCE(lease_epoch)) {
		lease_revoke(t);
		return false;
	}
	/* If its CPU or domain can't be used any more, the policy has to choose another. */
	if (age_ns(now_ns(), t->lease_until) >= 0 ||
	    (cpu >= 0 && (!cpu_allowed(p, cpu) || cpu_offline(cpu))) ||
	    (names_domain(cpu) && decided_domain(p, cpu) >= nr_domains())) {
		lease_end(t);
		return false;
	}
	return left == LEASE_UNCOUNTED ||
	       __sync_val_compare_and_swap(&t->lease_left, left, left - 1) == left;
}

/* Advances its vtime by its weighted run time. */
static __always_inline void lease_charge(struct task_ctx *t)
{
	t->vtime += t->weighted_ns - t->weighted_charged;
	t->run_charged = t->run_ns;
	t->weighted_charged = t->weighted_ns;
}

/*
 * Puts a woken task directly on a CPU, if its lease asks for that and there is a CPU for it. (A
 * task that did not sleep may still be on its CPU, so it must not go to another CPU's local queue.)
 */
static __always_inline bool enqueue_leased_now(struct task_struct *p, struct task_ctx *t,
					       u64 enq_flags)
{
	bool preempt = t->lease_flags & SCXB_DECISION_PREEMPT;
	bool later = t->lease_flags & SCXB_DECISION_PREEMPT_LATER;
	s32 own = task_cpu(p), cpu = t->decided_cpu;

	if (cpu == SCXB_CPU_PICK_IDLE || (cpu < 0 && (preempt || later))) {
		if (enqueue_idle(p, claim_idle_near(p, own), t->lease_slice_ns, enq_flags))
			return true;
		cpu = own;
	}
	if (!preempt && !(later && cpu >= 0 && runs_later(cpu, t->vtime) && !spare_sync_waker(p)))
		return false;
	if (cpu_taken(cpu))
		return false;
	dsq_insert(p, cpu == own ? SCX_DSQ_LOCAL : SCX_DSQ_LOCAL_ON | (u32)cpu, t->lease_slice_ns,
		   enq_flags | SCX_ENQ_PREEMPT);
	watch_local();
	stat_inc(preempts);
	return true;
}

/* Queues the task by its lease. False: it has none and must be parked. */
static __always_inline bool enqueue_leased(struct task_struct *p, struct task_ctx *t, u64 enq_flags)
{
	if (!lease_take(p, t))
		return false;
	lease_charge(t);
	t->parked_at = now_ns();
	t->slice_left = t->lease_slice_ns;
	t->leased++;
	stat_inc(lease_uses);
	if (!(enq_flags & SCX_ENQ_WAKEUP) || !enqueue_leased_now(p, t, enq_flags))
		enqueue_as_decided(p, t, t->lease_slice_ns, enq_flags);
	return true;
}

/* Its affinity or weight changed: what the policy knew of the task is no longer true. */
static __always_inline void task_changed(struct task_struct *p)
{
	struct task_ctx *t = task_ctx(p);

	if (t)
		lease_revoke(t);
}

/* Ends the lease of one task or of all. 0 or -ESRCH. */
static __always_inline s32 lease_revoke_pid(s32 pid)
{
	struct task_struct *p;
	struct task_ctx *t;

	if (!pid) {
		lease_revoke_all();
		return 0;
	}
	p = bpf_task_from_pid(pid);
	if (!p)
		return -ESRCH;
	bpf_rcu_read_lock();
	t = task_ctx(p);
	if (t)
		lease_revoke(t);
	bpf_rcu_read_unlock();
	bpf_task_release(p);
	return 0;
}

#endif /* SCXB_LEASE_BPF_H */

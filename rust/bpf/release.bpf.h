/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How tasks that wait for the quota of their group are let go: a timer of the group does it, as a
 * period begins, as quota comes back, and for those that must not wait on.
 */
#ifndef SCXB_RELEASE_BPF_H
#define SCXB_RELEASE_BPF_H

#include "cgroups.bpf.h"
#include "direct.bpf.h"
#include "domains.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "park.bpf.h"
#include "park_queues.bpf.h"
#include "queues.bpf.h"
#include "quota.bpf.h"
#include "record.bpf.h"
#include "rings.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"
#include "throttle.bpf.h"
#include "throttle_timer.bpf.h"
#include "time.bpf.h"
#include "timer.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"
#include "wake.bpf.h"
#include "watch.bpf.h"
#include "wire.h"

/*
 * Moves a task from its group's queue to PARK, with a record, as if it came from enqueue. The
 * record is submitted after the move, so no decision comes too early.
 */
static __always_inline bool release_to_park(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					    struct task_ctx *t)
{
	void *ring = ring_for_record(t, task_cpu(p));
	struct scxb_task *rec = reserve_record(t, ring);
	u64 seq, vruntime = t->vruntime;

	if (!rec) {
		stat_inc(congested);
		dsq_move_set(it, opt_slice_ns, vruntime);
		return dsq_move_vtime(it, p, SCXB_DSQ_SYSTEM, 0);
	}
	seq = begin_parking(rec, p, t, 0);
	WRITE_ONCE(t->parked, seq);
	dsq_move_set(it, opt_slice_ns, vruntime);
	if (!dsq_move_vtime(it, p, park_dsq(t->park), 0)) {
		/* Whoever saw it leave may have counted the parking as gone. */
		if (__sync_val_compare_and_swap(&t->parked, seq, 0) != seq)
			stat_inc(queued);
		bpf_ringbuf_discard(rec, BPF_RB_NO_WAKEUP);
		return false;
	}
	begin_next_record(t);
	stat_inc_barrier(queued);
	bpf_ringbuf_submit(rec, agent_wakeup_flags(ring));
	watch_parked();
	return true;
}

/* Lets a task go to where enqueue would send it. */
static __always_inline bool release_task(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					 struct task_ctx *t, bool touch)
{
	bool moved;

	if (!throttle_ends(t))
		return false;
	if (opt_kernel_mode || is_direct_bound(p)) {
		t->parked_at = now_ns();
		dsq_move_set(it, opt_slice_ns, t->vruntime);
		moved = dsq_move_vtime(
			it, p, opt_kernel_mode ? shared_dsq(domain_of_task(p)) : SCXB_DSQ_SYSTEM,
			0);
	} else {
		moved = release_to_park(it, p, t);
	}
	if (!moved) {
		stat_inc(throttled_left);
		return false;
	}
	stat_inc(unthrottled);
	if (touch)
		stat_inc(touched);
	kick_idle(p);
	return true;
}

/* Its wait goes on, for the quota of another group. */
static __always_inline void wait_for_other(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					   struct task_ctx *t, u32 group)
{
	u32 from = READ_ONCE(t->throttled_by);

	if (!from || !release_arm(group, next_period_in(cgroup_at(group), now_ns())))
		return;
	dsq_move_set(it, opt_slice_ns, t->vruntime);
	if (dsq_move_vtime(it, p, throttled_dsq(group), 0))
		__sync_val_compare_and_swap(&t->throttled_by, from, group);
}

/*
 * How long a task may wait before it is touched. Others may wait for what it holds in the kernel;
 * in user space, it only has to run before the kernel's watchdog misses it.
 */
static __always_inline u64 touch_after(const struct task_ctx *t)
{
	u64 most = opt_starved_ns;

	return t->in_user || most < TOUCH_NS ? most : TOUCH_NS;
}

/* What became of a task that was looked at. */
enum looked {
	LOOKED_STAYS,
	LOOKED_RELEASED,
	LOOKED_END, /* no look at further tasks is due */
};

/*
 * Looks at one task of a group's queue. `spare`: the quota lasts for it. `all`: the look is for
 * tasks that must not wait on, too. A function, so that the verifier drops the state of one turn of
 * the loop before the next.
 */
static __noinline s32 release_look(struct bpf_iter_scx_dsq *it, struct task_struct *p, u32 group,
				   bool spare, bool all)
{
	struct task_ctx *t = task_ctx(p);
	u64 now = now_ns();
	u32 by, limited;

	/* See task_ctx_made(). */
	if (!t) {
		if (dsq_move_vtime(it, p, SCXB_DSQ_SYSTEM, 0))
			stat_inc(unthrottled);
		return LOOKED_STAYS;
	}
	limited = limited_group(t);
	by = limited && !never_throttled(p) ? scxb_dry_from(limited, now) : 0;
	if (by == group || !spare) {
		if (by != group && !all)
			return LOOKED_END;
		if (waited_ns(t, now) < (s64)touch_after(t) && !is_dying(p))
			return LOOKED_STAYS;
		release_task(it, p, t, true);
		return LOOKED_STAYS;
	}
	if (by) {
		wait_for_other(it, p, t, by);
		return LOOKED_STAYS;
	}
	return release_task(it, p, t, false) ? LOOKED_RELEASED : LOOKED_STAYS;
}

/*
 * Lets up to `count` tasks of a group go, in fair order, if the quota allows; and those that
 * must not wait on, as far as the look goes. Returns how many went.
 */
__noinline u32 scxb_release(u32 group, u32 count, u32 scan)
{
	u32 n = READ_ONCE(unknown_zero), released = READ_ONCE(unknown_zero);
	bool all = scan >= RESCUE_SCAN_ALL;
	struct task_struct *p;

	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, throttled_dsq(group), 0) {
		s32 looked;

		if (++n > scan)
			break;
		looked = release_look(&___it, p, group, released < count, all);
		if (looked == LOOKED_END)
			break;
		if (looked == LOOKED_RELEASED)
			released++;
	}
	bpf_rcu_read_unlock();
	return released;
}

/* How many tasks the quota is likely to last for. */
static __always_inline u32 release_count(const struct cgroup_ctx *c)
{
	s64 left = READ_ONCE(c->left_ns);

	if (c->quota_ns == QUOTA_NONE)
		return RELEASE_SCAN;
	return left > 0 ? 1 + (u64)left / RELEASE_NS : 0;
}

/*
 * When the timer fires: lets as many tasks go as the quota is likely to last for, and looks again
 * soon if some is left then.
 */
static int release_fired(void *map, u32 *key, struct timer *timer)
{
	u32 group = (*key - TIMER_CGROUPS) % CGROUPS_MAX, count, scan = RELEASE_SCAN;
	struct cgroup_ctx *c = cgroup_at(group);
	u64 now = now_ns(), next;
	bool again = READ_ONCE(c->release_asked);

	WRITE_ONCE(c->release_asked, 0);
	__sync_lock_test_and_set(&c->release_armed, 0);
	quota_refill(group, now);
	count = release_count(c);
	/* Periodically the whole queue, for tasks that must not wait on. */
	if (age_ns(now, c->touch_at) >= 0) {
		scan = RESCUE_SCAN_ALL;
		c->touch_at = now + TOUCH_PERIOD_NS;
	}
	scxb_release(group, count, scan);
	if (!again && !throttled_queued(group))
		return 0;
	next = READ_ONCE(c->left_ns) > 0 ? RELEASE_AGAIN_NS : next_period_in(c, now);
	if (next > TOUCH_PERIOD_NS)
		next = TOUCH_PERIOD_NS;
	if (next < RELEASE_MIN_NS)
		next = RELEASE_MIN_NS;
	if (__sync_val_compare_and_swap(&c->release_armed, 0, 1) == 0 &&
	    bpf_timer_start(&timer->timer, next, 0))
		WRITE_ONCE(c->release_armed, 0);
	return 0;
}

/* Makes the queue and the timer of a group. */
static __always_inline s32 release_init(u32 group)
{
	s32 ret = scx_bpf_create_dsq(throttled_dsq(group), -1);

	cgroup_at(group)->release_armed = 0;
	return ret ?: timer_init(TIMER_CGROUPS + group, release_fired);
}

#endif /* SCXB_RELEASE_BPF_H */

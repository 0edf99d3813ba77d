/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual time: a task's place on the queues that BPF orders (PARK, SYSTEM, and SHARED in kernel
 * mode). A run advances it by the time that it took, weighted. The agent orders decided tasks.
 *
 * A domain's `now` is where its new tasks begin, and where its sleepers begin again. When BPF
 * orders all tasks alone, it follows those that are first in the order when a CPU takes one. While
 * the agent orders them by a time of its own, there is no such order, and it is the furthest
 * vruntime that ran.
 *
 * There is one for each domain, since each switch may write it. But vruntime is the same time in
 * all of them: tasks move between domains, and wait together on SYSTEM. So now and then a domain
 * catches up with the furthest one. A task counts to the domain of its CPU. Looks at SYSTEM take
 * that of the CPU that looks.
 */
#ifndef SCXB_VRUNTIME_BPF_H
#define SCXB_VRUNTIME_BPF_H

#include "agent_out.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "topology.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"
#include "wire.h"

/* Of a domain, in cache lines of its own. Written by its CPUs. */
struct vruntime_now {
	u64 now;
	u64 looked_at; /* ns: when it was last compared with the furthest one */
	u64 pad[6];
};
static struct vruntime_now vruntime_nows[SCXB_MAX_DOMAINS] __attribute__((aligned(64)));

/* The furthest of them. Written by each domain once in VRUNTIME_LOOK_NS at most. */
static struct {
	u64 now;
	u64 told_at; /* ns */
	u64 owner;   /* the domain that told it: this one may take it back, too */
	u64 pad[5];
} vruntime_furthest __attribute__((aligned(64)));

/*
 * Compares a domain with the furthest one. One that ran nothing for a while catches up, and so does
 * any while the agent orders the tasks. When BPF does, and the CPUs of a domain are slower since no
 * task may leave it, its own order matters: it falls behind, but not for ever. All this races with
 * other CPUs, and then comes a little earlier or later than it should.
 */
static __noinline void vruntime_look(u32 domain, u64 now)
{
	struct vruntime_now *v = &vruntime_nows[bounded(domain, SCXB_MAX_DOMAINS)];
	bool runs = age_ns(now, READ_ONCE(v->looked_at)) < 2 * (s64)VRUNTIME_LOOK_NS;
	u64 own = READ_ONCE(v->now), furthest = READ_ONCE(vruntime_furthest.now);

	WRITE_ONCE(v->looked_at, now);
	if (!before(own, furthest) || READ_ONCE(vruntime_furthest.owner) == domain ||
	    (runs &&
	     age_ns(now, READ_ONCE(vruntime_furthest.told_at)) >= 2 * (s64)VRUNTIME_LOOK_NS)) {
		WRITE_ONCE(vruntime_furthest.now, own);
		WRITE_ONCE(vruntime_furthest.told_at, now);
		WRITE_ONCE(vruntime_furthest.owner, domain);
		return;
	}
	if (runs && bpf_orders_alone())
		furthest -= VRUNTIME_LAG_NS;
	if (before(own, furthest))
		WRITE_ONCE(v->now, furthest);
}

/* Not inlined: many places need it, and a machine with one domain none of it. */
static __noinline u64 *vruntime_now_of(u32 domain)
{
	struct vruntime_now *v = &vruntime_nows[bounded(domain, SCXB_MAX_DOMAINS)];
	u64 now = now_ns();

	if (age_ns(now, READ_ONCE(v->looked_at)) >= (s64)VRUNTIME_LOOK_NS)
		vruntime_look(domain, now);
	return &v->now;
}

/* That of a domain, which may be written too. */
static __always_inline u64 *vruntime_now(u32 domain)
{
	return always_one_domain() ? &vruntime_nows[0].now : vruntime_now_of(domain);
}

/* The domain that a task counts to. */
static __always_inline u32 vruntime_domain(const struct task_struct *p)
{
	return always_one_domain() ? 0 : domain_of_cpu(task_cpu(p));
}

static __always_inline void vruntime_now_reaches(u32 domain, u64 vruntime)
{
	u64 *now = vruntime_now(domain);

	if (before(READ_ONCE(*now), vruntime))
		WRITE_ONCE(*now, vruntime);
}

/*
 * A CPU of the domain runs the task that is first in the order. One that has run since it slept
 * shows where the others are: should `now` have gone too far, it comes back. (An urgent task of
 * kernel mode does not: its place follows `now`, which would then go back for ever.)
 */
static __always_inline void vruntime_first(u32 domain, u64 vruntime, bool ran)
{
	u64 *at = vruntime_now(domain);
	u64 now = READ_ONCE(*at);
	s64 ahead = now - vruntime;

	if (ahead < 0)
		WRITE_ONCE(*at, vruntime);
	else if (ran && ahead > (s64)opt_slice_ns && ahead < 2 * (s64)VRUNTIME_LAG_NS)
		WRITE_ONCE(*at, now - ahead / 4);
}

/*
 * The task's vruntime, moved first if need be. A sleeper keeps at most one slice of credit. One
 * that did not sleep keeps its place, since the heavy are rightly behind the light; but not for
 * ever, since what it is worth may change.
 */
static __always_inline u64 clamp_vruntime(struct task_ctx *t, u32 domain)
{
	u64 now = READ_ONCE(*vruntime_now(domain));
	u64 floor = now - (t->exec_runtime ? VRUNTIME_LAG_NS : opt_slice_ns);
	u64 furthest = now + VRUNTIME_LEAD_NS;

	if (before(t->vruntime, floor))
		t->vruntime = floor;
	else if (before(furthest, t->vruntime))
		t->vruntime = furthest;
	return t->vruntime;
}

/*
 * The same for a kernel thread or one of the agent's. The debt of its last run keeps it back for a
 * few slices only, even if its nice value is 19: others may wait for what it holds.
 */
static __always_inline u64 clamp_vruntime_for_system(struct task_ctx *t, u32 domain)
{
	u64 vruntime = clamp_vruntime(t, domain);
	u64 furthest = READ_ONCE(*vruntime_now(domain)) + SYSTEM_DEBT_SLICES * opt_slice_ns;

	return before(furthest, vruntime) ? furthest : vruntime;
}

#endif /* SCXB_VRUNTIME_BPF_H */

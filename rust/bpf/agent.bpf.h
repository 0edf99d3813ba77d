/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The agent: how its threads are recognized, and where they and kernel threads go.
 *
 * Three kinds of tasks bypass the policy. Threads of the agent, known by its tgid, and its vfork
 * child, known by its mm: otherwise fork and exec in the agent would wait for the agent itself.
 * Tracers of the agent, such as strace or a debugger: the agent is stopped until they run. Kernel
 * threads: a page fault of the agent may wait for one.
 */
#ifndef SCXB_AGENT_BPF_H
#define SCXB_AGENT_BPF_H

#include "cpu_taken.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "resume.bpf.h"
#include "shared.bpf.h"
#include "stats.bpf.h"
#include "sync.bpf.h"
#include "system.bpf.h"
#include "system_task.bpf.h"
#include "taken.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "topology.bpf.h"
#include "tunables.h"
#include "vruntime.bpf.h"
#include "wire.h"

/* How many of a tracer's tracees are looked at. The newest come first. */
#define TRACED_SCAN 64

static __noinline bool traces_agent_among(struct task_struct *p)
{
	const u64 to_entry = bpf_core_field_offset(struct task_struct, ptrace_entry);
	u64 head = (u64)&p->ptraced, next = (u64)p->ptraced.next;
	u32 tgid = READ_ONCE(shared.agent.tgid);
	s32 n;

	/* The list may change concurrently: the reads can't fault, and the loop is bounded. */
	bpf_for(n, 0, TRACED_SCAN) {
		if (next == head)
			break;
		if ((u32)BPF_CORE_READ((struct task_struct *)(next - to_entry), tgid) == tgid)
			return true;
		next = (u64)BPF_CORE_READ((struct list_head *)next, next);
	}
	return false;
}

static __always_inline bool traces_agent(struct task_struct *p)
{
	return p->ptraced.next != &p->ptraced && traces_agent_among(p);
}

static __always_inline bool is_agent(struct task_struct *p)
{
	return is_of_agent(p) || traces_agent(p);
}

static __always_inline bool is_round_thread(const struct task_struct *p)
{
	return (u32)p->pid == READ_ONCE(shared.agent.round_pid);
}

/* Tasks that must run for decisions to be made at all. */
static __always_inline bool decisions_depend_on(struct task_struct *p)
{
	return is_round_thread(p) || traces_agent(p);
}

/* Where the round thread last ran; none yet. */
u32 agent_domain = SCXB_MAX_DOMAINS;

/* From ops.running, which runs on another CPU while that changes the thread's affinity. */
static __always_inline void agent_running(const struct task_struct *p)
{
	u32 domain, before;

	if (!is_round_thread(p))
		return;
	domain = domain_of_cpu(task_cpu(p));
	before = READ_ONCE(agent_domain);
	if (domain == before)
		return;
	WRITE_ONCE(agent_domain, domain);
	if (before < SCXB_MAX_DOMAINS)
		stat_inc(agent_moved);
}

/* When the round thread last went to another domain. */
u64 agent_moved_at;

/*
 * For ops.select_cpu. Where all CPUs of its domain are busy, the round thread goes to an idle one
 * of another domain, but seldom: it stays where it finds idle CPUs.
 */
static __always_inline s32 select_for_agent(struct task_struct *p, s32 prev, u64 wake_flags,
					    bool *idle)
{
	s32 cpu = select_idle_near(p, prev, wake_flags, idle);
	u64 now;

	if (always_one_domain() || *idle || !is_round_thread(p))
		return cpu;
	now = now_ns();
	if (age_ns(now, READ_ONCE(agent_moved_at)) < (s64)AGENT_MOVE_NS)
		return cpu;
	cpu = claim_idle_cpu(p, prev);
	if (cpu < 0)
		return prev;
	WRITE_ONCE(agent_moved_at, now);
	*idle = true;
	return cpu;
}

/*
 * Where a thread of the agent wakes if no CPU is idle. The round thread wakes on this CPU, which
 * just queued a record, if that is near; any other would have to be interrupted.
 */
static __always_inline s32 agent_wake_cpu(struct task_struct *p, s32 cpu)
{
	s32 here = bpf_get_smp_processor_id();
	bool near = domain_of_cpu(here) == domain_of_cpu(cpu);

	return cpu_to_wake_on(p, near && is_round_thread(p) && cpu_allowed(p, here) ? here : cpu);
}

/* A process that was killed may still have its id for a while, but no memory. */
static __always_inline bool other_agent_lives(s32 tgid)
{
	s32 other = shared.agent.tgid;
	struct task_struct *p;
	bool lives;

	if (!other || other == tgid)
		return false;
	p = bpf_task_from_pid(other);
	if (!p)
		return false;
	lives = (u64)BPF_CORE_READ(p, mm) == shared.agent.mm;
	bpf_task_release(p);
	return lives;
}

/*
 * Puts the round thread, or a tracer of the agent, on a CPU with preemption: on its own, or on
 * another if a higher class has taken its own. False: there is none.
 */
static __always_inline bool enqueue_agent_now(struct task_struct *p, u64 enq_flags)
{
	s32 own = task_cpu(p), cpu = serving_cpu(p, own);

	if (cpu < 0)
		return false;
	if (!agent_spare_take() || cpu != bpf_get_smp_processor_id()) {
		enq_flags |= SCX_ENQ_PREEMPT;
		note_displaced(cpu);
	}
	dsq_insert(p, cpu == own ? SCX_DSQ_LOCAL : SCX_DSQ_LOCAL_ON | (u32)cpu, opt_slice_ns,
		   enq_flags);
	watch_local();
	return true;
}

/*
 * Tasks that wake are urgent, since others wait for them: kernel threads go to their CPU's local
 * queue; the round thread and tracers also preempt. The rest, and whatever used up its slice,
 * queues on SYSTEM. So does a kernel thread whose CPU is taken: any CPU can take it from SYSTEM.
 */
static __always_inline void enqueue_agent_or_kthread(struct task_struct *p, struct task_ctx *t,
						     u64 enq_flags, bool agent)
{
	bool woken = enq_flags & SCX_ENQ_WAKEUP;
	/* It had to leave a CPU that was taken. */
	bool left = enq_flags & SCX_ENQ_REENQ;

	if (agent)
		stat_inc(agent_direct);
	else
		stat_inc(kthread_direct);

	if (!agent && woken && !left && (p->nr_cpus_allowed == 1 || !cpu_taken(task_cpu(p)))) {
		dsq_insert(p, SCX_DSQ_LOCAL, opt_slice_ns, enq_flags);
		watch_local();
		return;
	}
	if (agent && (woken || left) && decisions_depend_on(p) && enqueue_agent_now(p, enq_flags))
		return;
	enqueue_on_system(p, t, clamp_vruntime_for_system(t, vruntime_domain(p)), enq_flags);
}

#endif /* SCXB_AGENT_BPF_H */

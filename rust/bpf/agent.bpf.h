/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who is scheduled by BPF alone.
 *
 * The agent can't decide about itself: every thread of its process, by tgid,
 * and a vfork child of it, by mm (fork and exec from the agent would deadlock
 * it), goes past the decisions. So does who traces it, a debugger or strace: the
 * agent stands still until that has run. So do kernel threads: a page fault
 * of the agent may need one.
 */
#ifndef SCXB_AGENT_BPF_H
#define SCXB_AGENT_BPF_H

#include "resume.bpf.h"
#include "wake.bpf.h"

/* How many of those that a task traces are looked at. The newest come first. */
#define TRACED_SCAN 64

static __noinline bool traces_agent_among(struct task_struct *p)
{
	const u64 to_entry = bpf_core_field_offset(struct task_struct, ptrace_entry);
	u64 head = (u64)&p->ptraced, next = (u64)p->ptraced.next;
	u32 tgid = READ_ONCE(shared.agent.tgid);
	s32 n;

	/* The list may change meanwhile: these reads can't fault, and end. */
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
	u64 mm;

	/* Read directly: this is asked for each wake-up, and a helper's call costs more. */
	if ((u32)p->tgid == READ_ONCE(shared.agent.tgid))
		return true;
	mm = (u64)p->mm;
	if (mm && mm == READ_ONCE(shared.agent.mm))
		return true;
	return traces_agent(p);
}

static __always_inline bool is_round_thread(const struct task_struct *p)
{
	return (u32)p->pid == READ_ONCE(shared.agent.round_pid);
}

/* Without it no decision is made. */
static __always_inline bool decisions_wait_for(struct task_struct *p)
{
	return is_round_thread(p) || traces_agent(p);
}

/*
 * Where a thread of the agent wakes up if no CPU is idle: the one of the rounds here, where
 * what it is woken for was queued. Another CPU would have to be interrupted.
 */
static __always_inline s32 agent_busy_cpu(struct task_struct *p, s32 cpu)
{
	s32 here = bpf_get_smp_processor_id();

	return cpu_to_wake_on(p, is_round_thread(p) && cpu_allowed(p, here) ? here : cpu);
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

static __always_inline bool is_kthread(struct task_struct *p)
{
	return p->flags & PF_KTHREAD;
}

/*
 * Puts the thread of the rounds, or who traces it, on a CPU with preemption: its own, or
 * another one if a higher class has taken that. False: no CPU will do.
 */
static __always_inline bool enqueue_agent_now(struct task_struct *p, u64 enq_flags)
{
	s32 own = scx_bpf_task_cpu(p), cpu = serving_cpu(p, own);

	if (cpu < 0)
		return false;
	if (!agent_spares_here() || cpu != bpf_get_smp_processor_id()) {
		enq_flags |= SCX_ENQ_PREEMPT;
		give_way(cpu);
	}
	dsq_insert(p, cpu == own ? SCX_DSQ_LOCAL : SCX_DSQ_LOCAL_ON | (u32)cpu, opt_slice_ns,
		   enq_flags);
	watch_local();
	return true;
}

/*
 * Orders: SYSTEM holds what can wait its fair turn. What wakes up goes ahead,
 * for others wait for it: kernel threads at once on their CPU, and the thread
 * that runs the rounds, and who traces it, with preemption. One that used up
 * its slice is no longer urgent, and queues fairly. So does a kernel thread whose
 * CPU is taken: from SYSTEM any CPU takes it.
 */
static __always_inline void enqueue_system(struct task_struct *p, struct task_ctx *t, u64 enq_flags,
					   bool agent)
{
	bool woken = enq_flags & SCX_ENQ_WAKEUP;
	/* It had to leave a CPU that was taken. */
	bool left = enq_flags & SCX_ENQ_REENQ;

	if (agent)
		stat_inc(agent_direct);
	else
		stat_inc(kthread_direct);

	if (!agent && woken && !left &&
	    (p->nr_cpus_allowed == 1 || !cpu_taken(scx_bpf_task_cpu(p)))) {
		dsq_insert(p, SCX_DSQ_LOCAL, opt_slice_ns, enq_flags);
		watch_local();
		return;
	}
	if (agent && (woken || left) && decisions_wait_for(p) && enqueue_agent_now(p, enq_flags))
		return;
	enqueue_on_system(p, t, enq_flags);
}

/* With the option: a task that may run on one CPU only leaves the policy little to decide. */
static __always_inline bool is_kept_bound(const struct task_struct *p)
{
	return opt_direct_bound && p->nr_cpus_allowed == 1;
}

static __always_inline void enqueue_bound(struct task_struct *p, struct task_ctx *t, u64 enq_flags)
{
	stat_inc(bound_direct);
	enqueue_on_system(p, t, enq_flags);
}

/*
 * With the option, from select_cpu: a task whose waker is about to sleep runs next on
 * the waker's CPU, unless others wait there already. Returns that CPU or -1.
 */
static __always_inline s32 keep_sync(struct task_struct *p, u64 wake_flags)
{
	s32 cpu = bpf_get_smp_processor_id();

	if (!opt_direct_sync || !(wake_flags & SCX_WAKE_SYNC) || !cpu_allowed(p, cpu) ||
	    cpu_taken(cpu) || scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | (u32)cpu) != 0)
		return -1;
	dsq_insert(p, SCX_DSQ_LOCAL, opt_slice_ns, 0);
	stat_inc(sync_direct);
	return cpu;
}

/*
 * Nothing is known of the task, and there was no memory to change that. It comes after
 * what runs now. (The kernel's own queue is no place: it goes before everything else.)
 */
static __always_inline void enqueue_unknown(struct task_struct *p, u64 enq_flags)
{
	dsq_insert_vtime(p, SCXB_DSQ_SYSTEM, opt_slice_ns, READ_ONCE(vruntime_now) + opt_slice_ns,
			 enq_flags);
	kick_idle(p);
}

/* How many tasks at the head of SYSTEM are looked at for one that this CPU may run. */
#define SYSTEM_SCAN 32

/*
 * Whether the first task on SYSTEM that this CPU may run has its turn. If all that a look
 * sees is bound to other CPUs, one of two times: none waits for those to come.
 */
__noinline int scxb_system_due(s32 cpu)
{
	struct cpu_ctx *c = this_cpu_ctx();
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, SCXB_DSQ_SYSTEM, 0) {
		if (cpu_allowed(p, cpu))
			return !vtime_before(READ_ONCE(vruntime_now), p->scx.dsq_vtime);
		if (++n >= SYSTEM_SCAN)
			return c && (c->system_turn++ & 1);
	}
	return 0;
}

static __always_inline bool dispatch_system_due(s32 cpu)
{
	return scx_bpf_dsq_nr_queued(SCXB_DSQ_SYSTEM) > 0 && scxb_system_due(cpu) &&
	       dsq_move_to_local(SCXB_DSQ_SYSTEM);
}

#endif /* SCXB_AGENT_BPF_H */

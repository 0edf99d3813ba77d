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
static __always_inline s32 agent_busy_cpu(const struct task_struct *p, s32 cpu)
{
	s32 here = bpf_get_smp_processor_id();

	return is_round_thread(p) && cpu_allowed(p, here) ? here : cpu;
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
 * Orders: SYSTEM holds what can wait its fair turn. What wakes up goes ahead,
 * for others wait for it: kernel threads at once on their CPU, and the thread
 * that runs the rounds, and who traces it, with preemption. One that used up
 * its slice is no longer urgent, and queues fairly.
 */
static __always_inline void enqueue_system(struct task_struct *p, struct task_ctx *t, u64 enq_flags,
					   bool agent)
{
	bool woken = enq_flags & SCX_ENQ_WAKEUP;

	if (agent)
		stat_inc(agent_direct);
	else
		stat_inc(kthread_direct);

	if (!agent && woken) {
		dsq_insert(p, SCX_DSQ_LOCAL, opt_slice_ns, enq_flags);
		return;
	}
	if (agent && woken && decisions_wait_for(p)) {
		s32 cpu = scx_bpf_task_cpu(p);

		if (!agent_spares_here() || cpu != bpf_get_smp_processor_id()) {
			enq_flags |= SCX_ENQ_PREEMPT;
			give_way(cpu);
		}
		dsq_insert(p, SCX_DSQ_LOCAL, opt_slice_ns, enq_flags);
		return;
	}
	dsq_insert_vtime(p, SCXB_DSQ_SYSTEM, opt_slice_ns, vruntime_clamped(t), enq_flags);
	kick_idle(p);
}

/* With the option: a task that may run on one CPU only leaves the policy little to decide. */
static __always_inline bool is_kept_bound(const struct task_struct *p)
{
	return opt_direct_bound && p->nr_cpus_allowed == 1;
}

static __always_inline void enqueue_bound(struct task_struct *p, struct task_ctx *t, u64 enq_flags)
{
	stat_inc(bound_direct);
	dsq_insert_vtime(p, SCXB_DSQ_SYSTEM, opt_slice_ns, vruntime_clamped(t), enq_flags);
	kick_idle(p);
}

/*
 * With the option, from select_cpu: a task whose waker is about to sleep runs next on
 * the waker's CPU, unless others wait there already. Returns that CPU or -1.
 */
static __always_inline s32 keep_sync(struct task_struct *p, u64 wake_flags)
{
	s32 cpu = bpf_get_smp_processor_id();

	if (!opt_direct_sync || !(wake_flags & SCX_WAKE_SYNC) || !cpu_allowed(p, cpu) ||
	    scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | (u32)cpu) != 0)
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

/* Runs the head of SYSTEM when its turn has come. */
static __always_inline bool dispatch_system_due(void)
{
	struct task_struct *p;
	bool due = false;

	if (scx_bpf_dsq_nr_queued(SCXB_DSQ_SYSTEM) <= 0)
		return false;
	bpf_for_each(scx_dsq, p, SCXB_DSQ_SYSTEM, 0) {
		due = !vtime_before(READ_ONCE(vruntime_now), p->scx.dsq_vtime);
		break;
	}
	return due && dsq_move_to_local(SCXB_DSQ_SYSTEM);
}

#endif /* SCXB_AGENT_BPF_H */

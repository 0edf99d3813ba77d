/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that a higher class has taken: a real-time or deadline task runs there, or the kernel's own
 * stopper, or, with a partial switch, an ordinary task. Such a CPU serves none of our queues until
 * the higher class gives it back, and no other CPU can take tasks from its local queue.
 *
 * So no task that may run elsewhere is put on the local queue of a taken CPU, and tasks that are
 * there when the CPU is taken leave: on kernels before 7.1 at once, by ops.cpu_release (and what
 * ran, by ops.stopping), on later ones by the watch. The watch also moves tasks that have waited on
 * the CPU's own queue for the grace. A task that may run on that CPU only has to wait.
 */
#ifndef SCXB_TAKEN_BPF_H
#define SCXB_TAKEN_BPF_H

#include "cpu.bpf.h"
#include "cpu_taken.bpf.h"
#include "domains.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "task.bpf.h"
#include "verifier.bpf.h"
#include "watch.bpf.h"

/* How many tasks of a taken CPU's own queue one look goes through. */
#define LEAVE_SCAN 4096

__noinline s32 scxb_next_serving_cpu(struct task_struct *p __arg_trusted, s32 cpu)
{
	s32 i, found = -EBUSY;

	bpf_rcu_read_lock();
	bpf_for(i, 1, nr_cpus) {
		s32 other = (u32)(cpu + i) % nr_cpus;

		if (cpu_allowed(p, other) && !cpu_offline(other) && !cpu_taken(other)) {
			found = other;
			break;
		}
	}
	bpf_rcu_read_unlock();
	return found;
}

/* This CPU, or if it is taken, the next one that is not and that the task may use. -EBUSY: none. */
static __always_inline s32 serving_cpu(struct task_struct *p, s32 cpu)
{
	return cpu_taken(cpu) ? scxb_next_serving_cpu(p, cpu) : cpu;
}

/* For select_cpu, whose answer is a hint where to queue the task. */
static __always_inline s32 cpu_to_wake_on(struct task_struct *p, s32 cpu)
{
	s32 other = serving_cpu(p, cpu);

	return other < 0 ? cpu : other;
}

/* A task was put on a local queue: if its CPU is taken before it runs, the watch frees it. */
static __always_inline void watch_local(void)
{
	if (bpf_ksym_exists(scx_bpf_dsq_reenq))
		watch();
}

/* Moves tasks that may run elsewhere off the queues of a taken CPU. */
__noinline int scxb_leave_cpu(s32 cpu)
{
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;
	u64 now = now_ns();

	/* Each is enqueued again, with SCX_ENQ_REENQ. */
	if (bpf_ksym_exists(scx_bpf_dsq_reenq) &&
	    scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | (u32)cpu) > 0)
		scx_bpf_dsq_reenq(SCX_DSQ_LOCAL_ON | (u32)cpu, 0);

	bpf_rcu_read_lock();
	bpf_for_each(scx_dsq, p, (u32)cpu, 0) {
		struct task_ctx *t = task_ctx(p);

		if (p->nr_cpus_allowed > 1 && is_late(t, now) &&
		    dsq_move_vtime(&___it, p, shared_dsq(domain_of_task(p)), 0))
			scxb_kick_for_shared(p);
		if (++n >= LEAVE_SCAN)
			break;
	}
	bpf_rcu_read_unlock();
	return 0;
}

/*
 * Frees tasks of all taken CPUs, and wakes idle ones for theirs. True: some task waits for a
 * certain CPU, so the watch must go on.
 */
static __always_inline bool watch_cpus(void)
{
	bool waiting = false;
	s32 cpu;

	bpf_for(cpu, 0, nr_cpus) {
		bool own;

		/*
		 * Hotplug takes care of those. What the kernel defers to an offline CPU is never
		 * done.
		 */
		if (cpu_offline(cpu))
			continue;
		own = own_queued(cpu) > 0;
		waiting |= own;
		/*
		 * A decision from another CPU came while this one looked for work for the last
		 * time: too late for the look, too soon for the idle mark.
		 */
		if (own && take_sleeping_cpu(cpu))
			kick_cpu(cpu);
		if (!own && !(bpf_ksym_exists(scx_bpf_dsq_reenq) &&
			      scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | (u32)cpu) > 0))
			continue;
		if (cpu_taken(cpu)) {
			waiting = true;
			scxb_leave_cpu(cpu);
		}
	}
	return waiting;
}

/* On this CPU. With core scheduling, a task can lose its CPU also to an idle one. */
static __always_inline bool higher_class_waits(void)
{
	const struct rq *rq = bpf_this_cpu_ptr(&runqueues);

	return rq->nr_running > rq->scx.nr_running;
}

/*
 * From ops.stopping, before 7.1. A task that wants to run on, and has some of its slice left, is
 * preempted by a higher class. The kernel puts such a task on the local queue, and there
 * scx_bpf_reenqueue_local() passes it over: the program of ops.cpu_release runs as that task, and a
 * task in a BPF program can't migrate. So the slice is taken from it: then it is enqueued.
 */
static __always_inline void leave_taken_cpu(struct task_struct *p)
{
	struct cpu_ctx *c;

	if (!kernel_tells_of_taken_cpus() || !p->scx.slice || p->nr_cpus_allowed == 1 ||
	    p->migration_pending || !higher_class_waits())
		return;
	c = this_cpu_ctx();
	c->leaving_slice = p->scx.slice;
	WRITE_ONCE(c->leaving_pid, p->pid);
	task_set_slice(p, 0);
}

/* From ops.enqueue: the flags, and the task's slice, as if it came from the local queue. */
static __always_inline u64 left_taken_cpu(struct task_struct *p, u64 enq_flags)
{
	struct cpu_ctx *c;

	if (!kernel_tells_of_taken_cpus())
		return enq_flags;
	c = this_cpu_ctx();
	if (c->leaving_pid != p->pid)
		return enq_flags;
	task_set_slice(p, c->leaving_slice);
	return enq_flags | SCX_ENQ_REENQ;
}

/* From ops.running: what was put aside did not go to a higher class, or the kernel kept it. */
static __always_inline void cpu_not_left(void)
{
	if (kernel_tells_of_taken_cpus())
		WRITE_ONCE(this_cpu_ctx()->leaving_pid, 0);
}

/* From ops.cpu_release, before 7.1: what is on the local queue is enqueued again. */
static __always_inline void cpu_released(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	if (c) {
		WRITE_ONCE(c->released, 1);
		WRITE_ONCE(c->leaving_pid, 0);
	}
	scx_bpf_reenqueue_local();
}

static __always_inline void cpu_acquired(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	if (c)
		WRITE_ONCE(c->released, 0);
}

#endif /* SCXB_TAKEN_BPF_H */

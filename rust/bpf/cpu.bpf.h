/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of a CPU. */
#ifndef SCXB_CPU_BPF_H
#define SCXB_CPU_BPF_H

#include "kernel.bpf.h"
#include "queues.bpf.h"
#include "task.bpf.h"
#include "verifier.bpf.h"
#include "wire.h"

/* Written by ops.init. */
u32 nr_cpus;

/* Each group is written by this CPU only, unless its comment says otherwise. */
struct cpu_ctx {
	u64 dsq_address; /* of its queue: see queues.bpf.h. Written by ops.init */

	/* ops.dispatch: whose turn it is. */
	u64 turn;	 /* odd: SHARED goes first; see decided.bpf.h */
	u64 system_turn; /* odd: SYSTEM goes first, whatever is at its head; see system.bpf.h */
	u64 park_turn;	 /* on which PARK the next look starts; see park_queues.bpf.h */

	/* Rescue: what this CPU's looks have found, so that fewer are needed. See rescue.bpf.h. */
	u64 starved_looked_at; /* ns: when a look for starved tasks last found none */
	u64 all_looked_at;     /* ns: the same, for one through whole queues */
	u64 starved_look_at;   /* ns: when one on its own queue can: see starved_seen.bpf.h */
	u64 overdue_looked_at; /* ns: when a look for overdue tasks last found none */
	u64 late_look_at;      /* ns: when the next look for late tasks can find something */
	u64 next_look_at;      /* ns: before that no look of either kind is due */
	u64 parked_since;      /* ns: no task for this CPU has been parked for longer */
	u64 look_since;	       /* ns: no task that the current look saw was parked before */
	u64 look_late_at;      /* ns: no task that the current look saw is late before */
	u64 look_all;	       /* the current look saw all that this CPU may run */
	u64 look_oldest;       /* ns: no task on the queue that it sees was parked before */
	u64 look_whole;	       /* it saw all of that queue */
	u64 look_cpu;	       /* this CPU */

	/* Other domains: see steal.bpf.h. */
	u64 steal_turn;		  /* at which one the next look is */
	u64 steal_look_at;	  /* ns: when the next look is */
	u64 steal_looked_deep_at; /* ns: the last one through a whole queue */
	u64 idle_since; /* ns: since then it found nothing to run; 0: it did. Read by all */
	u64 placed_by;	/* what the vruntime of what runs lacks to the place that it was given */
	u32 placed;	/* it was */

	/* The first task of all queues that BPF orders, at the last look. See alone.bpf.h. */
	u64 first_dsq; /* SCXB_DSQ_NONE: none waits */
	u64 first_vtime;
	u64 first_since;     /* ns: when it began to wait */
	u32 first_at_head;   /* it is first for all CPUs */
	u32 first_ran;	     /* it shows where others are: see first.bpf.h */
	u32 first_placeless; /* it runs, and has no place in the order: see steal.bpf.h */

	/* A task that the current drain decided is to run here next. See target.bpf.h. */
	u64 next_reserved;

	/* The wake-up in progress on this CPU: from select_cpu to enqueue. See sync.bpf.h. */
	s32 sync_wakee;	   /* pid of the wakee, if its waker is about to sleep */
	bool agent_spares; /* the agent, being woken, must not preempt */

	/* Whether this CPU serves its queues. Read by all CPUs. */
	u64 offline;	   /* written by hotplug, on any CPU */
	u64 released;	   /* a higher class has the CPU; see taken.bpf.h */
	s32 leaving_pid;   /* a higher class is about to take it from this task */
	u64 leaving_slice; /* ns: what was left of that task's slice */

	/* Written by any CPU that sends it a task or the agent. */
	u64 claimed;	   /* idle without the idle mark, not woken yet; see idle.bpf.h */
	s32 displaced_pid; /* what the agent preempts here; see resume.bpf.h */

	/* Written by ops.running and ops.stopping of what runs here. Read by all CPUs. */
	u64 running_at;	 /* ns: since when it runs; 0: nothing of ours does */
	u64 stopped_at;	 /* ns: when a task of ours last stopped here */
	s32 running_pid; /* what runs here, or ran last */
} __attribute__((aligned(128)));

/*
 * An array and not a per-CPU map: to find an entry takes half of the instructions, and another
 * CPU's takes no call. Static, so that the skeleton leaves it out.
 */
static struct cpu_ctx cpu_ctxs[SCXB_MAX_CPUS];

/* That of a CPU that exists. */
static __always_inline struct cpu_ctx *cpu_ctx_at(u32 cpu)
{
	struct cpu_ctx *c = &cpu_ctxs[bounded(cpu, SCXB_MAX_CPUS)];

	/* Else clang computes it again wherever it is used. */
	barrier_var(c);
	return c;
}

static __always_inline struct cpu_ctx *this_cpu_ctx(void)
{
	return cpu_ctx_at(bpf_get_smp_processor_id());
}

/* NULL: there is no such CPU. */
static __always_inline struct cpu_ctx *cpu_ctx_of(s32 cpu)
{
	return (u32)cpu < nr_cpus ? cpu_ctx_at(cpu) : NULL;
}

/*
 * That of the CPU on which a task runs, begins to or stops. Mostly this one. But a task whose nice
 * value or affinity changes while it runs stops and runs again, and these operations come on the
 * CPU that changes it; a CPU without a tick (nohz_full) has its tick on another; and with core
 * scheduling a CPU dispatches for its sibling.
 */
static __always_inline struct cpu_ctx *cpu_ctx_of_running(const struct task_struct *p)
{
	return cpu_ctx_at(task_cpu(p));
}

static __always_inline void running_begins(struct cpu_ctx *c, const struct task_struct *p, u64 now)
{
	WRITE_ONCE(c->running_pid, p->pid);
	WRITE_ONCE(c->running_at, now);
	c->displaced_pid = 0;
}

/* Until another task runs, nothing of ours runs there. */
static __always_inline void running_ends(struct cpu_ctx *c, u64 now)
{
	WRITE_ONCE(c->running_at, 0);
	c->stopped_at = now;
}

/*
 * In ops.dispatch, what the time is, for a look at what is due. A task that does not want to run on
 * stopped right before: so, mostly, the clock need not be read again.
 */
static __always_inline u64 now_in_dispatch(const struct cpu_ctx *c, const struct task_struct *prev)
{
	return prev && !is_runnable(prev) ? c->stopped_at : now_ns();
}

/* The pid of what runs on a CPU, or ran last; 0: nothing did. */
static __always_inline s32 running_pid(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	return c ? READ_ONCE(c->running_pid) : 0;
}

/* From ops.init, after the queues were made. */
static __always_inline void note_own_address(s32 cpu)
{
	struct cpu_ctx *c = cpu_ctx_of(cpu);

	if (c)
		c->dsq_address = dsq_address(cpu);
}

/* The length of a CPU's own queue. */
static __always_inline s32 own_queued_of(const struct cpu_ctx *c, s32 cpu)
{
	return dsq_queued_at(c ? c->dsq_address : 0, cpu);
}

static __always_inline s32 own_queued(s32 cpu)
{
	return own_queued_of(cpu_ctx_of(cpu), cpu);
}

/* One that does not exist is, too: see cpus_init(). */
static __always_inline bool cpu_offline(s32 cpu)
{
	return READ_ONCE(cpu_ctx_at(cpu)->offline);
}

#endif /* SCXB_CPU_BPF_H */

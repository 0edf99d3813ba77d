/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stand-in for the kernel on the host: tasks, dispatch queues, idle CPUs, and their kfuncs. One
 * thing happens at a time. What the real kernel would refuse ends the program, with a message.
 */
#ifndef HOST_KERNEL_H
#define HOST_KERNEL_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* kernel.bpf.h has its own. */
#undef NULL
#undef __always_inline

#include "kernel.bpf.h"
#include "step.h"

/* More than machines have: an agent that runs apart has a CPU after theirs. */
#define HOST_CPUS 64
#define HOST_QUEUES (2 * HOST_CPUS + 160)
/* A power of two. Tasks of a run have ids from 1 on; the agent's is above. */
#define HOST_PIDS (1 << 16)
#define HOST_AGENT_PID (1 << 20)

struct queue;

/* An insert that ops.select_cpu or ops.enqueue asked for: done after they return. */
struct insert {
	bool wanted;
	u64 queue_id;
	u64 slice;
	u64 vtime;
	u64 flags;
	bool ordered;
};

struct host_task {
	struct task_struct p; /* first */
	struct signal_struct signal;
	struct cpumask cpus;
	struct mm_struct {
		int unused;
	} mm;
	struct css_set css;
	struct cgroup cgroup;
	struct kernfs_node node;
	void *storage;

	struct queue *queue;
	u64 number; /* of its insert */
	struct host_task *before, *after;
	struct insert asked;
};

struct queue {
	struct scx_dispatch_q dsq; /* first */
	struct host_task *first, *last;
	bool ordered; /* whether the last insert was */
};

static struct {
	u64 now;
	u32 cpu;		   /* where all of it happens */
	struct host_task *current; /* NULL: the idle task */
	u32 cpus;
	u32 cpu_ids; /* one more if the agent runs apart */
	u32 threads_per_core;
	u32 cpus_per_cache;
	u32 caches_per_node;
	u64 inserts;

	struct queue queues[HOST_QUEUES];
	u32 nr_queues;

	struct rq rqs[HOST_CPUS];
	struct cpumask idle;
	u32 idle_next; /* where the next search begins */

	struct host_task *tasks[HOST_PIDS];
	struct host_task *agent;
	/* The task in ops.select_cpu or ops.enqueue. */
	struct host_task *entering;
} host;

/* The kfuncs declare it as const, and it is only accessed through bpf_per_cpu_ptr(). */
const struct rq runqueues;
static struct task_struct idle_task = { .prio = 120 };

static void fault(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void fault(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "host: at %llu, CPU %u: ", host.now, host.cpu);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(3);
}

/* Reports an effect to the test: in replay.c. */
static struct step *effect(enum step_kind kind, s32 cpu, s32 pid, u32 flags);

static struct host_task *host_task(const struct task_struct *p)
{
	return (struct host_task *)(u64)p;
}

static struct host_task *task_of_pid(s32 pid)
{
	if (pid == HOST_AGENT_PID)
		return host.agent;
	return pid > 0 && pid < HOST_PIDS ? host.tasks[pid] : NULL;
}

static bool mask_has(const struct cpumask *mask, u32 cpu)
{
	return cpu < HOST_CPUS && mask->bits[0] >> cpu & 1;
}

/* Queues. */

static struct queue *find_queue(u64 id)
{
	u32 i;

	for (i = 0; i < host.nr_queues; i++) {
		if (host.queues[i].dsq.id == id)
			return &host.queues[i];
	}
	return NULL;
}

static void add_queue(u64 id)
{
	if (host.nr_queues == HOST_QUEUES)
		fault("no room for the queue %llx", id);
	memset(&host.queues[host.nr_queues], 0, sizeof(struct queue));
	host.queues[host.nr_queues++].dsq.id = id;
}

/* SCX_DSQ_LOCAL is this CPU's. */
static struct queue *queue_of(u64 id, s32 cpu)
{
	struct queue *q = find_queue(id == SCX_DSQ_LOCAL ? SCX_DSQ_LOCAL_ON | (u32)cpu : id);

	if (!q)
		fault("there is no queue %llx", id);
	return q;
}

static bool is_local(const struct queue *q)
{
	return (q->dsq.id & SCX_DSQ_LOCAL_ON) == SCX_DSQ_LOCAL_ON;
}

static u32 cpu_of_local(const struct queue *q)
{
	return q->dsq.id & 0xffffffff;
}

/* A step's name for a queue that is not local: in replay.c, which knows the kernel side's ids. */
static u64 queue_name(u64 id);

static void leave_queue(struct host_task *t)
{
	struct queue *q = t->queue;

	if (!q)
		return;
	*(t->before ? &t->before->after : &q->first) = t->after;
	*(t->after ? &t->after->before : &q->last) = t->before;
	t->before = t->after = NULL;
	q->dsq.nr--;
	t->queue = NULL;
}

/* Puts the task behind another one, or first. */
static void link_behind(struct queue *q, struct host_task *t, struct host_task *before)
{
	t->before = before;
	t->after = before ? before->after : q->first;
	*(before ? &before->after : &q->first) = t;
	*(t->after ? &t->after->before : &q->last) = t;
}

static void enter_queue(struct queue *q, struct host_task *t, u64 flags, bool ordered)
{
	struct host_task *before = q->last;
	struct step *s;

	if (t->queue)
		fault("task %d is on queue %llx already", t->p.pid, t->queue->dsq.id);
	if (q->dsq.nr && q->ordered != ordered)
		fault("queue %llx takes vtime and FIFO inserts", q->dsq.id);
	if (is_local(q) && (ordered || !mask_has(&t->cpus, cpu_of_local(q))))
		fault("task %d on the local queue of CPU %u", t->p.pid, cpu_of_local(q));
	q->ordered = ordered;
	if (ordered) {
		while (before && (s64)(before->p.scx.dsq_vtime - t->p.scx.dsq_vtime) > 0)
			before = before->before;
	} else if (flags & SCX_ENQ_PREEMPT) {
		before = NULL;
	}
	link_behind(q, t, before);
	q->dsq.nr++;
	t->queue = q;
	t->number = ++host.inserts;
	/* An idle CPU is woken. */
	if (is_local(q) && flags & SCX_ENQ_PREEMPT)
		host.idle.bits[0] &= ~(1ULL << cpu_of_local(q));

	s = effect(STEP_INSERT, is_local(q) ? (s32)cpu_of_local(q) : -1, t->p.pid,
		   !!(flags & SCX_ENQ_PREEMPT));
	s->args[0] = is_local(q) ? LOCAL_QUEUES | cpu_of_local(q) : queue_name(q->dsq.id);
	s->args[1] = ordered ? t->p.scx.dsq_vtime : 0;
	s->args[2] = t->p.scx.slice;
}

/* Carries out the insert that the op asked for, after it has returned. */
static bool entered(struct host_task *t)
{
	struct insert a = t->asked;

	host.entering = NULL;
	if (!a.wanted)
		return false;
	t->asked.wanted = false;
	t->p.scx.slice = a.slice;
	if (a.ordered)
		t->p.scx.dsq_vtime = a.vtime;
	enter_queue(queue_of(a.queue_id, t->p.thread_info.cpu), t, a.flags, a.ordered);
	return true;
}

static void ask_insert(struct task_struct *p, struct insert wanted)
{
	struct host_task *t = host_task(p);

	if (t != host.entering || t->asked.wanted)
		fault("task %d is inserted %s", p->pid, t->asked.wanted ? "twice" : "here");
	t->asked = wanted;
	t->asked.wanted = true;
}

u64 scx_bpf_dsq_insert___v2___raw(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags)
{
	ask_insert(p, (struct insert){ .queue_id = dsq_id, .slice = slice, .flags = enq_flags });
	return 1;
}

u64 __scx_bpf_dsq_insert_vtime___raw(struct task_struct *p,
				     struct scx_bpf_dsq_insert_vtime_args *args)
{
	ask_insert(p, (struct insert){ .queue_id = args->dsq_id,
				       .slice = args->slice,
				       .vtime = args->vtime,
				       .flags = args->enq_flags,
				       .ordered = true });
	return 1;
}

s32 scx_bpf_create_dsq(u64 dsq_id, s32 node)
{
	if (find_queue(dsq_id))
		return -EINVAL;
	add_queue(dsq_id);
	return 0;
}

s32 scx_bpf_dsq_nr_queued(u64 dsq_id)
{
	return queue_of(dsq_id, host.cpu)->dsq.nr;
}

/* What a kfunc that returns bool may leave above the lowest 8 bits. */
#define GARBAGE 0xabcdef00ULL

u64 scx_bpf_dsq_move_to_local___v2___raw(u64 dsq_id, u64 enq_flags)
{
	struct queue *q = queue_of(dsq_id, host.cpu);
	struct host_task *t;

	for (t = q->first; t; t = t->after) {
		if (!mask_has(&t->cpus, host.cpu))
			continue;
		leave_queue(t);
		enter_queue(queue_of(SCX_DSQ_LOCAL, host.cpu), t, enq_flags, false);
		return GARBAGE | 1;
	}
	return GARBAGE;
}

struct iterator {
	struct queue *queue; /* first, as in struct bpf_iter_scx_dsq_kern */
	struct host_task *next;
	u64 made; /* when: it sees no task that came later */
	u64 slice;
	u64 vtime;
	u32 reverse;
	u32 set;
};
_Static_assert(sizeof(struct iterator) == sizeof(struct bpf_iter_scx_dsq), "room for it");

int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags)
{
	struct iterator i = { .queue = find_queue(dsq_id),
			      .made = host.inserts,
			      .reverse = !!(flags & SCX_DSQ_ITER_REV) };

	if (i.queue)
		i.next = i.reverse ? i.queue->last : i.queue->first;
	memcpy(it, &i, sizeof(i));
	return i.queue ? 0 : -ENOENT;
}

struct task_struct *(bpf_iter_scx_dsq_next)(struct bpf_iter_scx_dsq *it)
{
	struct iterator *i = (struct iterator *)it;
	struct host_task *t = i->next;

	if (!t)
		return NULL;
	if (t->queue != i->queue)
		fault("task %d left the queue %llx under an iterator", t->p.pid, i->queue->dsq.id);
	i->next = i->reverse ? t->before : t->after;
	return &t->p;
}

void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it)
{
}

void scx_bpf_dsq_move_set_slice(struct bpf_iter_scx_dsq *it, u64 slice)
{
	struct iterator *i = (struct iterator *)it;

	i->slice = slice;
	i->set |= 1;
}

void scx_bpf_dsq_move_set_vtime(struct bpf_iter_scx_dsq *it, u64 vtime)
{
	struct iterator *i = (struct iterator *)it;

	i->vtime = vtime;
	i->set |= 2;
}

static u64 move(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id, u64 flags,
		bool ordered)
{
	struct iterator *i = (struct iterator *)it;
	struct host_task *t = host_task(p);
	u32 set = i->set;

	i->set = 0;
	if (!i->queue || t->queue != i->queue || t->number > i->made)
		return GARBAGE;
	if (set & 1)
		p->scx.slice = i->slice;
	if (set & 2)
		p->scx.dsq_vtime = i->vtime;
	leave_queue(t);
	enter_queue(queue_of(dsq_id, host.cpu), t, flags, ordered);
	return GARBAGE | 1;
}

u64 scx_bpf_dsq_move___raw(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
			   u64 enq_flags)
{
	return move(it, p, dsq_id, enq_flags, false);
}

u64 scx_bpf_dsq_move_vtime___raw(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
				 u64 enq_flags)
{
	return move(it, p, dsq_id, enq_flags, true);
}

/* Only for CPUs that a higher class takes, and there are none. */
void scx_bpf_dsq_reenq(u64 dsq_id, u64 reenq_flags)
{
	fault("queue %llx is to be queued anew", dsq_id);
}

/* CPUs. */

/* All CPUs whose core is idle. */
static struct cpumask whole_cores(void)
{
	struct cpumask whole = { { 0 } };
	u64 core = (1ULL << host.threads_per_core) - 1;
	u32 cpu;

	for (cpu = 0; cpu < host.cpus; cpu += host.threads_per_core) {
		if ((host.idle.bits[0] >> cpu & core) == core)
			whole.bits[0] |= core << cpu;
	}
	return whole;
}

static bool claim(s32 cpu)
{
	if (!mask_has(&host.idle, cpu))
		return false;
	host.idle.bits[0] &= ~(1ULL << cpu);
	return true;
}

/* Claims an idle CPU that is in both masks. CPUs take turns. */
static s32 claim_among(struct cpumask some, const struct cpumask *allowed)
{
	u32 i;

	for (i = 0; i < host.cpus; i++) {
		u32 cpu = (host.idle_next + i) % host.cpus;

		if (mask_has(&some, cpu) && mask_has(allowed, cpu) && claim(cpu)) {
			host.idle_next = (cpu + 1) % host.cpus;
			return cpu;
		}
	}
	return -EBUSY;
}

s32 scx_bpf_pick_idle_cpu(const struct cpumask *cpus_allowed, u64 flags)
{
	s32 cpu = claim_among(whole_cores(), cpus_allowed);

	if (cpu < 0 && !(flags & SCX_PICK_IDLE_CORE))
		cpu = claim_among(host.idle, cpus_allowed);
	return cpu;
}

/* The kernel's own selection: whole cores before others; among each, prev, then its cache, then
 * any. */
static s32 select_idle(const struct host_task *t, s32 prev)
{
	struct cpumask cache = { { 0 } };
	s32 cpu, pass;
	u32 i, first = prev / host.cpus_per_cache * host.cpus_per_cache;

	/* Only for tasks that may run anywhere. */
	if (host.cpus_per_cache < host.cpus && (u32)t->p.nr_cpus_allowed == host.cpus) {
		for (i = first; i < first + host.cpus_per_cache && i < host.cpus; i++)
			cache.bits[0] |= 1ULL << i;
	}
	for (pass = host.threads_per_core == 1; pass < 2; pass++) {
		struct cpumask some = pass ? host.idle : whole_cores();

		if (mask_has(&t->cpus, prev) && mask_has(&some, prev) && claim(prev))
			return prev;
		cpu = claim_among(some, &cache);
		if (cpu < 0)
			cpu = claim_among(some, &t->cpus);
		if (cpu >= 0)
			return cpu;
	}
	return -EBUSY;
}

s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags, bool *is_idle)
{
	s32 cpu = select_idle(host_task(p), prev_cpu);

	*is_idle = cpu >= 0;
	return cpu < 0 ? prev_cpu : cpu;
}

s32 __scx_bpf_select_cpu_and(struct task_struct *p, const struct cpumask *cpus_allowed,
			     struct scx_bpf_select_cpu_and_args *args)
{
	return select_idle(host_task(p), args->prev_cpu);
}

u64 scx_bpf_test_and_clear_cpu_idle___raw(s32 cpu)
{
	return GARBAGE | claim(cpu);
}

void scx_bpf_kick_cpu(s32 cpu, u64 flags)
{
	effect(STEP_KICK, cpu, 0, !!(flags & SCX_KICK_PREEMPT));
}

u32 scx_bpf_nr_cpu_ids(void)
{
	return host.cpu_ids;
}

const struct cpumask *scx_bpf_get_online_cpumask(void)
{
	static const struct cpumask all = { { ~0UL } };

	return &all;
}

const struct cpumask *scx_bpf_get_idle_cpumask(void)
{
	return &host.idle;
}

const struct cpumask *scx_bpf_get_idle_smtmask(void)
{
	static struct cpumask whole;

	whole = whole_cores();
	return &whole;
}

void scx_bpf_put_cpumask(const struct cpumask *cpumask)
{
}

void scx_bpf_put_idle_cpumask(const struct cpumask *cpumask)
{
}

u64 bpf_cpumask_empty___raw(const struct cpumask *cpumask)
{
	return GARBAGE | !cpumask->bits[0];
}

u64 bpf_cpumask_test_cpu___raw(u32 cpu, const struct cpumask *cpumask)
{
	return GARBAGE | mask_has(cpumask, cpu);
}

void *bpf_per_cpu_ptr(const void *variable, u32 cpu)
{
	if (variable != &runqueues)
		fault("a variable of each CPU that is none of the kernel's");
	return cpu < HOST_CPUS ? &host.rqs[cpu] : NULL;
}

/* The host takes no interrupts. */
struct pt_regs___x86_cs *__irq_regs;

void *bpf_this_cpu_ptr(const void *variable)
{
	if (variable != &__irq_regs)
		fault("a variable of this CPU that is none of the kernel's");
	return &__irq_regs;
}

u32 bpf_get_smp_processor_id(void)
{
	return host.cpu;
}

/* Tasks and time. */

struct task_struct *bpf_task_from_pid(s32 pid)
{
	struct host_task *t = task_of_pid(pid);

	return t ? &t->p : NULL;
}

void bpf_task_release(struct task_struct *p)
{
}

struct task_struct *bpf_get_current_task_btf(void)
{
	return host.current ? &host.current->p : &idle_task;
}

u64 bpf_get_current_pid_tgid(void)
{
	struct task_struct *p = bpf_get_current_task_btf();

	return (u64)p->tgid << 32 | (u32)p->pid;
}

void bpf_rcu_read_lock(void)
{
}

void bpf_rcu_read_unlock(void)
{
}

u64 bpf_ktime_get_ns(void)
{
	return host.now;
}

u64 scx_bpf_now(void)
{
	return host.now;
}

u64 scx_bpf_task_set_slice___raw(struct task_struct *p, u64 slice)
{
	p->scx.slice = slice;
	return GARBAGE | 1;
}

void scx_bpf_dump_bstr(char *fmt, unsigned long long *data, u32 data_len)
{
}

#endif /* HOST_KERNEL_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the kernel side's own code, compiled for the host: reads the calls of one machine after
 * another from standard input, and writes them to standard output, each with its effects. See
 * go/internal/lockstep for the steps; tests/differential/differential_test.go compares them.
 *
 * Each machine runs in a process of its own, so that all variables of the kernel side are fresh.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "helpers.h"

#include "wire.h"
/* Its types for BPF are those of kernel.bpf.h. */
#define __bpf__
#include "intf.h"
#undef __bpf__

/* The kernel side's options are constants, which the library sets before loading it. */
#define const
#include "scxbridge.bpf.c"
#undef const

/* The calls of a machine, and the steps to write. */
static struct step *calls;
static u64 nr_calls;
static struct step *done;
static u64 nr_done, room;

static struct step *add_step(struct step s)
{
	if (nr_done == room) {
		room = room ? 2 * room : 4096;
		done = realloc(done, room * sizeof(*done));
	}
	done[nr_done] = s;
	return &done[nr_done++];
}

static struct step *effect(enum step_kind kind, s32 cpu, s32 pid, u32 flags)
{
	return add_step((struct step){
		.at = host.now, .kind = kind, .cpu = cpu, .pid = pid, .flags = flags });
}

static u64 queue_name(u64 id)
{
	if (id - SCXB_DSQ_SHARED < SCXB_MAX_DOMAINS)
		return SHARED_QUEUE | (id - SCXB_DSQ_SHARED);
	if (id == SCXB_DSQ_SYSTEM)
		return SYSTEM_QUEUE;
	return is_park_dsq(id) ? PARK_QUEUES | (id - SCXB_DSQ_PARK) : id;
}

static void sent(const void *record)
{
	const struct scxb_task *r = record;
	struct step *s;

	s = effect(STEP_RECORD, r->cpu, r->pid, r->flags);
	s->args[0] = (u32)r->tgid | (u64)r->nr_cpus_allowed << 32;
	s->args[1] = r->ready_ts;
	s->args[2] = r->start_ts;
	s->args[3] = r->stop_ts;
	s->args[4] = r->exec_runtime;
	s->args[5] = r->vtime;
	s = effect(STEP_RECORD_WEIGHTS, r->cpu, r->pid, 0);
	s->args[0] = r->weight;
	s->args[1] = r->own_weight;
	s = effect(STEP_RECORD_MORE, r->cpu, r->pid, r->leased);
	s->args[0] = r->cgroup_id;
	s->args[1] = r->seq;
	s->args[2] = r->run_ns;
	s->args[3] = r->weighted_ns;
	memcpy(&s->args[4], r->comm, sizeof(r->comm));
}

/* The counters at the last report to the test. */
static struct scxb_stats told;

static void tell_counters(void)
{
	struct scxb_stats sum = {};
	u64 *to = (u64 *)&sum, *before = (u64 *)&told;
	u32 i, cpu, zero = 0, n = sizeof(sum) / sizeof(u64);

	for (cpu = 0; cpu < host.cpu_ids; cpu++) {
		u64 *from = bpf_map_lookup_percpu_elem(&stats, &zero, cpu);

		for (i = 0; i < n; i++)
			to[i] += from[i];
	}
	for (i = 0; i < n; i++) {
		if (to[i] != before[i])
			effect(STEP_COUNTER, -1, i, 0)->args[0] = to[i] - before[i];
	}
	told = sum;
}

static struct host_task *task(const struct step *s)
{
	struct host_task *t = task_of_pid(s->pid);

	if (!t)
		fault("there is no task %d", s->pid);
	return t;
}

static u32 node_of(u32 cpu)
{
	return cpu / host.cpus_per_cache / host.caches_per_node;
}

/* Makes the table of the domain of each CPU, by numbers without gaps. As in rust/domains.rs. */
static void make_domains(struct domain_table *t, const u8 *numbers, u64 closed)
{
	u32 cpu, number, node, places = 0;
	s32 nodes[SCXB_MAX_DOMAINS];

	memset(t, 0, sizeof(*t));
	for (cpu = host.cpus; cpu-- > 0;) {
		if (numbers[cpu] >= t->domains)
			t->domains = numbers[cpu] + 1;
		nodes[numbers[cpu]] = node_of(cpu);
	}
	number = 0;
	for (node = 0; node <= node_of(host.cpus - 1); node++) {
		u32 n, first = number;

		for (n = 0; n < t->domains; n++) {
			if (nodes[n] != (s32)node)
				continue;
			t->by_number[n] = number;
			t->closed[number] = closed >> n & 1;
			t->some_closed |= closed >> n & 1;
			t->begins[number++] = places;
			for (cpu = 0; cpu < host.cpus; cpu++) {
				if (numbers[cpu] != n)
					continue;
				t->of_cpu[cpu] = number - 1;
				t->cpus[places++] = cpu;
			}
		}
		for (n = first; n < number; n++) {
			t->node_begins[n] = first;
			t->node_ends[n] = number;
		}
	}
	t->begins[number] = places;
}

/* As in rust/topology.rs. */
static void make_parks(void)
{
	u32 caches = (host.cpus + host.cpus_per_cache - 1) / host.cpus_per_cache;
	u32 groups = caches < parks_max ? caches : parks_max;
	u32 most = host.cpus < parks_split_cpus ? 1 : parks_max / groups;
	u32 group, cpu = 0, begin;

	opt_parks = 0;
	for (group = 0; group < groups; group++) {
		u32 size, pieces;

		begin = cpu;
		while (cpu < host.cpus && cpu / host.cpus_per_cache * groups / caches == group)
			cpu++;
		size = cpu - begin;
		pieces = size / park_cpus_min;
		if (pieces > most)
			pieces = most;
		if (!pieces)
			pieces = 1;
		for (cpu = begin; cpu < begin + size; cpu++)
			opt_park_of_cpu[cpu] = opt_parks + (cpu - begin) * pieces / size;
		opt_parks += pieces;
	}
}

/* CPUs, threads per core, CPUs per cache, bytes of the ring, agent apart, and flags; then the
 * times, and caches per node. */
static void begin(const struct step *s)
{
	const u64 *a = s->args, *b = s[1].args;
	u8 numbers[HOST_CPUS];
	u32 cpu;

	host.cpus = a[0];
	host.threads_per_core = a[1];
	host.cpus_per_cache = a[2];
	host.caches_per_node = b[5];
	ring.bytes = a[3];
	host.cpu_ids = host.cpus + (a[4] != 0);
	if (!host.cpus || host.cpu_ids > HOST_CPUS - 1)
		fault("machines have 1 to %d CPUs, not %u", HOST_CPUS - 2, host.cpus);

	opt_builtin_idle = !(a[5] & 1);
	opt_direct_bound = !!(a[5] & 2);
	opt_slice_ns = b[0];
	opt_slice_max_ns = b[1];
	opt_grace_ns = b[2];
	opt_window_ns = b[3];
	opt_starved_ns = b[4];

	make_parks();
	for (cpu = 0; cpu < host.cpus; cpu++) {
		numbers[cpu] = a[5] & 4 ? 0 : cpu / host.cpus_per_cache;
		host.idle.bits[0] |= 1ULL << cpu;
	}
	opt_own_domains = !!(a[5] & 8);
	make_domains((struct domain_table *)&opt_domains, numbers, 0);
	opt_one_domain = !opt_own_domains && opt_domains.domains < 2;
	own_domains.tables[0] = *(struct domain_table *)&opt_domains;
	options_set = true;

	for (cpu = 0; cpu < host.cpu_ids; cpu++) {
		add_queue(SCX_DSQ_LOCAL_ON | cpu);
		host.rqs[cpu].curr = &idle_task;
	}
	add_map(&stats, sizeof(struct scxb_stats), 1, HOST_CPUS);
	add_map(&runnable_notes, sizeof(struct runnable_notes), 1, HOST_CPUS);
	add_map(&timers, sizeof(struct timer), HOST_TIMERS, 1);
	storage_size = sizeof(struct task_ctx);
	if (scxb_init())
		fault("ops.init failed");
}

static void init_task(const struct step *s)
{
	struct host_task *t = calloc(1, sizeof(*t));

	t->p.pid = s->pid;
	t->p.tgid = s->flags;
	t->p.prio = 120;
	t->p.policy = SCHED_EXT;
	t->p.signal = &t->signal;
	t->p.group_leader = &t->p;
	t->p.real_parent = &t->p;
	t->p.ptraced.next = &t->p.ptraced;
	t->cpus.bits[0] = s->args[0];
	t->p.cpus_ptr = &t->cpus;
	t->p.nr_cpus_allowed = __builtin_popcountll(s->args[0]);
	t->p.scx.weight = s->args[1];
	t->node.id = s->args[2];
	t->cgroup.kn = &t->node;
	t->css.dfl_cgrp = &t->cgroup;
	t->p.cgroups = &t->css;
	t->p.mm = &t->mm;
	memcpy(t->p.comm, &s->args[3], sizeof(t->p.comm));
	t->p.thread_info.cpu = s->cpu;
	if (s->pid == HOST_AGENT_PID)
		host.agent = t;
	else if (s->pid > 0 && s->pid < HOST_PIDS && !host.tasks[s->pid])
		host.tasks[s->pid] = t;
	else
		fault("a task has the id %d", s->pid);
	if (scxb_init_task(&t->p,
			   &(struct scx_init_task_args){ .fork = true, .cgroup = &t->cgroup }))
		fault("ops.init_task of task %d failed", s->pid);
}

static void exit_task(struct host_task *t)
{
	t->p.flags |= PF_EXITING;
	scxb_disable(&t->p);
	scxb_exit_task(&t->p, &(struct scx_exit_task_args){});
	if (t->queue)
		fault("task %d exits while it is queued", t->p.pid);
	host.tasks[t->p.pid] = NULL;
	free(t->storage);
	free(t);
}

static void enqueue(struct host_task *t, u64 flags)
{
	host.entering = t;
	scxb_enqueue(&t->p, flags);
	if (!entered(t))
		fault("ops.enqueue left task %d nowhere", t->p.pid);
}

static void wake(const struct step *s)
{
	struct host_task *t = task(s);

	t->p.__state = 0;
	t->p.thread_info.cpu = s->args[0];
	if (t->p.nr_cpus_allowed > 1) {
		host.entering = t;
		t->p.thread_info.cpu = scxb_select_cpu_op(&t->p, t->p.thread_info.cpu,
							  s->flags ? 0 : SCX_WAKE_FORK);
		if (entered(t))
			return;
	}
	enqueue(t, s->flags ? SCX_ENQ_WAKEUP : 0);
}

static void run(const struct step *s)
{
	struct queue *local = queue_of(SCX_DSQ_LOCAL, s->cpu);
	struct host_task *t = local->first;

	if (!t)
		fault("task %d is to run, but nothing is on the CPU's local queue", s->pid);
	done[nr_done - 1].pid = t->p.pid;
	leave_queue(t);
	claim(s->cpu);
	t->p.thread_info.cpu = s->cpu;
	host.current = t;
	host.rqs[s->cpu].curr = &t->p;
	t->p.scx.flags |= SCX_TASK_QUEUED;
	scxb_running(&t->p);
}

static void stop(const struct step *s)
{
	struct host_task *t = task(s);

	t->p.__state = s->flags != 0;
	t->p.nvcsw += s->flags == 1;
	scxb_stopping(&t->p, s->flags == 0);
	host.rqs[s->cpu].curr = &idle_task;
	if (s->flags == 2)
		exit_task(t);
}

static void carry_out(const struct step *s, u32 count)
{
	struct scxb_decision *decisions = calloc(count, sizeof(*decisions));
	struct sample *samples = calloc(count, sizeof(*samples));
	u32 i;

	for (i = 0; i < count; i++, s++) {
		decisions[i] = (struct scxb_decision){
			.pid = s->pid,
			.cpu = s->cpu,
			.slice_ns = s->args[0],
			.vtime = s->args[1],
			.flags = s->args[2],
			.seq = s->args[3],
			.lease_ns = s->args[4],
			.lease_count = s->args[5],
			.reserved = s->args[5] >> 32,
		};
		samples[i] = (struct sample){ &decisions[i], sizeof(decisions[i]) };
	}
	flush.samples = samples;
	flush.count = count;
	shared.control.decisions += count;
	if (scxb_flush(NULL) != (s32)count)
		fault("not all %u decisions were carried out", count);
	free(samples);
	free(decisions);
}

static void ask(const struct step *s)
{
	struct scxb_cpu_request request = { .pid = s->pid,
					    .prev_cpu = s->args[0],
					    .flags = s->flags };

	if (scxb_select_cpu(&request))
		fault("scxb_select_cpu failed");
	effect(STEP_ANSWER, request.cpu, 0, 0);
}

static void set_domains(const struct step *s)
{
	u32 cpu, next = (own_domains.in_use + 1) % 2;
	u8 numbers[HOST_CPUS];

	for (cpu = 0; cpu < host.cpus; cpu++)
		numbers[cpu] = s->args[cpu / 16] >> (cpu % 16 * 4) & 15;
	make_domains(&own_domains.tables[next], numbers, s->args[2]);
	own_domains.in_use++;
	scxb_domains_changed(NULL);
}

static void fire(u32 timer)
{
	u32 key = timer;
	int (*callback)(void *, u32 *, struct timer *) = timers_known[timer].callback;

	callback(&timers, &key, (struct timer *)timers_known[timer].timer);
}

static void call(const struct step *s)
{
	u32 decisions = 0;

	host.now = s->at;
	host.cpu = s->cpu >= 0 && s->kind != STEP_DECISION ? s->cpu : 0;
	host.current = host_task(host.rqs[host.cpu].curr ?: &idle_task);
	if (&host.current->p == &idle_task)
		host.current = NULL;

	switch (s->kind) {
	case STEP_BEGIN:
		/* The second step of this kind has the rest. */
		if (s == calls)
			begin(s);
		break;
	case STEP_INIT:
		init_task(s);
		break;
	case STEP_REGISTER:
		host.current = task(s);
		scxb_register(&(u32){ SCXB_REGISTER_ENTER });
		break;
	case STEP_WAKE:
		wake(s);
		break;
	case STEP_ENQUEUE:
		enqueue(task(s), 0);
		break;
	case STEP_DISPATCH:
		scxb_dispatch_op(s->cpu, host.current ? &host.current->p : NULL);
		break;
	case STEP_RUN:
		run(s);
		break;
	case STEP_STOP:
		stop(s);
		break;
	case STEP_IDLE:
		host.idle.bits[0] |= 1ULL << s->cpu;
		break;
	case STEP_WAIT:
		shared.control.waiting = s->flags;
		break;
	case STEP_RECEIVE:
		/* This also removes the samples that only woke the agent. */
		ring.used = s->args[1] * (sizeof(struct scxb_task) + RECORD_HEADER);
		shared.control.heartbeat_ns = s->at;
		break;
	case STEP_DECISION:
		break;
	case STEP_FLUSH:
		while (s - decisions > calls && s[-(s64)decisions - 1].kind == STEP_DECISION)
			decisions++;
		host.current = host.agent;
		shared.control.heartbeat_ns = s->at;
		carry_out(s - decisions, decisions);
		break;
	case STEP_FIRE:
		fire(s->flags);
		break;
	case STEP_ASK:
		host.current = host.agent;
		ask(s);
		break;
	case STEP_REVOKE:
		scxb_revoke(&(struct scxb_lessee){ s->pid });
		break;
	case STEP_DOMAINS:
		set_domains(s);
		break;
	case STEP_END:
		break;
	default:
		fault("call %u is unknown", s->kind);
	}
}

static bool read_all(void *to, u64 bytes)
{
	u64 had = 0;

	while (had < bytes) {
		ssize_t n = read(0, (char *)to + had, bytes - had);

		if (n < 0)
			fault("read the calls: %m");
		if (!n)
			break;
		had += n;
	}
	if (had && had < bytes)
		fault("the calls end in the middle");
	return had;
}

static void write_all(const void *from, u64 bytes)
{
	u64 had = 0;

	while (had < bytes) {
		ssize_t n = write(1, (const char *)from + had, bytes - had);

		if (n <= 0)
			fault("write the steps: %m");
		had += n;
	}
}

/* Runs in a process of its own. */
static void replay(void)
{
	u64 i;

	for (i = 0; i < nr_calls; i++) {
		add_step(calls[i]);
		call(&calls[i]);
		tell_counters();
	}
	write_all(&nr_done, sizeof(nr_done));
	write_all(done, nr_done * sizeof(*done));
	_exit(0); /* leak detection would take longer than all else, and leaks do not matter */
}

int main(void)
{
	int status;
	pid_t child;

	while (read_all(&nr_calls, sizeof(nr_calls))) {
		calls = realloc(calls, nr_calls * sizeof(*calls));
		if (!read_all(calls, nr_calls * sizeof(*calls)))
			fault("there are no calls");
		child = fork();
		if (child < 0)
			fault("fork: %m");
		if (!child)
			replay();
		if (waitpid(child, &status, 0) < 0 || status)
			exit(4); /* the child has said why */
	}
	return 0;
}

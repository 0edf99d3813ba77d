// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel side of scxbridge: all sched_ext operations and all system call programs. Each is a
 * few lines here; the headers do the work, one concern each.
 *
 * A task that wants to run comes to ops.enqueue. It is *parked*: it waits on the queue PARK, and a
 * record about it goes to the agent, a process in user space, through a ring of records. The agent
 * writes a decision into the ring `decisions` and runs the program scxb_flush. That drains the
 * ring and *applies* each decision: it moves the task from PARK to the queue of a CPU, or to
 * SHARED, from which any CPU takes it. A CPU that needs work comes to ops.dispatch.
 *
 * The machine must run on whatever happens to the agent. So a parked task whose decision is late
 * is *rescued*: it runs without one. And the agent, what traces it, and kernel threads are never
 * parked, since decisions may wait for them: if no CPU takes them at once, they wait on the queue
 * SYSTEM.
 *
 * Where to look (NAME.bpf.h; each header compiles alone):
 *
 *   to user space    intf.h, wire.h: the data; maps, shared: the channels; options, stats
 *   the kernel       kernel: its types and functions, on all its versions; verifier; time
 *   state            cpu, task; task_life: updates as a task comes, runs, sleeps, goes
 *   the order        queues: their ids; weight; account: CPU time; vruntime: virtual time; slice;
 *                    preemption_order: whether a task comes before what runs; tunables:
 *                    the numbers of all of these that the simulator has as well
 *   enqueue          agent: its threads; system: the queue SYSTEM; direct: options that keep tasks
 *                    here; resume: tasks displaced by the agent; lease: decisions that repeat;
 *                    park, record, park_queues, rings; parking: how it ends
 *   cgroups          cgroups: their table; cgroup_life; limits; quota; charge: as tasks run;
 *                    throttle: tasks that wait for quota; throttle_timer, release: their ends;
 *                    runnable: who wants a CPU; shares, shares_timer: what weights make of it;
 *                    cgroup_info: what the agent is told of one
 *   waking the agent wake; sync: wakers that are about to sleep
 *   decisions        drain: the ring is read; apply; target: where to; decided: their queues
 *   without the agent  rescue: late, overdue and starved tasks; park_seen, starved_seen: when a
 *                    look can find one; agent_out: it is out of action; kernel_mode: BPF decides
 *                    everything; priority: which tasks have one; alone: the order in both
 *   domains          topology: which CPUs are near; domains: their queues; domains_change: set
 *                    while we run; closed: which are left to themselves; first: the first task of
 *                    several queues; steal: taking from others; steal_soon, steal_timer: for idle
 *                    CPUs; stolen: what was taken; crowded: leaving a full one
 *   CPUs             idle; cpu_taken, taken: by a higher class; hotplug: CPUs that go and come
 *                    back
 *   the library      calls: what it runs outside the rounds
 *   interrupts       interrupted: user space or the kernel
 *   timers           timer; watch: looks after tasks that wait; watch_timer: what it does
 *   the end          exit: why; dump: our state in the kernel's debug dump
 */
#include "agent.bpf.h"
#include "agent_out.bpf.h"
#include "alone.bpf.h"
#include "calls.bpf.h"
#include "charge.bpf.h"
#include "cpu.bpf.h"
#include "cpu_taken.bpf.h"
#include "crowded.bpf.h"
#include "decided.bpf.h"
#include "direct.bpf.h"
#include "domains.bpf.h"
#include "drain.bpf.h"
#include "dump.bpf.h"
#include "exit.bpf.h"
#include "hotplug.bpf.h"
#include "kernel.bpf.h"
#include "kernel_mode.bpf.h"
#include "lease.bpf.h"
#include "limits.bpf.h"
#include "options.bpf.h"
#include "park.bpf.h"
#include "park_queues.bpf.h"
#include "parking.bpf.h"
#include "priority.bpf.h"
#include "queues.bpf.h"
#include "rescue.bpf.h"
#include "resume.bpf.h"
#include "runnable.bpf.h"
#include "shared.bpf.h"
#include "shares_timer.bpf.h"
#include "stats.bpf.h"
#include "steal.bpf.h"
#include "steal_soon.bpf.h"
#include "steal_timer.bpf.h"
#include "sync.bpf.h"
#include "system.bpf.h"
#include "taken.bpf.h"
#include "task.bpf.h"
#include "task_life.bpf.h"
#include "throttle.bpf.h"
#include "topology.bpf.h"
#include "wake.bpf.h"
#include "watch.bpf.h"
#include "watch_timer.bpf.h"
#include "wire.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/select_cpu")
s32 BPF_PROG(scxb_select_cpu_op, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool agent = is_agent(p), idle = false;
	s32 cpu;

	if (!agent) {
		if (is_throttled(p))
			return prev_cpu;
		cpu = insert_direct_sync(p, wake_flags);
		if (cpu >= 0) {
			runnable_without_enqueue(p);
			return cpu;
		}
		if (!opt_builtin_idle) {
			sync_note(p, wake_flags);
			return cpu_to_wake_on(p, prev_cpu);
		}
	}
	cpu = agent ? select_for_agent(p, prev_cpu, wake_flags, &idle)
		    : select_idle_for(p, prev_cpu, wake_flags, &idle);
	/* The CPU of a waker that is about to sleep counts as idle, whatever the waker's class. */
	if (idle && !(cpu == bpf_get_smp_processor_id() && cpu_taken(cpu))) {
		dsq_insert(p, SCX_DSQ_LOCAL, idle_slice(p), 0);
		runnable_without_enqueue(p);
		if (agent) {
			agent_spare_set(false);
			stat_inc(agent_direct);
		} else {
			stat_inc(idle_direct);
		}
		return cpu;
	}
	if (agent)
		return agent_wake_cpu(p, cpu);
	sync_note(p, wake_flags);
	return cpu_to_wake_on(p, cpu);
}

static __always_inline void enqueue_task(struct task_struct *p, u64 enq_flags)
{
	struct task_ctx *t = task_ctx_made(p, enq_flags);
	bool agent;

	enq_flags = left_taken_cpu(p, enq_flags);
	if (!t) {
		enqueue_unknown(p, enq_flags);
		return;
	}
	/* It left its queue without running: its properties change, or its run queue. */
	parking_left(t);
	throttle_left(t);

	if (this_cpu_is_dead()) {
		dsq_insert(p, SCX_DSQ_LOCAL, opt_slice_ns, enq_flags);
		return;
	}
	agent = is_agent(p);
	if (!agent && !is_kthread(p) && enqueue_throttled(p, t, enq_flags))
		return;
	runnable_begins(p, t);
	if (agent || is_kthread(p))
		enqueue_agent_or_kthread(p, t, enq_flags, agent);
	else if (opt_kernel_mode)
		enqueue_kernel_mode(p, t, enq_flags);
	else if (is_direct_bound(p))
		enqueue_direct_bound(p, t, enq_flags);
	else if (!enqueue_resumed(p, t, enq_flags) && !enqueue_leased(p, t, enq_flags))
		park(p, t, enq_flags);
}

SEC("struct_ops/enqueue")
void BPF_PROG(scxb_enqueue, struct task_struct *p, u64 enq_flags)
{
	enqueue_task(p, enq_flags);
	sync_forget();
}

/*
 * Whether no task waits that this CPU might take now. Most CPUs that come to ops.dispatch are about
 * to be idle, so this is worth asking first. Where the queues' places are not known, a look is due.
 */
static __always_inline bool nothing_waits(s32 cpu, const struct cpu_ctx *c,
					  const struct task_struct *prev)
{
	return !has_tasks_at(system_address) && !has_tasks_at(c->dsq_address) &&
	       !has_tasks_at(shared_address_of(cpu)) && !bpf_orders_alone() &&
	       (always_one_domain() || !tasks_may_wait()) &&
	       !look_is_due(c, now_in_dispatch(c, prev));
}

/* True: there is a task for this CPU, or the one that ran goes on. */
static __always_inline bool dispatch_next(s32 cpu, struct cpu_ctx *c, struct task_struct *prev)
{
	u64 now;

	if (nothing_waits(cpu, c, prev)) {
		window_cut();
		return false;
	}
	now = now_ns();
	if (dispatch_system_due(cpu) || rescue_forgotten(cpu, c, now) ||
	    steal_in_order(cpu, c, prev, now))
		return true;
	if (opt_kernel_mode ? take_own(cpu, c) : dispatch_decided(cpu, c))
		return true;
	if (bpf_orders_alone())
		return dispatch_alone(cpu, prev, c, now);
	window_cut();
	if (rescue_late(cpu, c, now) || take_from_system(cpu))
		return true;
	if (system_address && c->dsq_address && shared_address_of(cpu))
		note_next_look(c);
	return false;
}

/* With core scheduling, `cpu` can be a sibling of this CPU. */
SEC("struct_ops/dispatch")
void BPF_PROG(scxb_dispatch_op, s32 cpu, struct task_struct *prev)
{
	struct cpu_ctx *c = cpu_ctx_at(cpu);

	/* The agent may have been preempted between writing and flushing. */
	if (decisions_pending() && drain_decisions() > 0)
		stat_inc(drains);
	if (dispatch_next(cpu, c, prev)) {
		watch_local();
		steal_what_is_left(cpu);
	} else {
		steal_when_idle(c, prev);
		go_on_alone(prev);
	}
}

SEC("struct_ops/running")
void BPF_PROG(scxb_running, struct task_struct *p)
{
	struct cpu_ctx *c = cpu_ctx_of_running(p);
	u64 now = now_ns();

	cpu_not_left();
	running_begins(c, p, now);
	quota_running(p, now);
	if (!always_one_domain()) {
		steal_running(c);
		agent_running(p);
	}
}

SEC("struct_ops/stopping")
void BPF_PROG(scxb_stopping, struct task_struct *p, bool runnable)
{
	struct cpu_ctx *c = cpu_ctx_of_running(p);
	struct task_ctx *t = task_ctx(p);
	u64 now = now_ns();

	if (t) {
		task_stopping(p, t, c, runnable, now);
		quota_stopping(p, t);
		if (!runnable)
			task_sleeps(p, t);
	} else if (!runnable) {
		unknown_task_sleeps(p);
	}
	running_ends(c, now);
	/* A higher class may take the CPU: the watch takes care of tasks that wait for it. */
	if (runnable) {
		leave_taken_cpu(p);
		watch();
	}
}

SEC("struct_ops/disable")
void BPF_PROG(scxb_disable, struct task_struct *p)
{
	task_changes_class(p);
}

SEC("struct_ops/tick")
void BPF_PROG(scxb_tick, struct task_struct *p)
{
	task_tick(p);
	quota_tick(p);
}

SEC("struct_ops/set_weight")
void BPF_PROG(scxb_set_weight, struct task_struct *p, u32 weight)
{
	task_changed(p);
}

SEC("struct_ops/set_cpumask")
void BPF_PROG(scxb_set_cpumask, struct task_struct *p, const struct cpumask *cpumask)
{
	task_changed(p);
}

SEC("struct_ops.s/init_task")
s32 BPF_PROG(scxb_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	return task_init(p, args);
}

SEC("struct_ops/exit_task")
void BPF_PROG(scxb_exit_task, struct task_struct *p, struct scx_exit_task_args *args)
{
	task_exit(p);
	priority_exit(p);
}

SEC("struct_ops.s/cgroup_init")
s32 BPF_PROG(scxb_cgroup_init, struct cgroup *cgrp, struct scx_cgroup_init_args *args)
{
	return limits_cgroup_init(cgrp);
}

SEC("struct_ops.s/cgroup_exit")
void BPF_PROG(scxb_cgroup_exit, struct cgroup *cgrp)
{
	limits_cgroup_exit(cgrp);
}

SEC("struct_ops/cgroup_move")
void BPF_PROG(scxb_cgroup_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	task_moves(p, to);
}

SEC("struct_ops/cgroup_set_weight")
void BPF_PROG(scxb_cgroup_set_weight, struct cgroup *cgrp, u32 weight)
{
	shares_group_changed(cgrp);
}

SEC("struct_ops/cgroup_set_idle")
void BPF_PROG(scxb_cgroup_set_idle, struct cgroup *cgrp, bool idle)
{
	shares_group_changed(cgrp);
}

SEC("struct_ops/cgroup_set_bandwidth")
void BPF_PROG(scxb_cgroup_set_bandwidth, struct cgroup *cgrp, u64 period_us, u64 quota_us,
	      u64 burst_us)
{
	limits_set(cgrp, quota_us, period_us, burst_us);
}

SEC("struct_ops/dump")
void BPF_PROG(scxb_dump, struct scx_dump_ctx *dump)
{
	dump_state(dump);
}

SEC("struct_ops.s/init")
s32 BPF_PROG(scxb_init)
{
	s32 ret;

	/* The library did not load this: without its options nothing works as described. */
	if (!options_set)
		return -EINVAL;
	nr_cpus = scx_bpf_nr_cpu_ids();
	ret = domains_init();
	if (!ret)
		ret = parks_init();
	if (!ret)
		ret = system_init();
	if (!ret)
		ret = cpus_init();
	if (ret)
		return ret;
	WRITE_ONCE(queues_exist, 1);
	ret = watch_init();
	ret = ret ?: window_init();
	ret = ret ?: limits_init();
	ret = ret ?: shares_init();
	return ret ?: steal_init();
}

/* These two are left out where the watch can free a local queue: see taken.bpf.h. */
SEC("struct_ops/cpu_acquire")
void BPF_PROG(scxb_cpu_acquire, s32 cpu, struct scx_cpu_acquire_args *args)
{
	cpu_acquired(cpu);
}

SEC("struct_ops/cpu_release")
void BPF_PROG(scxb_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	cpu_released(cpu);
}

SEC("struct_ops/cpu_online")
void BPF_PROG(scxb_cpu_online, s32 cpu)
{
	cpu_comes(cpu);
}

SEC("struct_ops/cpu_offline")
void BPF_PROG(scxb_cpu_offline, s32 cpu)
{
	cpu_goes(cpu);
}

SEC("struct_ops.s/exit")
void BPF_PROG(scxb_exit, struct scx_exit_info *info)
{
	WRITE_ONCE(queues_exist, 0);
	record_exit(info);
}

SEC(".struct_ops.link")
struct sched_ext_ops scxbridge = {
	.select_cpu = (void *)scxb_select_cpu_op,
	.enqueue = (void *)scxb_enqueue,
	.dispatch = (void *)scxb_dispatch_op,
	.running = (void *)scxb_running,
	.stopping = (void *)scxb_stopping,
	.disable = (void *)scxb_disable,
	.tick = (void *)scxb_tick,
	.set_weight = (void *)scxb_set_weight,
	.set_cpumask = (void *)scxb_set_cpumask,
	.init_task = (void *)scxb_init_task,
	.exit_task = (void *)scxb_exit_task,
	.cgroup_init = (void *)scxb_cgroup_init,
	.cgroup_exit = (void *)scxb_cgroup_exit,
	.cgroup_move = (void *)scxb_cgroup_move,
	.cgroup_set_weight = (void *)scxb_cgroup_set_weight,
	.cgroup_set_idle = (void *)scxb_cgroup_set_idle,
	.cgroup_set_bandwidth = (void *)scxb_cgroup_set_bandwidth,
	.cpu_acquire = (void *)scxb_cpu_acquire,
	.cpu_release = (void *)scxb_cpu_release,
	.cpu_online = (void *)scxb_cpu_online,
	.cpu_offline = (void *)scxb_cpu_offline,
	.dump = (void *)scxb_dump,
	.init = (void *)scxb_init,
	.exit = (void *)scxb_exit,
	.timeout_ms = 30000,
	.name = "scxbridge",
};

/*
 * System call programs, run by the agent with BPF_PROG_TEST_RUN. The library runs those that touch
 * scheduler state only while this scheduler is attached.
 */

/*
 * Makes the caller's process the agent, or lets it leave. -EBUSY while another living process is
 * the agent: two would take each other's records.
 */
SEC("syscall")
int scxb_register(u32 *action)
{
	struct task_struct *p = (struct task_struct *)bpf_get_current_task_btf();

	if (*action == SCXB_REGISTER_LEAVE) {
		if (shared.agent.tgid == p->tgid) {
			shared.agent.tgid = 0;
			shared.agent.mm = 0;
		}
		return 0;
	}
	if (other_agent_lives(p->tgid))
		return -EBUSY;
	shared.agent.mm = (u64)BPF_CORE_READ(p, mm);
	shared.agent.tgid = p->tgid;
	shared.agent.round_pid = p->pid;
	/* Leases that another agent granted are not this one's policy. */
	lease_revoke_all();
	return 0;
}

/* Drains the decisions; the result is their number or -EBUSY. */
SEC("syscall")
int scxb_flush(void *ctx)
{
	u32 pid = (u32)bpf_get_current_pid_tgid();

	if (READ_ONCE(shared.agent.round_pid) != pid)
		WRITE_ONCE(shared.agent.round_pid, pid);
	stat_inc(flushes);
	return drain_decisions();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queue SYSTEM: tasks about which BPF decides alone, in its own fair order. Any CPU that may
 * run a task takes it from there.
 */
#ifndef SCXB_SYSTEM_BPF_H
#define SCXB_SYSTEM_BPF_H

#include "agent_out.bpf.h"
#include "closed.bpf.h"
#include "cpu.bpf.h"
#include "domains.bpf.h"
#include "idle.bpf.h"
#include "kernel.bpf.h"
#include "options.bpf.h"
#include "queues.bpf.h"
#include "system_task.bpf.h"
#include "task.bpf.h"
#include "time.bpf.h"
#include "topology.bpf.h"
#include "tunables.h"
#include "verifier.bpf.h"
#include "vruntime.bpf.h"

static __always_inline void insert_on_system(struct task_struct *p, u64 vtime, u64 enq_flags)
{
	dsq_insert_vtime(p, SCXB_DSQ_SYSTEM, opt_slice_ns, vtime, enq_flags);
	scxb_kick_for_shared(p);
}

static __always_inline void enqueue_on_system(struct task_struct *p, struct task_ctx *t, u64 vtime,
					      u64 enq_flags)
{
	WRITE_ONCE(t->parked_at, now_ns());
	insert_on_system(p, vtime, enq_flags);
}

/*
 * The task has no storage, and there was no memory for it. It queues after what runs now. (The
 * kernel's global queue is no alternative: it goes before everything else.)
 */
static __always_inline void enqueue_unknown(struct task_struct *p, u64 enq_flags)
{
	insert_on_system(p, READ_ONCE(*vruntime_now(vruntime_domain(p))) + opt_slice_ns, enq_flags);
}

/*
 * Takes the first task for this CPU; with several domains, one that last ran in another only when
 * it has waited for a while.
 */
__noinline int scxb_take_from_system(s32 cpu, u32 scan)
{
	u32 n = READ_ONCE(unknown_zero), own = domain_of_cpu(cpu);
	struct task_struct *p;
	u64 now = now_ns();

	bpf_for_each(scx_dsq, p, SCXB_DSQ_SYSTEM, 0) {
		struct task_ctx *t = task_ctx(p);

		if (cpu_allowed(p, cpu) &&
		    (domain_of_cpu(task_cpu(p)) == own ||
		     ((!t || waited_ns(t, now) >= (s64)SYSTEM_NEAR_NS) && may_take(p, cpu))) &&
		    dsq_move(&___it, p, SCX_DSQ_LOCAL, 0))
			return 1;
		if (++n >= scan)
			break;
	}
	return 0;
}

static __always_inline bool take_from_system(s32 cpu)
{
	if (system_queued() <= 0)
		return false;
	if (always_one_domain())
		return dsq_move_to_local(SCXB_DSQ_SYSTEM);
	/* Many that wait for other CPUs may be ahead of one for this CPU. */
	if (scxb_take_from_system(cpu, SYSTEM_SCAN))
		return true;
	if (system_queued() <= SYSTEM_SCAN)
		return false;
	return some_closed() ? scxb_take_from_system(cpu, RESCUE_SCAN_ALL)
			     : dsq_move_to_local(SCXB_DSQ_SYSTEM);
}

/*
 * Whether a task on SYSTEM has its turn: virtual time has come to it. While only urgent tasks of
 * kernel mode run, that stands still, so there it may also have waited for long: others depend on
 * it, and an urgent one can be among these.
 */
static __always_inline bool system_task_due(s32 cpu, struct task_struct *p)
{
	struct task_ctx *t;

	if (!before(READ_ONCE(*vruntime_now(domain_of_cpu(cpu))), p->scx.dsq_vtime))
		return true;
	t = opt_kernel_mode ? task_ctx(p) : NULL;
	return t && waited_ns(t, now_ns()) >= (s64)SYSTEM_URGENT_NS;
}

/*
 * Whether it is the turn of the first task on SYSTEM that this CPU may run. If a look sees only
 * tasks that are bound to other CPUs, every second look says yes: tasks behind them must not
 * wait for those CPUs.
 */
__noinline int scxb_system_due(s32 cpu)
{
	u32 n = READ_ONCE(unknown_zero);
	struct task_struct *p;

	bpf_for_each(scx_dsq, p, SCXB_DSQ_SYSTEM, 0) {
		if (cpu_allowed(p, cpu)) {
			/* Among others of its kind: see alone.bpf.h. */
			if (!others_depend_on(p) && bpf_orders_alone())
				return 0;
			return system_task_due(cpu, p);
		}
		if (++n >= SYSTEM_SCAN)
			return cpu_ctx_at(cpu)->system_turn++ & 1;
	}
	return 0;
}

static __always_inline bool dispatch_system_due(s32 cpu)
{
	return system_queued() > 0 && scxb_system_due(cpu) && take_from_system(cpu);
}

static __always_inline s32 system_init(void)
{
	s32 ret = create_dsqs(SCXB_DSQ_SYSTEM, 1);

	if (!ret)
		system_address = dsq_address(SCXB_DSQ_SYSTEM);
	return ret;
}

#endif /* SCXB_SYSTEM_BPF_H */

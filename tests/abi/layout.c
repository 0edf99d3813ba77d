/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proves at compile time that what crosses to the kernel side (rust/bpf/intf.h)
 * is what the public header says. Nothing to run.
 */
#include <stddef.h>

/* The same names stand in both: those of the wire get another. */
#define scxb_task wire_task
#define scxb_decision wire_decision
#define scxb_cpu_request wire_cpu_request
#include "intf.h"
#undef scxb_task
#undef scxb_decision
#undef scxb_cpu_request

enum {
	WIRE_SCXB_COMM_LEN = SCXB_COMM_LEN,
	WIRE_SCXB_REASON_LEN = SCXB_REASON_LEN,
	WIRE_SCXB_MESSAGE_LEN = SCXB_MESSAGE_LEN,
	WIRE_SCXB_MAX_CPU_REQUESTS = SCXB_MAX_CPU_REQUESTS,
	WIRE_SCXB_CPU_ANY = SCXB_CPU_ANY,
	WIRE_SCXB_CPU_PICK_IDLE = SCXB_CPU_PICK_IDLE,
	WIRE_SCXB_DECISION_PREEMPT = SCXB_DECISION_PREEMPT,
	WIRE_SCXB_DECISION_PREEMPT_LATER = SCXB_DECISION_PREEMPT_LATER,
	WIRE_SCXB_LEASE_MAX_NS = SCXB_LEASE_MAX_NS,
	WIRE_SCXB_PRIORITY_URGENT_MAX = SCXB_PRIORITY_URGENT_MAX,
	WIRE_SCXB_PRIORITY_MAX = SCXB_PRIORITY_MAX,
	WIRE_SCXB_MAX_PRIORITIES = SCXB_MAX_PRIORITIES,
};
#undef SCXB_COMM_LEN
#undef SCXB_REASON_LEN
#undef SCXB_MESSAGE_LEN
#undef SCXB_MAX_CPU_REQUESTS
#undef SCXB_CPU_ANY
#undef SCXB_CPU_PICK_IDLE
#undef SCXB_DECISION_PREEMPT
#undef SCXB_DECISION_PREEMPT_LATER
#undef SCXB_LEASE_MAX_NS
#undef SCXB_PRIORITY_URGENT_MAX
#undef SCXB_PRIORITY_MAX
#undef SCXB_MAX_PRIORITIES

#include "scxbridge.h"
/* Of the kernel: SCX_ENQ_* of rust/bpf/kernel.bpf.h, as KERNEL_ENQ_*. */
#include "kernel_enq.h"

/* run.sh looks whether every constant of both headers is here. */
#define SAME(name) _Static_assert(name == WIRE_##name, #name " differs")
SAME(SCXB_COMM_LEN);
SAME(SCXB_REASON_LEN);
SAME(SCXB_MESSAGE_LEN);
SAME(SCXB_MAX_CPU_REQUESTS);
SAME(SCXB_CPU_ANY);
SAME(SCXB_CPU_PICK_IDLE);
SAME(SCXB_DECISION_PREEMPT);
SAME(SCXB_DECISION_PREEMPT_LATER);
SAME(SCXB_LEASE_MAX_NS);
SAME(SCXB_PRIORITY_URGENT_MAX);
SAME(SCXB_PRIORITY_MAX);
SAME(SCXB_MAX_PRIORITIES);

_Static_assert(SCXB_ENQ_WAKEUP == KERNEL_ENQ_WAKEUP, "SCXB_ENQ_WAKEUP differs");
_Static_assert(SCXB_ENQ_REENQ == KERNEL_ENQ_REENQ, "SCXB_ENQ_REENQ differs");

#define SAME_SIZE(type)                                                          \
	_Static_assert(sizeof(struct scxb_##type) == sizeof(struct wire_##type), \
		       #type " differs in size")
#define SAME_FIELD(type, field)                                                                    \
	_Static_assert(offsetof(struct scxb_##type, field) == offsetof(struct wire_##type, field), \
		       #type "." #field " is elsewhere");                                          \
	_Static_assert(sizeof(((struct scxb_##type *)0)->field) ==                                 \
			       sizeof(((struct wire_##type *)0)->field),                           \
		       #type "." #field " differs in size")

SAME_SIZE(task);
SAME_FIELD(task, pid);
SAME_FIELD(task, tgid);
SAME_FIELD(task, cpu);
SAME_FIELD(task, nr_cpus_allowed);
SAME_FIELD(task, flags);
SAME_FIELD(task, start_ts);
SAME_FIELD(task, stop_ts);
SAME_FIELD(task, exec_runtime);
SAME_FIELD(task, weight);
SAME_FIELD(task, vtime);
SAME_FIELD(task, cgroup_id);
SAME_FIELD(task, seq);
SAME_FIELD(task, comm);

SAME_SIZE(decision);
SAME_FIELD(decision, pid);
SAME_FIELD(decision, cpu);
SAME_FIELD(decision, slice_ns);
SAME_FIELD(decision, vtime);
SAME_FIELD(decision, flags);
SAME_FIELD(decision, seq);

SAME_SIZE(cpu_request);
SAME_FIELD(cpu_request, pid);
SAME_FIELD(cpu_request, prev_cpu);
SAME_FIELD(cpu_request, cpu);
SAME_FIELD(cpu_request, flags);

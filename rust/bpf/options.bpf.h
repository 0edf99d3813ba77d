/* Generated from rust/options.toml by `make generate`; do not edit. */
/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options: set by the library, which has the defaults, and frozen at load. It sets options_set
 * last; ops.init refuses to run without it.
 */
#ifndef SCXB_OPTIONS_BPF_H
#define SCXB_OPTIONS_BPF_H

#include "kernel.bpf.h"

const volatile bool options_set;

/*
 * A decided task that has waited for this long goes ahead of its order: half of the watchdog's
 * time, so that it never finds one first.
 */
const volatile u64 opt_starved_ns;

/*
 * How long a parked task waits for its decision before the kernel side runs it; 0: not at all,
 * where a CPU is free for it.
 */
const volatile u64 opt_grace_ns;

/* Time slice where the kernel side decides alone, and of a decision that gives 0. */
const volatile u64 opt_slice_ns;

/* Upper bound of a decision's slice. */
const volatile u64 opt_slice_max_ns;

/* Room for the kernel's debug dump after an error. */
const volatile u32 opt_exit_dump_len;

/*
 * How long the agent may sleep on while all CPUs are busy, to decide about many tasks at once;
 * 0: it is woken at once. It is woken before when a CPU runs out of decided tasks.
 */
const volatile u64 opt_window_ns;

/* A task that wakes up and finds an idle CPU runs there at once, without a record. */
const volatile bool opt_builtin_idle;

/* Schedule only tasks of policy SCHED_EXT, and leave all others to the kernel. */
const volatile bool opt_partial;

/*
 * The kernel side alone schedules tasks that may run on one CPU only, fairly by weight,
 * without a record.
 */
const volatile bool opt_direct_bound;

/*
 * A task whose waker is about to sleep (a synchronous wake-up) runs next on the waker's CPU,
 * without a record, unless others wait there.
 */
const volatile bool opt_direct_sync;

/*
 * The kernel side decides about every task by itself, in fair order (kernel mode), and no
 * record is sent; tasks can be given a priority.
 */
const volatile bool opt_kernel_mode;

/*
 * Leave limits of cgroups (cpu.max) to nobody: a task runs although its group's quota is used
 * up.
 */
const volatile bool opt_ignore_cgroup_limits;

/*
 * Leave weights of cgroups (cpu.weight, cpu.idle) to nobody: a task counts by its own weight
 * only.
 */
const volatile bool opt_ignore_cgroup_weights;

/*
 * The program may set the domains, before it attaches and while the scheduler runs. Until then
 * they are as without.
 */
const volatile bool opt_own_domains;

/*
 * When a task ends that had a record, a last record says so. It wakes nobody: it comes with
 * those of others.
 */
const volatile bool opt_ends;

#endif /* SCXB_OPTIONS_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of the kernel side that the simulator (go/scxtest) needs too: `make generate` makes
 * go/scxtest/tunables.go from them. Plain numbers only, since cgo evaluates them.
 */
#ifndef SCXB_TUNABLES_H
#define SCXB_TUNABLES_H

/*
 * park_queues.bpf.h: at most this many queues PARK, since every look goes through all of them. If
 * there are more caches, some share a queue. If there are fewer, and at least so many CPUs, the
 * CPUs of a cache have several queues, each for at least two CPUs.
 */
#define PARKS_MAX 8
#define PARKS_SPLIT_CPUS 8
#define PARK_CPUS_MIN 2

/*
 * vruntime.bpf.h: on SYSTEM, the debt of a task's last run delays it by at most this many slices.
 */
#define SYSTEM_DEBT_SLICES 4

/* system.bpf.h: how many tasks at the head of SYSTEM are looked at for one that a CPU may run. */
#define SYSTEM_SCAN 32

/*
 * preemption_order.bpf.h: minimum lead in vtime before a task preempts: a switch costs, and
 * wakers often sleep soon.
 */
#define ORDER_MARGIN_NS 1000000ULL

/* resume.bpf.h: a rest of a slice below this is not worth a switch. */
#define RESUME_MIN_NS 100000ULL

/* watch.bpf.h: bounds of the watch's period, which is half of the grace. */
#define WATCH_MIN_NS 1000000ULL
#define WATCH_MAX_NS 10000000ULL

/* rescue.bpf.h: how many parked tasks one look goes through, from each end. */
#define RESCUE_SCAN 32
/* The same for a look through a whole queue, and how often there is one. */
#define RESCUE_SCAN_ALL (1 << 16)
#define SCAN_ALL_PERIOD_NS 1000000000ULL
/* A parked task that waits for at least this long goes before decided ones; how often to look. */
#define OVERDUE_MIN_NS 50000000ULL
#define OVERDUE_PERIOD_NS 10000000ULL

/*
 * charge.bpf.h: how much of its group's quota a task takes in advance. About a tick, since a task
 * can be stopped at a tick only.
 */
#define QUOTA_CHUNK_NS 4000000LL
/* charge.bpf.h: for at most so many ticks a task in the kernel goes on without quota. */
#define QUOTA_OVERRUN_TICKS 10
/* quota.bpf.h: for at most so many periods without a look the quota is added. */
#define QUOTA_PERIODS_MAX 1000
/*
 * release.bpf.h: for each so much quota one waiting task is let go, and if then quota is left, the
 * next look comes so soon.
 */
#define RELEASE_NS 1000000ULL
#define RELEASE_AGAIN_NS 1000000ULL
/* The next look is not sooner than this. */
#define RELEASE_MIN_NS 100000ULL
/* How many tasks such a look goes through. */
#define RELEASE_SCAN 64
/*
 * A task that may be in the kernel is touched after waiting for so long; how often to look for one.
 */
#define TOUCH_NS 100000000ULL
#define TOUCH_PERIOD_NS 100000000ULL

/*
 * shares.bpf.h: how often what groups are worth is computed anew; and how often all of them are
 * looked at.
 */
#define SHARES_PERIOD_NS 10000000ULL
#define SHARES_ALL_PERIOD_NS 1000000000ULL
/* How many each time. */
#define SHARES_LOOK 512

/*
 * vruntime.bpf.h: how far a task that did not sleep can be behind or ahead of the others. Weights
 * below that are not kept exactly.
 */
#define VRUNTIME_LAG_NS 1000000000ULL
#define VRUNTIME_LEAD_NS 2000000000ULL
/* vruntime.bpf.h: how often a domain's `now` is compared with the furthest one. */
#define VRUNTIME_LOOK_NS 5000000ULL
/* A task that is light by what was set for it gets a part of a slice, but at least this one's. */
#define LIGHT_SLICE_PARTS 20
/* agent_out.bpf.h: if the agent is not seen for so many times the grace, it is out of action. */
#define AGENT_OUT_GRACES 100
/* alone.bpf.h: how many tasks at the head of a queue are looked at for one that a CPU may run. */
#define ALONE_SCAN 32

/*
 * steal_timer.bpf.h: a task that has waited for so long goes to a CPU of another domain that has
 * been idle for so long; how often one is looked for.
 */
#define STEAL_AFTER_NS 1500000ULL
#define STEAL_LOOK_NS 500000ULL
/*
 * steal.bpf.h: how often a busy CPU looks at another domain; and how long, after taking a task, it
 * takes no other, and no other busy CPU takes that task. It takes one that is so much earlier in
 * order, or has waited so much longer, than its own, and has waited for so long in any case; or one
 * that is so far before its own, however short it has waited.
 */
#define STEAL_PERIOD_NS 2000000ULL
#define STEAL_PAUSE_NS 200000000ULL
#define STEAL_MARGIN_NS 50000000ULL
#define STEAL_WAIT_NS 5000000ULL
#define STEAL_FAR_NS 100000000ULL
/*
 * crowded.bpf.h: at how many wake-ups in a row all CPUs of its domain must be busy before a task
 * leaves it; and for how long it then stays where it went.
 */
#define CROWDED_WAKEUPS 16
#define CROWDED_PAUSE_NS 500000000ULL
/* rescue.bpf.h: after so many graces, a late task is rescued by a busy CPU of any domain. */
#define LATE_FAR_GRACES 4
/* system.bpf.h: after waiting for so long, a task on SYSTEM is taken by a CPU of any domain. */
#define SYSTEM_NEAR_NS 10000000ULL
/*
 * system.bpf.h: in kernel mode, after waiting for so long a task on SYSTEM goes before urgent ones.
 * With slices of 5 ms that is 5 %, as much as the kernel's deadline server leaves to other classes.
 */
#define SYSTEM_URGENT_NS 100000000ULL
/* agent.bpf.h: how seldom the agent looks for an idle CPU outside its domain. */
#define AGENT_MOVE_NS 500000000ULL

#endif /* SCXB_TUNABLES_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of the kernel side that the simulator (go/scxtest) needs too: `make generate` makes
 * go/scxtest/tunables.go from them. Plain numbers only, since cgo evaluates them.
 */
#ifndef SCXB_TUNABLES_H
#define SCXB_TUNABLES_H

/*
 * park_queues.bpf.h: at most this many queues PARK, since every look goes through all of them. If
 * there are more caches, some share a queue.
 */
#define PARKS_MAX 8

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
/* A task that is light by what was set for it gets a part of a slice, but at least this one's. */
#define LIGHT_SLICE_PARTS 20
/* agent_out.bpf.h: if the agent is not seen for so many times the grace, it is out of action. */
#define AGENT_OUT_GRACES 100
/* alone.bpf.h: how many tasks at the head of a queue are looked at for one that a CPU may run. */
#define ALONE_SCAN 32

#endif /* SCXB_TUNABLES_H */

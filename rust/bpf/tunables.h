/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers of the kernel side that the simulator (go/scxtest) must have as well. `make generate`
 * makes go/scxtest/tunables.go of them. Plain numbers only: cgo evaluates them.
 */
#ifndef SCXB_TUNABLES_H
#define SCXB_TUNABLES_H

/*
 * park_queues.bpf.h: how many queues PARK there are at most. Every look goes through all of
 * them. Where there are more caches, some share one.
 */
#define PARKS_MAX 8

/* vruntime.bpf.h: the debt of a task's last run keeps it back on SYSTEM for these many slices only.
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

/* watch.bpf.h: how often the watch looks; in between it is half of the grace. */
#define WATCH_MIN_NS 1000000ULL
#define WATCH_MAX_NS 10000000ULL

/* rescue.bpf.h: how many parked tasks one look goes through, from each end. */
#define RESCUE_SCAN 32
/* One that goes through a whole queue, from its beginning, and how often there is one. */
#define RESCUE_SCAN_ALL (1 << 16)
#define SCAN_ALL_PERIOD_NS 1000000000ULL
/* A late task goes before decided ones when it is as late as this; how often that is looked for. */
#define OVERDUE_MIN_NS 50000000ULL
#define OVERDUE_PERIOD_NS 10000000ULL

#endif /* SCXB_TUNABLES_H */

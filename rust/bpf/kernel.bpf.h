/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as the BPF side sees it: the few types and fields that are used
 * (CO-RE relocates them), the constants of the stable interface, the kfuncs,
 * and one wrapper for each kfunc whose name or arguments changed. A wrapper
 * chooses by what the running kernel has, never by its version; libbpf
 * resolves bpf_ksym_exists() at load time and the verifier drops the branch
 * that is not taken.
 */
#ifndef SCXB_KERNEL_BPF_H
#define SCXB_KERNEL_BPF_H

typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __u8 u8;
typedef __u16 u16;
typedef __s32 s32;
typedef __u32 u32;
typedef __s64 s64;
typedef __u64 u64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

/* include/uapi/linux/bpf.h: values of the stable user-space interface. */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
	BPF_MAP_TYPE_USER_RINGBUF = 31,
};
enum {
	BPF_F_NO_PREALLOC = 1U << 0,
	BPF_F_MMAPABLE = 1U << 10,
};
enum {
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1ULL << 0,
};
enum {
	BPF_RB_NO_WAKEUP = 1ULL << 0,
	BPF_RB_FORCE_WAKEUP = 1ULL << 1,
};
enum {
	BPF_RB_AVAIL_DATA = 0,
	BPF_RB_RING_SIZE = 1,
	BPF_RB_CONS_POS = 2,
	BPF_RB_PROD_POS = 3,
};

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "verifier.bpf.h"

#define EINVAL 22
#define EBUSY 16
#define ESRCH 3
#define ENOENT 2
#define ENODATA 61
#define ENOMEM 12

#define CLOCK_MONOTONIC 1
#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000
#define SIGNAL_GROUP_EXIT 0x00000004
/* include/linux/sched/prio.h: real-time and deadline tasks, and tasks that inherit from them, are
 * below. */
#define MAX_RT_PRIO 100
#define SCHED_EXT 7
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	u64 id;
};

struct cgroup;

/* A cgroup, as one controller sees it. */
struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	int level; /* 0: the root */
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[1];
};

/* A limit, as the kernel's own scheduler keeps it; ns. */
struct cfs_bandwidth {
	s64 period;
	u64 quota;
	u64 burst;
};

/* A cgroup, as the cpu controller sees it. */
struct task_group {
	struct cgroup_subsys_state css;
	unsigned long shares;
	struct cfs_bandwidth cfs_bandwidth;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct list_head {
	struct list_head *next;
};

struct cpumask {
	unsigned long bits[1];
};

struct scx_dispatch_q {
	u32 nr;
	u64 id;
};

/* What the memory of an iterator over a queue holds. */
struct bpf_iter_scx_dsq_kern {
	struct scx_dispatch_q *dsq;
};

struct sched_ext_entity {
	u32 flags;
	u32 weight;
	u64 slice;
	u64 dsq_vtime;
};

struct mm_struct;

struct sched_entity {
	u64 sum_exec_runtime; /* ns: CPU time, as the kernel accounts it to the cgroup */
};

typedef struct {
	int counter;
} atomic_t;

/* What the threads of a process have in common. */
struct signal_struct {
	atomic_t live; /* how many have not begun to exit */
	unsigned int flags;
};

struct thread_info {
	u32 cpu;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state; /* 0: it runs, or wants to */
	unsigned long nvcsw;  /* how often it went to sleep */
	unsigned int flags;
	int exit_state;
	s32 pid;
	s32 tgid;
	int prio;
	unsigned int policy;
	int nr_cpus_allowed;
	u64 start_boottime; /* ns */
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct signal_struct *signal;
	const struct cpumask *cpus_ptr;
	void *migration_pending; /* it is about to be moved, by its CPU's stopper */
	/* Not used; makes clang emit the type, by which kfuncs are matched. */
	struct cpumask cpus_mask;
	struct mm_struct *mm;
	struct list_head ptraced; /* the tasks that it traces, each by its ptrace_entry */
	struct list_head ptrace_entry;
	struct css_set *cgroups;
	struct task_group *sched_task_group; /* the nearest with the cpu controller */
	struct sched_entity se;
	struct sched_ext_entity scx;
	char comm[16];
};

struct scx_rq {
	u32 nr_running;
};

struct rq {
	unsigned int nr_running; /* of all classes */
	struct task_struct *curr;
	struct scx_rq scx;
};

struct scx_cpu_acquire_args;

struct scx_cpu_release_args {
	struct task_struct *task;
};

struct scx_init_task_args {
	bool fork;
	struct cgroup *cgroup; /* with the cpu controller */
};

struct scx_cgroup_init_args;

struct scx_exit_task_args {
	bool cancelled;
};

struct scx_dump_ctx {
	u64 at_ns;
};

/* Its value depends on the kernel's configuration. */
enum cgroup_subsys_id {
	cpu_cgrp_id,
};

enum scx_exit_kind {
	SCX_EXIT_NONE = 0,
};

struct scx_exit_info {
	enum scx_exit_kind kind;
	s64 exit_code;
	const char *reason;
	char *msg;
	char *dump;
};

#pragma clang attribute pop

struct bpf_timer {
	u64 __opaque[2];
} __attribute__((aligned(8)));

struct bpf_iter_scx_dsq {
	u64 __opaque[6];
} __attribute__((aligned(8)));

struct bpf_iter_num {
	u64 __opaque[1];
} __attribute__((aligned(8)));

struct bpf_dynptr {
	u64 __opaque[2];
} __attribute__((aligned(8)));

/*
 * The operations that we implement; libbpf matches members to the kernel's struct by name, so their
 * order does not matter and members may be left out.
 */
struct sched_ext_ops {
	s32 (*select_cpu)(struct task_struct *p, s32 prev_cpu, u64 wake_flags);
	void (*enqueue)(struct task_struct *p, u64 enq_flags);
	void (*dispatch)(s32 cpu, struct task_struct *prev);
	void (*running)(struct task_struct *p);
	void (*stopping)(struct task_struct *p, bool runnable);
	void (*disable)(struct task_struct *p);
	void (*tick)(struct task_struct *p);
	void (*set_weight)(struct task_struct *p, u32 weight);
	void (*set_cpumask)(struct task_struct *p, const struct cpumask *cpumask);
	s32 (*init_task)(struct task_struct *p, struct scx_init_task_args *args);
	void (*exit_task)(struct task_struct *p, struct scx_exit_task_args *args);
	s32 (*cgroup_init)(struct cgroup *cgrp, struct scx_cgroup_init_args *args);
	void (*cgroup_exit)(struct cgroup *cgrp);
	void (*cgroup_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to);
	void (*cgroup_set_weight)(struct cgroup *cgrp, u32 weight);
	void (*cgroup_set_idle)(struct cgroup *cgrp, bool idle);
	void (*cgroup_set_bandwidth)(struct cgroup *cgrp, u64 period_us, u64 quota_us,
				     u64 burst_us);
	void (*cpu_acquire)(s32 cpu, struct scx_cpu_acquire_args *args);
	void (*cpu_release)(s32 cpu, struct scx_cpu_release_args *args);
	void (*cpu_online)(s32 cpu);
	void (*cpu_offline)(s32 cpu);
	void (*dump)(struct scx_dump_ctx *ctx);
	s32 (*init)(void);
	void (*exit)(struct scx_exit_info *info);
	u64 flags;
	u32 timeout_ms;
	u32 exit_dump_len;
	u64 hotplug_seq;
	char name[128];
};

/*
 * include/linux/sched/ext.h and kernel/sched/ext*: compile-time values, since some vendor kernels
 * truncate 64-bit enums in their BTF. SCX_ENQ_HEAD and SCX_ENQ_CPU_SELECTED are not among them:
 * their values differ by kernel.
 */
#define SCHED_FIXEDPOINT_SHIFT 10
#define SCX_DSQ_LOCAL ((1ULL << 63) | 2)
#define SCX_DSQ_LOCAL_ON (3ULL << 62)
#define SCX_TASK_QUEUED 1
#define SCX_ENQ_WAKEUP 1ULL
#define SCX_ENQ_PREEMPT (1ULL << 32)
#define SCX_ENQ_REENQ (1ULL << 40)
#define SCX_WAKE_FORK 0x04ULL
#define SCX_WAKE_SYNC 0x10ULL
#define SCX_KICK_IDLE 1ULL
#define SCX_KICK_PREEMPT 2ULL
#define SCX_PICK_IDLE_CORE 1ULL
#define SCX_DSQ_ITER_REV (1ULL << 16)

struct scx_bpf_dsq_insert_vtime_args {
	u64 dsq_id;
	u64 slice;
	u64 vtime;
	u64 enq_flags;
};

struct scx_bpf_select_cpu_and_args {
	s32 prev_cpu;
	u64 wake_flags;
	u64 flags;
};

/*
 * A kfunc that returns bool. x86-64 and arm64 define only the lowest 8 bits of the result, and
 * kernels do leave garbage above them. But clang takes the kfunc for a BPF function and would test
 * 32 bits. So it is declared as NAME___raw (libbpf strips the last ___suffix) with a 64-bit result,
 * of which clang assumes nothing; libbpf treats integers of all sizes alike. The function NAME
 * tests the 8 bits. There is no way around it: the unit tests of kfuncs.rs refuse a kfunc that is
 * declared to return less than 32 bits. 32-bit results need no wrapper: the ABIs define all 32
 * bits, and clang uses no others.
 */
#define KFUNC_BOOL(name, params, args)                  \
	u64 name##___raw params __ksym __weak;          \
	static __always_inline bool name params         \
	{                                               \
		return (name##___raw args & 0xff) != 0; \
	}

/* In every sched_ext kernel. */
s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __ksym __weak;
void scx_bpf_destroy_dsq(u64 dsq_id) __ksym __weak;
s32 scx_bpf_dsq_nr_queued(u64 dsq_id) __ksym __weak;
s32 scx_bpf_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
			   bool *is_idle) __ksym __weak;
s32 scx_bpf_pick_idle_cpu(const struct cpumask *cpus_allowed, u64 flags) __ksym __weak;
KFUNC_BOOL(scx_bpf_test_and_clear_cpu_idle, (s32 cpu), (cpu))
void scx_bpf_kick_cpu(s32 cpu, u64 flags) __ksym __weak;
u32 scx_bpf_nr_cpu_ids(void) __ksym __weak;
const struct cpumask *scx_bpf_get_online_cpumask(void) __ksym __weak;
void scx_bpf_put_cpumask(const struct cpumask *cpumask) __ksym __weak;
const struct cpumask *scx_bpf_get_idle_cpumask(void) __ksym __weak;
const struct cpumask *scx_bpf_get_idle_smtmask(void) __ksym __weak;
void scx_bpf_put_idle_cpumask(const struct cpumask *cpumask) __ksym __weak;
void scx_bpf_dump_bstr(char *fmt, unsigned long long *data, u32 data_len) __ksym __weak;
int bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags) __ksym __weak;
struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it) __ksym __weak;
void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it) __ksym __weak;
int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym __weak;
int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym __weak;
void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym __weak;
struct task_struct *bpf_task_from_pid(s32 pid) __ksym __weak;
void bpf_task_release(struct task_struct *p) __ksym __weak;
KFUNC_BOOL(bpf_cpumask_empty, (const struct cpumask *cpumask), (cpumask))
KFUNC_BOOL(bpf_cpumask_test_cpu, (u32 cpu, const struct cpumask *cpumask), (cpu, cpumask))
void bpf_rcu_read_lock(void) __ksym __weak;
void bpf_rcu_read_unlock(void) __ksym __weak;

/* The next iteration of bpf_for() and bpf_for_each(). (A macro does not expand within itself.) */
#define bpf_iter_scx_dsq_next(it) (forget_arguments(), bpf_iter_scx_dsq_next(it))
#define bpf_iter_num_next(it) (forget_arguments(), bpf_iter_num_next(it))

/* 6.13 renamed these; 6.12 has the second names. */
void scx_bpf_dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags) __ksym __weak;
void scx_bpf_dsq_insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
			      u64 enq_flags) __ksym __weak;
KFUNC_BOOL(scx_bpf_dsq_move_to_local, (u64 dsq_id), (dsq_id))
void scx_bpf_dsq_move_set_slice(struct bpf_iter_scx_dsq *it, u64 slice) __ksym __weak;
void scx_bpf_dsq_move_set_vtime(struct bpf_iter_scx_dsq *it, u64 vtime) __ksym __weak;
KFUNC_BOOL(scx_bpf_dsq_move,
	   (struct bpf_iter_scx_dsq * it, struct task_struct *p, u64 dsq_id, u64 enq_flags),
	   (it, p, dsq_id, enq_flags))
KFUNC_BOOL(scx_bpf_dsq_move_vtime,
	   (struct bpf_iter_scx_dsq * it, struct task_struct *p, u64 dsq_id, u64 enq_flags),
	   (it, p, dsq_id, enq_flags))
void scx_bpf_dispatch(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags) __ksym __weak;
void scx_bpf_dispatch_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
			    u64 enq_flags) __ksym __weak;
KFUNC_BOOL(scx_bpf_consume, (u64 dsq_id), (dsq_id))
void scx_bpf_dispatch_from_dsq_set_slice(struct bpf_iter_scx_dsq *it, u64 slice) __ksym __weak;
void scx_bpf_dispatch_from_dsq_set_vtime(struct bpf_iter_scx_dsq *it, u64 vtime) __ksym __weak;
KFUNC_BOOL(scx_bpf_dispatch_from_dsq,
	   (struct bpf_iter_scx_dsq * it, struct task_struct *p, u64 dsq_id, u64 enq_flags),
	   (it, p, dsq_id, enq_flags))
KFUNC_BOOL(scx_bpf_dispatch_vtime_from_dsq,
	   (struct bpf_iter_scx_dsq * it, struct task_struct *p, u64 dsq_id, u64 enq_flags),
	   (it, p, dsq_id, enq_flags))

/* From 6.14. */
u64 scx_bpf_now(void) __ksym __weak;

/* From 6.19: arguments in a struct; callable without a lock held. */
KFUNC_BOOL(__scx_bpf_dsq_insert_vtime,
	   (struct task_struct * p, struct scx_bpf_dsq_insert_vtime_args *args), (p, args))
s32 __scx_bpf_select_cpu_and(struct task_struct *p, const struct cpumask *cpus_allowed,
			     struct scx_bpf_select_cpu_and_args *args) __ksym __weak;
/* From 6.19: returns whether it worked. libbpf strips the last ___suffix. */
KFUNC_BOOL(scx_bpf_dsq_insert___v2, (struct task_struct * p, u64 dsq_id, u64 slice, u64 enq_flags),
	   (p, dsq_id, slice, enq_flags))
KFUNC_BOOL(scx_bpf_task_set_slice, (struct task_struct * p, u64 slice), (p, slice))
/* From 7.1: takes enqueue flags. */
KFUNC_BOOL(scx_bpf_dsq_move_to_local___v2, (u64 dsq_id, u64 enq_flags), (dsq_id, enq_flags))
/* From 7.1: any queue, also another CPU's local one. */
void scx_bpf_dsq_reenq(u64 dsq_id, u64 reenq_flags) __ksym __weak;
/* Before 7.1: this CPU's local queue only, from ops.cpu_release. */
u32 scx_bpf_reenqueue_local(void) __ksym __weak;

/* Each CPU's run queue. */
extern const struct rq runqueues __ksym;

static __always_inline u64 now_ns(void)
{
	if (bpf_ksym_exists(scx_bpf_now))
		return scx_bpf_now();
	return bpf_ktime_get_ns();
}

/*
 * The CPU of a task: where it runs, or ran last, or is about to run. It is read as the kernel reads
 * it, since each operation asks, and a call costs more.
 */
static __always_inline s32 task_cpu(const struct task_struct *p)
{
	return READ_ONCE(p->thread_info.cpu);
}

/*
 * What CLOCK_MONOTONIC says now, which user space can read, too, where now_ns() says `now`. The
 * clock of scx_bpf_now() costs less, but it has another beginning, and nobody sets it right.
 */
static __always_inline u64 monotonic_ns(u64 now)
{
	return bpf_ksym_exists(scx_bpf_now) ? bpf_ktime_get_ns() : now;
}

static __always_inline void dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert___v2___raw))
		scx_bpf_dsq_insert___v2(p, dsq_id, slice, enq_flags);
	else if (bpf_ksym_exists(scx_bpf_dsq_insert))
		scx_bpf_dsq_insert(p, dsq_id, slice, enq_flags);
	else
		scx_bpf_dispatch(p, dsq_id, slice, enq_flags);
}

static __always_inline void dsq_insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice,
					     u64 vtime, u64 enq_flags)
{
	if (bpf_ksym_exists(__scx_bpf_dsq_insert_vtime___raw)) {
		struct scx_bpf_dsq_insert_vtime_args args = {
			.dsq_id = dsq_id,
			.slice = slice,
			.vtime = vtime,
			.enq_flags = enq_flags,
		};

		__scx_bpf_dsq_insert_vtime(p, &args);
	} else if (bpf_ksym_exists(scx_bpf_dsq_insert_vtime)) {
		scx_bpf_dsq_insert_vtime(p, dsq_id, slice, vtime, enq_flags);
	} else {
		scx_bpf_dispatch_vtime(p, dsq_id, slice, vtime, enq_flags);
	}
}

static __always_inline void task_set_slice(struct task_struct *p, u64 slice)
{
	if (bpf_ksym_exists(scx_bpf_task_set_slice___raw))
		scx_bpf_task_set_slice(p, slice);
	else
		p->scx.slice = slice;
}

static __always_inline bool dsq_move_to_local(u64 dsq_id)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local___v2___raw))
		return scx_bpf_dsq_move_to_local___v2(dsq_id, 0);
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local___raw))
		return scx_bpf_dsq_move_to_local(dsq_id);
	return scx_bpf_consume(dsq_id);
}

/* Sets slice and vtime for the next dsq_move*() with this iterator. */
static __always_inline void dsq_move_set(struct bpf_iter_scx_dsq *it, u64 slice, u64 vtime)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_set_slice)) {
		scx_bpf_dsq_move_set_slice(it, slice);
		scx_bpf_dsq_move_set_vtime(it, vtime);
	} else {
		scx_bpf_dispatch_from_dsq_set_slice(it, slice);
		scx_bpf_dispatch_from_dsq_set_vtime(it, vtime);
	}
}

/* Fails when the task left the queue, or came to it after the iterator was made. */
static __always_inline bool dsq_move(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id,
				     u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move___raw))
		return scx_bpf_dsq_move(it, p, dsq_id, enq_flags);
	return scx_bpf_dispatch_from_dsq(it, p, dsq_id, enq_flags);
}

static __always_inline bool dsq_move_vtime(struct bpf_iter_scx_dsq *it, struct task_struct *p,
					   u64 dsq_id, u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_vtime___raw))
		return scx_bpf_dsq_move_vtime(it, p, dsq_id, enq_flags);
	return scx_bpf_dispatch_vtime_from_dsq(it, p, dsq_id, enq_flags);
}

#endif /* SCXB_KERNEL_BPF_H */

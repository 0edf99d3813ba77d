// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boundary without the scheduler: the maps, wire structs and wake-up of the real object, from
 * its own headers, and programs that play the kernel's part on any kernel from 6.1 on. The tests of
 * mod.rs load it, and so do, through object.rs, the benchmarks of tests/bench.
 */
#include "intf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "priority.bpf.h"
#include "rings.bpf.h"
#include "shared.bpf.h"
#include "stats.bpf.h"
#include "wake.bpf.h"
#include "wire.h"

char _license[] SEC("license") = "GPL";

/* Sent before a record: a dummy like agent_wake()'s, a discarded record, one of unknown size. */
#define DUMMY_WAKE 1
#define DUMMY_DISCARDED 2
#define DUMMY_UNKNOWN 3

/* After a record: wake the agent if it waits, as park() does, or whatever polls the ring. */
#define WAKE_AGENT 1
#define WAKE_POLLER 2

struct scxb_production {
	u64 first; /* number of the first record */
	/* Not u32: inlined, bpf_loop() compares the whole register. */
	u64 count;
	u32 dummies; /* DUMMY_* before every third record */
	u32 wake;    /* WAKE_*, or 0 */
	u32 ring;    /* which */
	u32 reserved;
	u64 produced;
};

static __always_inline void fill(struct scxb_task *rec, u64 n)
{
	rec->pid = n;
	rec->tgid = n + 1;
	rec->cpu = n + 2;
	rec->nr_cpus_allowed = n + 3;
	rec->ready_ts = n * 15;
	rec->start_ts = n * 5;
	rec->stop_ts = n * 6;
	rec->exec_runtime = n * 7;
	rec->weight = n * 8;
	rec->vtime = n * 9;
	rec->cgroup_id = n * 10;
	rec->seq = ~n;
	rec->run_ns = n * 11;
	rec->leased = n + 12;
	rec->weighted_ns = n * 13;
	rec->own_weight = n + 14;
	rec->flags = n * 4;
	__builtin_memset(rec->comm, 'a' + n % 26, sizeof(rec->comm));
}

static __always_inline void *ring_at(u32 n)
{
	return always_one_ring() ? (void *)&queued : bpf_map_lookup_elem(&rings, &n);
}

static __always_inline void send_dummy(void *ring, u32 kind)
{
	void *dummy;

	if (kind == DUMMY_DISCARDED) {
		dummy = bpf_ringbuf_reserve(ring, sizeof(struct scxb_task), 0);
		if (dummy)
			bpf_ringbuf_discard(dummy, BPF_RB_NO_WAKEUP);
		return;
	}
	dummy = bpf_ringbuf_reserve(ring, 8, 0);
	if (!dummy)
		return;
	if (kind == DUMMY_WAKE) {
		bpf_ringbuf_discard(dummy, BPF_RB_NO_WAKEUP);
	} else {
		*(u64 *)dummy = ~0ULL;
		bpf_ringbuf_submit(dummy, BPF_RB_NO_WAKEUP);
	}
}

static long produce_one(u32 i, struct scxb_production *production)
{
	void *ring = ring_at(production->ring);
	u64 n = production->first + i;
	struct scxb_task *rec;

	if (!ring)
		return 1;
	if (production->dummies && n % 3 == 0)
		send_dummy(ring, production->dummies);
	rec = bpf_ringbuf_reserve(ring, sizeof(*rec), 0);
	if (!rec)
		return 1;
	fill(rec, n);
	production->produced++;
	if (production->wake == WAKE_AGENT) {
		stat_inc_barrier(queued);
		bpf_ringbuf_submit(rec, agent_wakeup_flags(ring));
	} else if (production->wake == WAKE_POLLER) {
		bpf_ringbuf_submit(rec, BPF_RB_FORCE_WAKEUP);
	} else {
		bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
	}
	return 0;
}

/* Sends records until the ring is full; `produced` says how many. */
SEC("syscall")
int scxb_produce(struct scxb_production *context)
{
	struct scxb_production production = *context;

	production.produced = 0;
	bpf_loop(production.count, produce_one, &production, 0);
	context->produced = production.produced;
	return 0;
}

/* What scxb_hold waits for: set by the test. */
u32 hold_reserved, hold_release;

#define HOLD_LIMIT_NS 20000000000ULL

static long hold_over(u32 i, u64 *deadline)
{
	return READ_ONCE(hold_release) || bpf_ktime_get_ns() > *deadline;
}

static long hold_spin(u32 i, u64 *deadline)
{
	bpf_loop(1 << 20, hold_over, deadline, 0);
	return hold_over(i, deadline);
}

/* Sends record 0, but keeps it unfinished until it is released. */
SEC("syscall")
int scxb_hold(void *ctx)
{
	u64 deadline = bpf_ktime_get_ns() + HOLD_LIMIT_NS;
	struct scxb_task *rec;
	u32 released;

	rec = bpf_ringbuf_reserve(&queued, sizeof(*rec), 0);
	if (!rec)
		return -ENOMEM;
	WRITE_ONCE(hold_reserved, 1);
	bpf_loop(1 << 20, hold_spin, &deadline, 0);
	released = READ_ONCE(hold_release);
	fill(rec, 0);
	bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
	return released ? 0 : -EBUSY;
}

/* The last decisions that were drained, and how many were drained in all. */
#define TAKEN_KEPT 128
struct scxb_decision taken[TAKEN_KEPT];
u64 taken_count;
u64 taken_malformed;  /* samples that are no decision */
u64 taken_misordered; /* decisions whose seq is not the next */

static long take(struct bpf_dynptr *sample, void *context)
{
	u32 *limit = context;
	struct scxb_decision d;

	if (bpf_dynptr_read(&d, sizeof(d), sample, 0, 0)) {
		taken_malformed++;
		return 0;
	}
	if (d.seq != taken_count)
		taken_misordered++;
	taken[taken_count % TAKEN_KEPT] = d;
	taken_count++;
	return --*limit == 0;
}

struct scxb_drain {
	u32 limit;
};

/* Takes at most `limit` decisions; the result is their number or -errno. */
SEC("syscall")
int scxb_drain(struct scxb_drain *context)
{
	u32 limit = context->limit;

	return bpf_user_ringbuf_drain(&decisions, take, &limit, BPF_RB_NO_WAKEUP);
}

/* Called like scxb_select_cpu; the result is what `flags` says. */
SEC("syscall")
int scxb_answer(struct scxb_cpu_request *req)
{
	req->cpu = req->pid * 1000 + req->prev_cpu;
	return req->flags;
}

static long answer_one(u32 i, void *context)
{
	struct scxb_cpu_request *req = bpf_map_lookup_elem(&cpu_requests, &i);

	if (!req)
		return 1;
	req->cpu = req->pid + req->prev_cpu;
	return 0;
}

/* Called like scxb_select_cpus. */
SEC("syscall")
int scxb_answer_batch(struct scxb_batch *batch)
{
	if (batch->count > SCXB_MAX_CPU_REQUESTS)
		return -EINVAL;
	return bpf_loop(batch->count, answer_one, NULL, 0);
}

/*
 * From here on, for the benchmarks: programs that the library runs under the names of the real
 * ones. They are called like those, but decide nothing.
 */
/* What was flushed: the benchmarks compare it with what they sent. */
struct scxb_tally {
	u64 count;
	u64 malformed;
	u64 seq_sum;
} tally;

static long tally_one(struct bpf_dynptr *sample, void *context)
{
	struct scxb_decision d;

	WRITE_ONCE(shared.control.drained, shared.control.drained + 1);
	if (bpf_dynptr_read(&d, sizeof(d), sample, 0, 0)) {
		tally.malformed++;
		return 0;
	}
	tally.count++;
	tally.seq_sum += d.seq;
	return 0;
}

SEC("syscall")
int scxb_tally(struct scxb_tally *out)
{
	out->count = tally.count;
	out->malformed = tally.malformed;
	out->seq_sum = tally.seq_sum;
	return 0;
}

SEC("syscall")
int scxb_register(u32 *action)
{
	return 0;
}

SEC("syscall")
int scxb_flush(void *ctx)
{
	u32 pid = (u32)bpf_get_current_pid_tgid();
	u64 before = READ_ONCE(shared.control.drained);
	s64 ret;

	if (READ_ONCE(shared.agent.round_pid) != pid)
		WRITE_ONCE(shared.agent.round_pid, pid);
	stat_inc(flushes);
	ret = bpf_user_ringbuf_drain(&decisions, tally_one, NULL, BPF_RB_NO_WAKEUP);
	return ret < 0 ? ret : READ_ONCE(shared.control.drained) - before;
}

/*
 * The preferred CPU is always idle. It is also the result, for libraries that hide the context from
 * their caller.
 */
SEC("syscall")
int scxb_select_cpu(struct scxb_cpu_request *req)
{
	req->cpu = req->prev_cpu;
	return req->cpu;
}

static long select_one(u32 i, void *context)
{
	struct scxb_cpu_request *req = bpf_map_lookup_elem(&cpu_requests, &i);

	if (!req)
		return 1;
	req->cpu = req->prev_cpu;
	return 0;
}

SEC("syscall")
int scxb_select_cpus(struct scxb_batch *batch)
{
	if (batch->count > SCXB_MAX_CPU_REQUESTS)
		return -EINVAL;
	bpf_loop(batch->count, select_one, NULL, 0);
	return 0;
}

SEC("syscall")
int scxb_revoke(struct scxb_lessee *lessee)
{
	return lessee->pid < 0 ? -ESRCH : 0;
}

SEC("syscall")
int scxb_observe(struct scxb_queues *queues)
{
	queues->parked = queues->shared = queues->local = queues->system = 0;
	return 0;
}

/* The library opens these two, but there is no kernel mode here, and no CPU to preempt. */
SEC("syscall")
int scxb_set_priority(struct scxb_priority_request *req)
{
	s32 pid = req->pid;

	return bpf_map_lookup_elem(&priorities, &pid) ? 0 : -ESRCH;
}

SEC("syscall")
int scxb_preempt_cpu(s32 *cpu)
{
	return 0;
}

SEC("syscall")
int scxb_domains_changed(void *context)
{
	return 0;
}

/* Knows one cgroup. */
SEC("syscall")
int scxb_cgroup_read(struct scxb_cgroup_info *info)
{
	if (info->id != 7)
		return -ENODATA;
	info->quota_ns = 20000000;
	info->period_ns = 100000000;
	info->throttled = 3;
	return 0;
}

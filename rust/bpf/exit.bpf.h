/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the scheduler ended, and its own state in the kernel's debug dump. */
#ifndef SCXB_EXIT_BPF_H
#define SCXB_EXIT_BPF_H

#include "agent.bpf.h"
#include "rescue.bpf.h"

/* The kernel's debug dump, cut to the size of this map's value by the library. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u32));
	__uint(value_size, 32768); /* set by the library */
} exit_dump SEC(".maps");

const volatile u32 opt_exit_dump_len;

static __always_inline void record_exit(struct scx_exit_info *info)
{
	u32 zero = 0, len = opt_exit_dump_len;
	void *dump = bpf_map_lookup_elem(&exit_dump, &zero);
	long n = 0;

	bpf_probe_read_kernel_str(shared.exit.reason, sizeof(shared.exit.reason),
				  BPF_CORE_READ(info, reason));
	bpf_probe_read_kernel_str(shared.exit.message, sizeof(shared.exit.message),
				  BPF_CORE_READ(info, msg));
	if (dump)
		n = bpf_probe_read_kernel_str(dump, len, BPF_CORE_READ(info, dump));
	shared.exit.dump_len = n > 0 ? n : 0;
	shared.exit.code = BPF_CORE_READ(info, exit_code);
	/* Last: the reader takes the rest as valid from now on. */
	__sync_lock_test_and_set(&shared.exit.kind, BPF_CORE_READ(info, kind));
	agent_wake();
}

#define dump_line(fmt, args...)                                      \
	({                                                           \
		static char ___fmt[] = fmt;                          \
		unsigned long long ___args[] = { args };             \
		scx_bpf_dump_bstr(___fmt, ___args, sizeof(___args)); \
	})

static __always_inline void dump_state(struct scx_dump_ctx *dump)
{
	struct scxb_cpu_stats sum = {};
	u32 zero = 0;
	int cpu;

	bpf_for(cpu, 0, nr_cpus) {
		struct scxb_cpu_stats *s = bpf_map_lookup_percpu_elem(&stats, &zero, cpu);

		if (!s)
			continue;
		sum.queued += s->queued;
		sum.dispatched += s->dispatched;
		sum.rescued += s->rescued;
		sum.gone += s->gone;
		sum.stale += s->stale;
		sum.congested += s->congested;
	}
	dump_line("scxbridge: agent tgid %llu, round thread %llu, heartbeat %llu us ago, waiting "
		  "%llu\n",
		  shared.agent.tgid, shared.agent.round_pid,
		  (dump->at_ns - shared.control.heartbeat_ns) / 1000, shared.control.waiting);
	dump_line(
		"scxbridge: queued %llu = dispatched %llu + rescued %llu + gone %llu + in flight\n",
		sum.queued, sum.dispatched, sum.rescued, sum.gone);
	dump_line("scxbridge: congested %llu, decisions written %llu, drained %llu, stale %llu\n",
		  sum.congested, shared.control.decisions, shared.control.drained, sum.stale);
	dump_line("scxbridge: on PARK %lld, on SHARED %lld, on SYSTEM %lld\n", (s64)parks_queued(),
		  (s64)scx_bpf_dsq_nr_queued(SCXB_DSQ_SHARED),
		  (s64)scx_bpf_dsq_nr_queued(SCXB_DSQ_SYSTEM));
}

#endif /* SCXB_EXIT_BPF_H */

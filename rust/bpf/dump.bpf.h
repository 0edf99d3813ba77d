/* SPDX-License-Identifier: GPL-2.0-only */
/* Our own state, for the kernel's debug dump. */
#ifndef SCXB_DUMP_BPF_H
#define SCXB_DUMP_BPF_H

#include "cpu.bpf.h"
#include "domains.bpf.h"
#include "kernel.bpf.h"
#include "park_queues.bpf.h"
#include "queues.bpf.h"
#include "shared.bpf.h"
#include "stats.bpf.h"
#include "wire.h"

#define dump_line(fmt, args...)                                      \
	({                                                           \
		static char ___fmt[] = fmt;                          \
		unsigned long long ___args[] = { args };             \
		scx_bpf_dump_bstr(___fmt, ___args, sizeof(___args)); \
	})

static __always_inline void dump_state(struct scx_dump_ctx *dump)
{
	struct scxb_stats sum = {};
	int cpu;

	bpf_for(cpu, 0, nr_cpus) {
		struct scxb_stats *s = cpu_stats_of(cpu);

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
		  (s64)all_shared_queued(), (s64)scx_bpf_dsq_nr_queued(SCXB_DSQ_SYSTEM));
}

#endif /* SCXB_DUMP_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the ring of decisions and applies each. */
#ifndef SCXB_DRAIN_BPF_H
#define SCXB_DRAIN_BPF_H

#include "apply.bpf.h"
#include "cpu.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "shared.bpf.h"
#include "stats.bpf.h"
#include "wire.h"

static long drain_one(struct bpf_dynptr *sample, void *ctx)
{
	struct scxb_decision d;

	/* Under the ring's drain lock: one drainer at a time. */
	WRITE_ONCE(shared.control.drained, shared.control.drained + 1);
	if (bpf_dynptr_read(&d, sizeof(d), sample, 0, 0)) {
		stat_inc(refused);
		return 0;
	}
	scxb_apply(&d);
	return 0;
}

/* Returns how many were drained, or -EBUSY while another CPU drains. */
static __always_inline s64 drain_decisions(void)
{
	u64 before;
	s64 ret;

	this_cpu_ctx()->next_reserved = 0;
	/* Not a local variable: the verifier would track its value from decision to decision. */
	before = READ_ONCE(shared.control.drained);
	ret = bpf_user_ringbuf_drain(&decisions, drain_one, NULL, BPF_RB_NO_WAKEUP);
	return ret < 0 ? ret : READ_ONCE(shared.control.drained) - before;
}

static __always_inline bool decisions_pending(void)
{
	return READ_ONCE(shared.control.decisions) != READ_ONCE(shared.control.drained);
}

#endif /* SCXB_DRAIN_BPF_H */

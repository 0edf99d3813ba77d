/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the scheduler ended. */
#ifndef SCXB_EXIT_BPF_H
#define SCXB_EXIT_BPF_H

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "options.bpf.h"
#include "shared.bpf.h"
#include "wake.bpf.h"

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
	/* Last: once this is set, the reader takes the rest as valid. */
	__sync_lock_test_and_set(&shared.exit.kind, BPF_CORE_READ(info, kind));
	agent_wake();
}

#endif /* SCXB_EXIT_BPF_H */

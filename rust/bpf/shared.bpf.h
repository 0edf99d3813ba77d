/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory that both sides see, in a map of its own. intf.h says which side writes what. */
#ifndef SCXB_SHARED_BPF_H
#define SCXB_SHARED_BPF_H

#include "kernel.bpf.h"
#include "intf.h"
#include "wire.h"

struct scxb_shared shared SEC(".data.shared") = {
	.layout = {
		.magic = SCXB_LAYOUT_MAGIC,
		.version = SCXB_LAYOUT_VERSION,
		.stats_bytes = sizeof(struct scxb_stats),
	},
};

/*
 * The wire structs, only for their BTF: the library's build checks its own definitions against it.
 */
const volatile struct wire_layout {
	struct scxb_task task;
	struct scxb_decision decision;
} wire_layout;

#endif /* SCXB_SHARED_BPF_H */

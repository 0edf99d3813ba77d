/* SPDX-License-Identifier: GPL-2.0-only */
/* How long a slice may be. */
#ifndef SCXB_SLICE_BPF_H
#define SCXB_SLICE_BPF_H

#include "kernel.bpf.h"
#include "options.bpf.h"

/* 0 asks for the default. */
static __always_inline u64 bounded_slice(u64 slice_ns)
{
	if (!slice_ns)
		return opt_slice_ns;
	return slice_ns > opt_slice_max_ns ? opt_slice_max_ns : slice_ns;
}

#endif /* SCXB_SLICE_BPF_H */

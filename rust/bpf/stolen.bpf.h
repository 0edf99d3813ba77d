/* SPDX-License-Identifier: GPL-2.0-only */
/* A task was taken to another domain. */
#ifndef SCXB_STOLEN_BPF_H
#define SCXB_STOLEN_BPF_H

#include "kernel.bpf.h"
#include "stats.bpf.h"
#include "task.bpf.h"

static __always_inline void note_stolen(struct task_ctx *t, u64 now)
{
	if (t)
		WRITE_ONCE(t->stolen_at, now);
	stat_inc(stolen);
}

#endif /* SCXB_STOLEN_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options: set by the library, which has the defaults, and frozen at load. It sets options_set
 * last; ops.init refuses to run without it.
 */
#ifndef SCXB_OPTIONS_BPF_H
#define SCXB_OPTIONS_BPF_H

#include "kernel.bpf.h"

const volatile bool options_set;
const volatile u64 opt_slice_ns;
const volatile u64 opt_slice_max_ns;
const volatile u64 opt_grace_ns;
const volatile bool opt_builtin_idle;
/* How long the agent may sleep on while all CPUs are busy; 0: it is woken at once. */
const volatile u64 opt_window_ns;
const volatile bool opt_direct_bound;
const volatile bool opt_direct_sync;
/* A decided task that has waited for this long goes ahead of its order. */
const volatile u64 opt_starved_ns;
const volatile bool opt_kernel_mode;
/* Ordinary tasks stay with the kernel's own scheduler, which goes before us. */
const volatile bool opt_partial;
const volatile u32 opt_exit_dump_len;

#endif /* SCXB_OPTIONS_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* Replaces libbpf's header of this name: here a program is a function. */
#ifndef HOST_BPF_TRACING_H
#define HOST_BPF_TRACING_H

#define BPF_PROG(name, args...) name(args)

#endif /* HOST_BPF_TRACING_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/* In the place of libbpf's header of this name: a program is a function here. */
#ifndef HOST_BPF_TRACING_H
#define HOST_BPF_TRACING_H

#define BPF_PROG(name, args...) name(args)

#endif /* HOST_BPF_TRACING_H */

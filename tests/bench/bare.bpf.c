/* SPDX-License-Identifier: GPL-2.0-only */
/* A scheduler without a program: the kernel does all that sched_ext does by itself. */
struct sched_ext_ops {
	char name[128];
};

__attribute__((section("license"), used)) char LICENSE[] = "GPL";
__attribute__((section(".struct_ops.link"), used)) struct sched_ext_ops ops = { .name = "bare" };

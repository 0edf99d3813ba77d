/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hints for the verifier, which don't change what a program does. (Their instructions are BPF's, so
 * they are left out when compiled for the host, as tests/differential does.)
 */
#ifndef SCXB_VERIFIER_BPF_H
#define SCXB_VERIFIER_BPF_H

/*
 * Linux 6.18 refuses a loop ("verifier bug: backtracking call unexpected regs") if on one path to
 * its next iteration a spilled value was read into one of these registers, and another path comes
 * from a call. We can't control what clang spills, so the registers are overwritten before each
 * iteration.
 */
static inline __attribute__((always_inline)) void forget_arguments(void)
{
#ifdef __bpf__
	asm volatile("r2 = 0; r3 = 0; r4 = 0; r5 = 0" ::: "r2", "r3", "r4", "r5");
#endif
}

/* The same number. The verifier tracks where a copy comes from, but not through this. */
static inline __attribute__((always_inline)) unsigned long long
forget_origin(unsigned long long number)
{
#ifdef __bpf__
	asm volatile("%0 |= 0" : "+r"(number));
#endif
	return number;
}

/*
 * An index below `size`, a power of two. Where the compiler knows that it is below anyway, it would
 * leave out a plain modulo, and the verifier, which does not know it, would refuse the program.
 */
static inline __attribute__((always_inline)) unsigned long long bounded(unsigned long long index,
									unsigned long long size)
{
	return forget_origin(index) & (size - 1);
}

/*
 * Always 0, but the verifier does not know that. If a loop counts from here, it converges at once;
 * if it counts from a constant, the verifier walks through each iteration.
 */
unsigned int unknown_zero;

#endif /* SCXB_VERIFIER_BPF_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said to the verifier alone: it changes nothing of what a program does. (Compiled for
 * the host, as tests/differential does, none of it is there: its instructions are BPF's.)
 */
#ifndef SCXB_VERIFIER_BPF_H
#define SCXB_VERIFIER_BPF_H

/*
 * Linux 6.18 refuses a loop ("verifier bug: backtracking call unexpected regs") if a spilled
 * value was read into one of these registers on one way to its next turn, and another way
 * comes there from a call. Which values clang spills is not ours to say, so the registers are
 * set to something else before each turn.
 */
static inline __attribute__((always_inline)) void forget_arguments(void)
{
#ifdef __bpf__
	asm volatile("r2 = 0; r3 = 0; r4 = 0; r5 = 0" ::: "r2", "r3", "r4", "r5");
#endif
}

/* The same number. The verifier remembers where a copy is from, but not this one. */
static inline __attribute__((always_inline)) unsigned long long
forget_origin(unsigned long long number)
{
#ifdef __bpf__
	asm volatile("%0 |= 0" : "+r"(number));
#endif
	return number;
}

/*
 * Always 0, but the verifier does not know that. A loop that counts from here converges for it
 * at once; it would walk through a loop that counts from a constant turn by turn.
 */
unsigned int unknown_zero;

#endif /* SCXB_VERIFIER_BPF_H */

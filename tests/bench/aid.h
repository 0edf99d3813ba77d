/* What every worker of the boundary benchmarks needs beside the calls that it measures. */
#ifndef SCXB_BENCH_AID_H
#define SCXB_BENCH_AID_H

#include <stdint.h>

/* So many records are put into the ring at once, outside the measured time; all of them fit. */
#define BENCH_FILL 4096

/* Of boundary.bpf.c. */
#define BENCH_WAKE_NOBODY 0
#define BENCH_WAKE_AGENT 1
#define BENCH_WAKE_POLLER 2

/*
 * The functions below run programs of the boundary object that this process has loaded,
 * by whatever library: they look among the process's descriptors. A failure ends it.
 */

/* Has the kernel side send records; each one wakes as told. */
void bench_feed(uint64_t count, uint32_t wake);
/*
 * Begins to feed one record at a time, as many as told, from a thread of its own: each when the
 * calling thread, which must decide about each, waits in ppoll(). The end waits for the thread.
 */
void bench_feed_waiting(uint64_t count);
void bench_feed_waiting_end(void);
/* Has the kernel side take the decisions that are in the ring. */
void bench_drain(void);
/* Checks that since the last call that many decisions arrived, and the sum of their seq. */
void bench_verify(uint64_t count, uint64_t seq_sum);

/* Allocations of this process so far, by malloc and its kin: this library counts them. */
uint64_t bench_allocations(void);
uint64_t bench_now_ns(void);

/* Around what is measured: system calls without effect that tests/bench/count.c looks for. */
#define BENCH_MARK_BEGIN (-770001)
#define BENCH_MARK_END (-770002)
void bench_mark(int mark);

#endif

/* What every worker of the boundary benchmarks needs besides the calls that it measures. */
#ifndef SCXB_BENCH_AID_H
#define SCXB_BENCH_AID_H

#include <stdint.h>

/* This many records are put into the ring at once, outside the measured time; all of them fit. */
#define BENCH_FILL 4096

/* Of boundary.bpf.c. */
#define BENCH_WAKE_NOBODY 0
#define BENCH_WAKE_AGENT 1
#define BENCH_WAKE_POLLER 2

/*
 * The functions below run programs of the boundary object that this process has loaded, with
 * whatever library: they search the process's descriptors. A failure ends the process.
 */

/* Makes the kernel side send records; wake says what each one wakes. */
void bench_feed(uint64_t count, uint32_t wake);
/*
 * Starts a thread that feeds count records, one at a time: each when the calling thread, which
 * must decide about each, waits in ppoll(). bench_feed_waiting_end() waits for the thread.
 */
void bench_feed_waiting(uint64_t count);
void bench_feed_waiting_end(void);
/* Makes the kernel side take the decisions that are in the ring. */
void bench_drain(void);
/* Checks that count decisions arrived since the last call, and the sum of their seq. */
void bench_verify(uint64_t count, uint64_t seq_sum);

/* Allocations of this process so far, by malloc and its kin: this library counts them. */
uint64_t bench_allocations(void);
uint64_t bench_now_ns(void);

/* System calls without effect, around the measured part, that tests/bench/count.c looks for. */
#define BENCH_MARK_BEGIN (-770001)
#define BENCH_MARK_END (-770002)
void bench_mark(int mark);

#endif

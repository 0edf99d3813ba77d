package worker

/*
#cgo CFLAGS: -I${SRCDIR}/../..
#cgo LDFLAGS: -lbenchaid
#include "aid.h"
*/
import "C"

// Fill is how many records are put into the ring at once.
const Fill = C.BENCH_FILL

// Feed makes the kernel side send records without wake-ups.
func Feed(count int) { C.bench_feed(C.uint64_t(count), C.BENCH_WAKE_NOBODY) }

// FeedAndWake makes it send a record that wakes the poller of the ring.
func FeedAndWake() { C.bench_feed(1, C.BENCH_WAKE_POLLER) }

// FeedWaiting makes it send count records, each when this thread waits for one.
func FeedWaiting(count int) { C.bench_feed_waiting(C.uint64_t(count)) }

// FeedWaitingEnd waits for the last one to be sent.
func FeedWaitingEnd() { C.bench_feed_waiting_end() }

// Drain makes the kernel side take the decisions in the ring.
func Drain() { C.bench_drain() }

func verify(count, seqSum uint64) { C.bench_verify(C.uint64_t(count), C.uint64_t(seqSum)) }

func nativeAllocations() uint64 { return uint64(C.bench_allocations()) }

func markBegin() { C.bench_mark(C.BENCH_MARK_BEGIN) }
func markEnd()   { C.bench_mark(C.BENCH_MARK_END) }

package latency

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Buckets is how many there are. The first one is up to a microsecond, each other one up to twice its predecessor; the
// last one has no bound.
const Buckets = 25

// Bound is the upper bound of a bucket but the last one.
func Bound(bucket int) time.Duration { return time.Microsecond << bucket }

// histogram has one writer.
type histogram struct {
	counts [Buckets]atomic.Uint64
	sum    atomic.Uint64 // ns
}

func (h *histogram) add(ns uint64) {
	h.counts[bucketOf(ns)].Add(1)
	h.sum.Add(ns)
}

func bucketOf(ns uint64) int {
	if ns == 0 {
		return 0
	}
	return min(bits.Len64((ns-1)/uint64(time.Microsecond)), Buckets-1)
}

func (h *histogram) read() Histogram {
	var r Histogram
	r.Sum = time.Duration(h.sum.Load())
	for i := range h.counts {
		r.Counts[i] = h.counts[i].Load()
	}
	return r
}

// Histogram is what was counted so far.
type Histogram struct {
	Counts [Buckets]uint64
	Sum    time.Duration
}

// Count is how many values there were.
func (h *Histogram) Count() uint64 {
	var n uint64
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Sub returns what was counted since an earlier reading.
func (h Histogram) Sub(earlier Histogram) Histogram {
	for i, c := range earlier.Counts {
		h.Counts[i] -= c
	}
	h.Sum -= earlier.Sum
	return h
}

// Quantile is the bound of the bucket that holds this share of the values, in the order of length; 0 if there are none. Of
// the last bucket, which has none, it is that of the one before.
func (h *Histogram) Quantile(share float64) time.Duration {
	count := h.Count()
	if count == 0 {
		return 0
	}
	rank := max(1, uint64(share*float64(count)+0.5))
	var seen uint64
	for i, c := range h.Counts {
		if seen += c; seen >= rank {
			return Bound(min(i, Buckets-2))
		}
	}
	return Bound(Buckets - 2)
}

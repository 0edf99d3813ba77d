package scxtest

import (
	"iter"
	"math"
	"math/bits"
	"slices"
	"time"
)

// Histogram counts times. It keeps them to within a sixteenth, and allocates only when
// it needs new buckets.
type Histogram struct {
	count uint64
	sum   uint64
	max   uint64
	first int      // the bucket of counts[0]
	slots []uint32 // consecutive buckets
}

// Below 16 ns each number has a bucket; above, each power of two has sixteen.
const (
	fine     = 4
	perPower = 1 << fine
)

func bucketOf(ns uint64) int {
	if ns < perPower {
		return int(ns)
	}
	power := bits.Len64(ns) - 1
	return (power-fine+1)<<fine + int(ns>>(power-fine))&(perPower-1)
}

// bucketEnd returns the greatest number in a bucket.
func bucketEnd(bucket int) uint64 {
	if bucket < perPower {
		return uint64(bucket)
	}
	shift := bucket>>fine - 1
	return uint64(perPower+bucket&(perPower-1)+1)<<shift - 1
}

func (h *Histogram) add(ns uint64) {
	h.count++
	h.sum += ns
	h.max = max(h.max, ns)
	*h.slot(bucketOf(ns))++
}

func (h *Histogram) slot(bucket int) *uint32 {
	if len(h.slots) == 0 {
		h.first = bucket
	}
	if bucket < h.first {
		h.slots = slices.Insert(h.slots, 0, make([]uint32, h.first-bucket)...)
		h.first = bucket
	}
	for bucket-h.first >= len(h.slots) {
		h.slots = append(h.slots, 0)
	}
	return &h.slots[bucket-h.first]
}

func (h *Histogram) merge(o *Histogram) {
	h.count += o.count
	h.sum += o.sum
	h.max = max(h.max, o.max)
	for i, n := range o.slots {
		if n > 0 {
			*h.slot(o.first + i) += n
		}
	}
}

// Count returns how many times were counted.
func (h *Histogram) Count() uint64 { return h.count }

// Max returns the longest time, exactly; 0 if there is none.
func (h *Histogram) Max() time.Duration { return ns(h.max) }

// Mean returns the mean, exactly; 0 if there is none.
func (h *Histogram) Mean() time.Duration {
	if h.count == 0 {
		return 0
	}
	return ns(h.sum / h.count)
}

// Quantile returns the time that the fraction q (0 to 1) of all times does not exceed,
// or up to a sixteenth more. 0.5 is the median.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := max(uint64(math.Ceil(q*float64(h.count))), 1)
	var sum uint64
	for end, n := range h.Buckets() {
		if sum += n; sum >= rank {
			return end
		}
	}
	return ns(h.max)
}

// Buckets yields the non-empty buckets, the shortest times first: the longest time
// in each, and how many times it holds.
func (h *Histogram) Buckets() iter.Seq2[time.Duration, uint64] {
	return func(yield func(time.Duration, uint64) bool) {
		for i, n := range h.slots {
			if n > 0 && !yield(ns(min(bucketEnd(h.first+i), h.max)), uint64(n)) {
				return
			}
		}
	}
}

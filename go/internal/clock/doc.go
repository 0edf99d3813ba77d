// Package clock reads the clocks that records, traces and the machine's administrators have times of.
package clock

// Clocks of clock_gettime(2).
const (
	Realtime  = 0
	Monotonic = 1
	Thread    = 3 // the CPU time of the calling thread
	Boottime  = 7
)

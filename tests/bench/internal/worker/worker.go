// Package worker is the common part of the Go workers: it answers
// `NAME BATCH TASKS` on standard input, as worker.c does.
package worker

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"time"
)

// MaxBatch is the largest batch that the driver asks for.
const MaxBatch = 512

// Measure is one thing to measure.
type Measure struct {
	// Prepare runs before each fill, and Finish after it, outside the measured time.
	Prepare, Finish func()
	// Begin starts the measured time of a fill.
	Begin func()
	// Run handles one batch.
	Run func(batch int)
	// End ends the measured time of a fill.
	End func()
	// Sends says that each task leads to a decision.
	Sends bool
}

// SeqSum is the sum of the sequence numbers in the decisions since the last answer.
var SeqSum uint64

// Check ends the process on an error.
func Check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func call(f func()) {
	if f != nil {
		f()
	}
}

func (m *Measure) fill(batch int) (ns time.Duration, crossings int64) {
	call(m.Prepare)
	markBegin()
	crossings = runtime.NumCgoCall()
	begin := time.Now()
	call(m.Begin)
	for range Fill / batch {
		m.Run(batch)
	}
	call(m.End)
	ns = time.Since(begin)
	crossings = runtime.NumCgoCall() - crossings
	markEnd()
	call(m.Finish)
	return ns, crossings
}

func (m *Measure) answer(batch, count int) (ns time.Duration, allocations uint64, crossings int64) {
	var before, after runtime.MemStats
	SeqSum = 0
	runtime.ReadMemStats(&before)
	native := nativeAllocations()
	for range count / Fill {
		t, c := m.fill(batch)
		ns += t
		crossings += c
	}
	native = nativeAllocations() - native
	runtime.ReadMemStats(&after)
	sent := 0
	if m.Sends {
		sent = count
	}
	verify(uint64(sent), SeqSum)
	return ns, after.Mallocs - before.Mallocs + native, crossings
}

// Serve answers until standard input ends. Call it on the main thread, locked.
func Serve(measures map[string]*Measure) {
	fmt.Println("ready")
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var name string
		var batch, count int
		_, err := fmt.Sscan(in.Text(), &name, &batch, &count)
		Check(err)
		if batch < 1 || batch > MaxBatch || count%Fill != 0 {
			Check(fmt.Errorf("bad request %q", in.Text()))
		}
		m := measures[name]
		if m == nil {
			fmt.Println("unsupported")
			continue
		}
		ns, allocations, crossings := m.answer(batch, count)
		fmt.Println(ns.Nanoseconds(), allocations, crossings)
	}
	Check(in.Err())
}

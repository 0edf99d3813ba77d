package scxtest_test

import (
	"fmt"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// endNoter is a FIFO that knows the last Seq of each task until it ends.
type endNoter struct {
	*policy.FIFO
	t     *testing.T
	known map[int32]uint64
	ended int
}

func (f *endNoter) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		f.known[tasks[i].PID] = tasks[i].Seq
	}
	f.FIFO.Enqueue(tasks)
}

func (f *endNoter) End(tasks []scxbridge.Task) {
	for i := range tasks {
		f.ended++
		if seq := f.known[tasks[i].PID]; seq != tasks[i].Seq {
			f.t.Errorf("the end of %d with Seq %d came; the last known is %d", tasks[i].PID, tasks[i].Seq, seq)
		}
		delete(f.known, tasks[i].PID)
	}
}

// Many tasks end while the agent sleeps and nothing else happens.
func TestEndsThatFillTheRingWakeTheAgent(t *testing.T) {
	f := &endNoter{FIFO: policy.NewFIFO(0, 0), t: t, known: make(map[int32]uint64)}
	var tasks []scxtest.Workload
	for i := range 60 { // each at another time, so that all have records
		start := time.Duration(i) * time.Millisecond
		tasks = append(tasks, once(fmt.Sprint("task", i), start, scxtest.Compute(100*time.Millisecond)))
	}
	options := scxbridge.Options{NoBuiltinIdle: true, QueuedBytes: 4096}
	r := scxtest.Run(t, f, scxtest.Config{CPUs: 64, Options: options}, time.Second, tasks...)
	if f.ended < 30 || r.Stats.EndsTold != 60 || r.Stats.EndsLost != 0 {
		t.Errorf("%d ends came, the report has %d ends told and %d lost", f.ended, r.Stats.EndsTold, r.Stats.EndsLost)
	}
}

func TestEnds(t *testing.T) {
	f := &endNoter{FIFO: policy.NewFIFO(0, 0), t: t, known: make(map[int32]uint64)}
	r := scxtest.Run(t, f, scxtest.Config{CPUs: 2, Options: scxbridge.Options{NoBuiltinIdle: true}}, time.Second,
		scxtest.ForkStorm(2, scxtest.Always(3*time.Millisecond)), scxtest.Hog(1))
	// The parents and the hog go on, and some children may have begun.
	if f.ended < 50 || len(f.known) > 6 || r.Stats.EndsTold < uint64(f.ended) || r.Stats.EndsLost != 0 {
		t.Errorf("%d ends came, %d tasks are known, the report has %d ends told and %d lost", f.ended, len(f.known), r.Stats.EndsTold, r.Stats.EndsLost)
	}
}

package trace

import (
	"context"
	"io"
	"runtime"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/clock"
	"github.com/scxbridge/scxbridge/go/policy"
)

// How fast the writer is, beside the rounds: the time for a record and its decision.
func BenchmarkWriter(b *testing.B) {
	w := newWriter(io.Discard, &Options{Info: testInfo})
	for i := range uint64(b.N) {
		q := exampleTask(w.opts.Info.Start+1, int32(2+i%100), i+1)
		d := exampleDecision(&q)
		w.queued(&q, q.ReadyTS+1)
		w.decided(&d, q.ReadyTS+2)
	}
	b.ReportMetric(float64(w.traced)/b.Elapsed().Seconds(), "records/s")
}

// What recording adds to a round, by the size of the batch, while the writer takes out what it gets.
func BenchmarkRecorder(b *testing.B) {
	for _, batch := range []int{1, 8, 64} {
		b.Run(itoa(int32(batch)), func(b *testing.B) {
			r := newTestRecorder(b, defaultRecords)
			tasks, decisions := make([]scxbridge.Task, batch), make([]scxbridge.Decision, batch)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				r.Queued(tasks)
				r.Decided(decisions)
				// As if the writer had taken them out.
				r.queued.taken.Store(r.queued.written.Load())
				r.decided.taken.Store(r.decided.written.Load())
			}
			b.StopTimer()
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/record")
		})
	}
}

func TestTasksThatEndedAreForgotten(t *testing.T) {
	w := newWriter(io.Discard, &Options{Info: testInfo})
	w.most = 1000
	for i := range 3 * w.most {
		q := exampleTask(1, int32(2+i), 1)
		w.queued(&q, q.ReadyTS+uint64(i))
	}
	if len(w.tasks) > w.most {
		t.Errorf("it remembers %d tasks", len(w.tasks))
	}
}

// A round of the policy vruntime, by the size of the batch, without a trace and with one, the writer at work beside it.
// The time that the writer takes to catch up does not count: no machine sends records as fast as this loop.
func BenchmarkRound(b *testing.B) {
	for _, batch := range []int{1, 8, 64} {
		b.Run("untraced/"+itoa(int32(batch)), func(b *testing.B) { benchmarkRound(b, batch, nil) })
		b.Run("traced/"+itoa(int32(batch)), func(b *testing.B) {
			r := newTestRecorder(b, defaultRecords)
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan Summary)
			go func() {
				s, err := r.Run(ctx, io.Discard)
				if err != nil {
					b.Error(err)
				}
				done <- s
			}()
			benchmarkRound(b, batch, r)
			cancel()
			if s := <-done; s.Dropped > 0 {
				b.Errorf("%d of %d records were dropped", s.Dropped, s.Received)
			}
		})
	}
}

func benchmarkRound(b *testing.B, batch int, r *Recorder) {
	const tasks = 500
	v, err := policy.NewVRuntime(policy.VRuntimeOptions{})
	if err != nil {
		b.Fatal(err)
	}
	records, decisions := make([]scxbridge.Task, batch), make([]scxbridge.Decision, 128)
	// CPU time, since others may use the machine meanwhile.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var used uint64
	since := clock.Read(clock.Thread)
	for i := range uint64(b.N) {
		if r != nil && i*uint64(batch)%8192 < uint64(batch) {
			used += clock.Read(clock.Thread) - since
			for r.queued.taken.Load() != r.queued.written.Load() {
				time.Sleep(drainInterval)
			}
			since = clock.Read(clock.Thread)
		}
		for n := range records {
			number, ts := i*uint64(batch)+uint64(n), 1e9+i*1000
			records[n] = scxbridge.Task{
				PID: int32(1 + number%tasks), NrCPUsAllowed: 4, ReadyTS: ts, StartTS: ts - 900, StopTS: ts - 100, Weight: 100,
				OwnWeight: 100, VTime: 1e12, Seq: 1 + number/tasks, RunNS: 800, WeightedNS: 800, ExecRuntime: 800,
			}
		}
		r.Queued(records)
		v.Enqueue(records)
		r.Decided(decisions[:v.Dispatch(decisions)])
	}
	used += clock.Read(clock.Thread) - since
	b.ReportMetric(float64(used)/float64(b.N*batch), "cpu-ns/record")
}

package scxbridge

import (
	"context"
	"slices"
	"testing"
)

// ender notes what comes, in order: pids of records, and negative ones of ends.
type ender struct {
	echo
	came []int32
}

func (e *ender) Enqueue(tasks []Task) {
	for i := range tasks {
		e.came = append(e.came, tasks[i].PID)
	}
	e.echo.Enqueue(tasks)
}

func (e *ender) End(tasks []Task) {
	for i := range tasks {
		e.came = append(e.came, -tasks[i].PID)
	}
}

// An id can pass to another task within a batch.
var recordsAndEnds = []Task{
	{PID: 1, Seq: 10}, {PID: 2, Seq: 11}, {PID: 1, Seq: 10, Flags: TaskEnded}, {PID: 1, Seq: 20},
	{PID: 2, Seq: 11, Flags: TaskEnded}, {PID: 1, Seq: 20, Flags: TaskEnded}, {PID: 3, Seq: 30},
}

// runRecordsAndEnds runs a policy until all decisions are there, and returns the options of the scheduler.
func runRecordsAndEnds(t *testing.T, policy Policy, decided func() int) Options {
	t.Helper()
	f := newFake(t)
	f.queue(recordsAndEnds...)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var asked Options
	open := func(o Options) (*Scheduler, error) {
		asked = o
		return load(f)
	}
	stopping := &stopWhen{Policy: policy, done: func() bool { return decided() >= 4 }, stop: cancel}
	var running Policy = stopping
	if e, is := policy.(Ender); is {
		running = struct {
			*stopWhen
			Ender
		}{stopping, e}
	}
	if err := run(ctx, running, RunOptions{}, open); err != nil {
		t.Fatal(err)
	}
	return asked
}

type stopWhen struct {
	Policy
	done func() bool
	stop func()
}

func (s *stopWhen) Dispatch(decisions []Decision) int {
	if s.done() {
		s.stop()
	}
	return s.Policy.Dispatch(decisions)
}

func TestEndsComeInOrder(t *testing.T) {
	e := &ender{}
	asked := runRecordsAndEnds(t, e, func() int { return e.seen })
	if want := []int32{1, 2, -1, 1, -2, -1, 3}; !slices.Equal(e.came, want) || !asked.Ends {
		t.Errorf("records and ends came as %v, not %v; Options.Ends is %v", e.came, want, asked.Ends)
	}
}

func TestEndsAreNotForOthers(t *testing.T) {
	e := &echo{}
	if asked := runRecordsAndEnds(t, e, func() int { return e.seen }); e.seen != 4 || asked.Ends {
		t.Errorf("%d records came, not 4; Options.Ends is %v", e.seen, asked.Ends)
	}
}

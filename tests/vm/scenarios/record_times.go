package main

import (
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// recordTimes looks at the times of all records. The agent is one thread at a time, and reads it after its end.
type recordTimes struct {
	records, slept int
	wrong          []scx.Task
	// How long ago a record was made when it came: the least and the most.
	least, most time.Duration
}

// look looks at a record, as it comes. (The scheduler's clock and the other one run apart by a little in the long run.)
func (r *recordTimes) look(task *scx.Task, began uint64) {
	began -= uint64(10 * time.Millisecond)
	now := uint64(monotonic())
	waited := time.Duration(now - task.ReadyTS)
	if r.records++; r.records == 1 {
		r.least = waited
	}
	r.least, r.most = min(r.least, waited), max(r.most, waited)
	if task.Woke() && task.StopTS != 0 && task.ReadyTS-task.StopTS > uint64(5*time.Millisecond) {
		r.slept++
	}
	// It stops after it starts, and is queued after that; what never ran has neither time.
	ran := task.StartTS != 0
	inOrder := began <= task.StartTS && task.StartTS <= task.StopTS && task.StopTS <= task.ReadyTS
	if ran != (task.StopTS != 0) || ran && !inOrder || task.ReadyTS < began || task.ReadyTS > now {
		r.wrong = append(r.wrong, *task)
	}
}

var _ = register(Scenario{
	Name: "record_times", Kernels: bothEnds,
	Doc: "the times of records are those of the clock that user space reads: made just now, in order, and as far apart as a sleeper sleeps",
	run: func(t *T) {
		var times recordTimes
		began := uint64(monotonic())
		s := t.schedule(decideBy(func(p *decideEach, task *scx.Task) scx.Decision {
			times.look(task, began)
			return p.firstCome(task, scx.AnyCPU)
		}), scx.Options{Name: "times", NoBuiltinIdle: true})
		t.sleeper("--threads", "4", "--count", "100", "--period-us", "10000")
		t.hogs(3)
		s.awaitDispatched(100, "hogs use up slices")
		s.stop()

		t.Logf("%d records, made %v to %v before they came; %d of tasks that slept for 5 ms", times.records, times.least, times.most, times.slept)
		t.ErrorIf(len(times.wrong) > 0, "%d records have impossible times, among them %+v", len(times.wrong), times.wrong[:min(len(times.wrong), 3)])
		// Another clock would be ahead or behind by as much for all of them.
		t.ErrorIf(times.least > 2*time.Millisecond, "no record was made less than %v before it came", times.least)
		// Their period is 10 ms. A busy host makes them late, so that they sleep for less, but not always.
		t.ErrorIf(times.slept < 100, "only %d records are of tasks that slept for 5 ms", times.slept)
	},
})

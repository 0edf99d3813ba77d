package replay

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/scxbridge/scxbridge/go/scxtest"
	"github.com/scxbridge/scxbridge/go/trace"
)

// Class says what kind of load a task is.
type Class string

// The classes.
const (
	// Hog never slept.
	Hog Class = "hog"
	// Long computed for 4 ms or more each time that it woke, on average.
	Long Class = "long"
	// Short computed for less.
	Short Class = "short"
)

// Classes are all of them, in the order of reports.
var Classes = []Class{Hog, Long, Short}

const longBurst = 4 * time.Millisecond

// Task is one of a load.
type Task struct {
	// TID and Comm are what it was called.
	TID  int32
	Comm string
	// Class says what kind of load it is.
	Class Class
	// Weight is its own weight, and CPUs those that it may use; nil: all.
	Weight uint64
	CPUs   []int
	// Start is when its first record was queued, since the beginning of the trace.
	Start time.Duration
	// Bursts are what it computes after each wake-up. Those of a hog are empty.
	Bursts []Burst
	// CPUTime is what it computed while the trace was taken, as far as its records tell.
	CPUTime time.Duration
}

// Burst is what a task computes after a wake-up.
type Burst struct {
	// At is when it wakes, since the beginning of the trace.
	At time.Duration
	// Compute is for how long it computes.
	Compute time.Duration
}

// Load is that of a trace.
type Load struct {
	// Tasks are in the order in which they came.
	Tasks []Task
	// Duration is that of the trace.
	Duration time.Duration
	// Recorded is what the trace itself says of the waits and CPU times, for comparison.
	Recorded Result
	// Inexact counts the bursts whose wake-ups are partly guessed: they had no record of their own.
	Inexact int

	config scxtest.Config
}

// Limits of what is replayed: more would take hours.
const (
	maxTasks    = 100_000
	maxDuration = time.Hour
)

// New makes a load of a trace.
func New(t *trace.Trace) (*Load, error) {
	l := &Load{Duration: t.Duration()}
	switch {
	case len(t.Records) == 0:
		return nil, errors.New("replay: the trace has no records")
	case l.Duration <= 0 || l.Duration > maxDuration:
		return nil, fmt.Errorf("replay: the trace is %v long: it must be more than 0, and at most %v", l.Duration, maxDuration)
	}
	cpus := max(t.CPUs, 1)
	l.config = scxtest.Config{CPUs: cpus, ThreadsPerCore: 1, CPUsPerLLC: cpus}
	if n := t.ThreadsPerCore; n > 1 && cpus%n == 0 {
		l.config.ThreadsPerCore = n
	}
	if n := t.CPUsPerLLC; n > 0 && n < cpus && n%l.config.ThreadsPerCore == 0 {
		l.config.CPUsPerLLC = n
	}
	at := map[int32]int{}
	byTask := [][]*trace.Record{}
	for i := range t.Records {
		r := &t.Records[i]
		if r.Task.ReadyTS < t.Start || r.Task.ReadyTS > t.End {
			continue // queued before the trace began
		}
		place, is := at[r.Task.PID]
		if !is {
			if len(byTask) == maxTasks {
				return nil, fmt.Errorf("replay: the trace has more than %d tasks", maxTasks)
			}
			place = len(byTask)
			at[r.Task.PID] = place
			byTask = append(byTask, nil)
		}
		byTask[place] = append(byTask[place], r)
		l.Recorded.Order = append(l.Recorded.Order, place)
		if r.Task.Ended() {
			delete(at, r.Task.PID) // the id may be another task's next
		}
	}
	l.Recorded.name = "as recorded"
	for _, records := range byTask {
		l.add(t, records)
	}
	if len(l.Tasks) == 0 {
		return nil, errors.New("replay: the trace has no records from after its beginning")
	}
	l.Recorded.close()
	return l, nil
}

// add makes a task of its records.
func (l *Load) add(t *trace.Trace, records []*trace.Record) {
	since := func(ts uint64) time.Duration { return time.Duration(ts - min(ts, t.Start)) }
	first, last := &records[0].Task, &records[len(records)-1].Task
	task := Task{
		TID: first.PID, Comm: last.Name(), Weight: min(uint64(last.OwnWeight), 10000), Start: since(first.ReadyTS),
		CPUs: l.cpus(records[len(records)-1].CPUs),
	}
	current := Burst{At: task.Start}
	var bursts int
	for i := 1; i < len(records); i++ {
		before, q := &records[i-1].Task, &records[i].Task
		// What it ran before the trace began does not count.
		run := time.Duration(min(q.RunNS, q.ReadyTS-before.ReadyTS))
		task.CPUTime += run
		if !q.Woke() && !q.Ended() {
			current.Compute += run
			continue
		}
		// Among these there were wake-ups without a record.
		pieces := int(min(q.Leased, 4096)) + 1
		if pieces > 1 {
			l.Inexact++
		}
		gap := (since(q.ReadyTS) - since(before.ReadyTS)) / time.Duration(pieces)
		for n := range pieces {
			part := run / time.Duration(pieces)
			if n == 0 {
				part = run - part*time.Duration(pieces-1)
			}
			current.Compute += part
			task.Bursts = append(task.Bursts, current)
			bursts++
			current = Burst{At: since(before.ReadyTS) + gap*time.Duration(n+1)}
		}
		current = Burst{At: since(q.ReadyTS)}
	}
	switch {
	case bursts == 0 && len(records) > 1 && !last.Ended():
		task.Class, task.Bursts = Hog, nil
	default:
		if current.Compute > 0 && !last.Ended() {
			task.Bursts = append(task.Bursts, current)
		}
		task.Class = Short
		if n := len(task.Bursts); n > 0 && task.CPUTime/time.Duration(n) >= longBurst {
			task.Class = Long
		}
	}
	l.Tasks = append(l.Tasks, task)
	l.recorded(&l.Tasks[len(l.Tasks)-1], records)
}

// cpus leaves out CPUs that the simulated machine does not have.
func (l *Load) cpus(cpus []int) []int {
	var there []int
	for _, cpu := range cpus {
		if cpu < l.config.CPUs {
			there = append(there, cpu)
		}
	}
	if len(there) == l.config.CPUs {
		return nil
	}
	return there
}

// recorded counts what the trace itself tells: of each wait that ended before the next record, without others in between.
func (l *Load) recorded(task *Task, records []*trace.Record) {
	seen := outcome{}
	for i := 1; i < len(records); i++ {
		before, q := &records[i-1].Task, &records[i].Task
		if q.Leased > 0 || q.StartTS < before.ReadyTS || q.RunNS == 0 {
			continue
		}
		seen.runs++
		if q.CPU != before.CPU {
			seen.moves++
		}
		if q.RunNS <= q.StopTS-min(q.StartTS, q.StopTS)+q.RunNS/16 {
			seen.waits = append(seen.waits, time.Duration(q.StartTS-before.ReadyTS))
		}
	}
	seen.cpu = task.CPUTime
	l.Recorded.add(task, seen)
}

// workload is the task as the simulator has it.
func (t *Task) workload(index int) scxtest.Workload {
	return scxtest.Workload{
		Name: fmt.Sprintf("%s-%d", name(t.Comm), index), Weight: max(t.Weight, 1), CPUs: t.CPUs, Start: t.Start,
		New: func(int) scxtest.Behavior {
			if t.Class == Hog {
				return scxtest.BehaviorFunc(func(*scxtest.Thread) scxtest.Action { return scxtest.Compute(scxtest.Forever) })
			}
			return &behavior{bursts: t.Bursts}
		},
	}
}

func name(comm string) string {
	if comm == "" {
		return "task"
	}
	return comm
}

// behavior computes the bursts, each at its time or as soon as the one before is done.
type behavior struct {
	bursts []Burst
	awake  bool
}

func (b *behavior) Next(t *scxtest.Thread) scxtest.Action {
	for {
		if len(b.bursts) == 0 {
			return scxtest.Exit()
		}
		next := b.bursts[0]
		if !b.awake {
			b.awake = true
			if wait := next.At - t.Now(); wait > 0 {
				return scxtest.Sleep(wait)
			}
		}
		b.bursts, b.awake = b.bursts[1:], false
		if next.Compute > 0 {
			return scxtest.Compute(next.Compute)
		}
	}
}

// quantile is that of sorted times.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func sorted(times []time.Duration) []time.Duration {
	slices.Sort(times)
	return times
}

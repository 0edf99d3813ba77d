package replay

import (
	"fmt"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// Waits are those for a CPU, from when a task wanted one until it ran.
type Waits struct {
	Count         int
	P50, P99, Max time.Duration
}

// ClassResult is what the tasks of a class got.
type ClassResult struct {
	Tasks int
	Waits Waits
	// CPUTime is theirs in total, Runs how often they were put on a CPU, and Moves how often on another one than before.
	CPUTime     time.Duration
	Runs, Moves int
}

// Slice is how long they ran at a stretch, on average.
func (c *ClassResult) Slice() time.Duration {
	if c.Runs == 0 {
		return 0
	}
	return c.CPUTime / time.Duration(c.Runs)
}

// Result is what a policy did with a load.
type Result struct {
	// ByClass has the classes that occur.
	ByClass map[Class]*ClassResult
	// CPUTime is that of each task of the load, in the same order.
	CPUTime []time.Duration
	// Order are the tasks of the load, by their place in it, in the order in which they were queued for a decision.
	Order []int
	// Report is the simulator's; nil of what was recorded.
	Report *scxtest.Report

	name  string
	waits map[Class][]time.Duration
}

// outcome is what became of a task.
type outcome struct {
	waits       []time.Duration
	cpu         time.Duration
	runs, moves int
}

func (r *Result) add(t *Task, o outcome) {
	if r.ByClass == nil {
		r.ByClass, r.waits = map[Class]*ClassResult{}, map[Class][]time.Duration{}
	}
	c := r.ByClass[t.Class]
	if c == nil {
		c = &ClassResult{}
		r.ByClass[t.Class] = c
	}
	c.Tasks++
	c.CPUTime += o.cpu
	c.Runs += o.runs
	c.Moves += o.moves
	r.waits[t.Class] = append(r.waits[t.Class], o.waits...)
	r.CPUTime = append(r.CPUTime, o.cpu)
}

func (r *Result) close() {
	for class, waits := range r.waits {
		s := sorted(waits)
		w := &r.ByClass[class].Waits
		w.Count, w.P50, w.P99, w.Max = len(s), quantile(s, 0.5), quantile(s, 0.99), quantile(s, 1)
	}
	r.waits = nil
}

// Config is the machine of the trace: the simulator's, unless the caller changes it.
func (l *Load) Config() scxtest.Config { return l.config }

// Run runs the load under a policy. What cfg leaves out of the machine is the traced one's.
func (l *Load) Run(name string, policy scxbridge.Policy, cfg scxtest.Config) (*Result, error) {
	if cfg.CPUs == 0 {
		cfg.CPUs, cfg.ThreadsPerCore, cfg.CPUsPerLLC = l.config.CPUs, l.config.ThreadsPerCore, l.config.CPUsPerLLC
	}
	outcomes := make([]outcome, len(l.Tasks))
	since := make([]time.Duration, len(l.Tasks)) // when it wanted a CPU; none: it does not wait
	where := make([]int, len(l.Tasks))
	const none = time.Duration(-1)
	for i := range since {
		since[i], where[i] = none, -1
	}
	r := &Result{name: name}
	tell := cfg.Trace
	cfg.Trace = func(e scxtest.Event) {
		if i := int(e.PID) - 1; i >= 0 && i < len(outcomes) { // tasks are numbered as they were added
			o := &outcomes[i]
			switch e.Kind {
			case scxtest.Forked, scxtest.Woke:
				since[i] = e.At
			case scxtest.Parked:
				r.Order = append(r.Order, i)
				if since[i] == none {
					since[i] = e.At
				}
			case scxtest.Ran:
				if since[i] == none {
					break // it goes on after the agent ran: in a trace, too, that is no wait of its own
				}
				o.waits = append(o.waits, e.At-since[i])
				o.runs++
				if where[i] >= 0 && where[i] != e.CPU {
					o.moves++
				}
				since[i], where[i] = none, e.CPU
			}
		}
		if tell != nil {
			tell(e)
		}
	}
	m := scxtest.NewMachine(cfg)
	for i := range l.Tasks {
		m.Add(l.Tasks[i].workload(i))
	}
	report, err := m.Run(policy, l.Duration)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	r.Report = report
	for i := range report.Tasks {
		if n := int(report.Tasks[i].PID) - 1; n >= 0 && n < len(outcomes) {
			outcomes[n].cpu = report.Tasks[i].CPUTime
		}
	}
	for i := range outcomes {
		r.add(&l.Tasks[i], outcomes[i])
	}
	r.close()
	return r, nil
}

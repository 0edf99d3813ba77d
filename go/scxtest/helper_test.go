package scxtest_test

import (
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

const (
	us = time.Microsecond
	ms = time.Millisecond
)

// An agent that takes no time at all, and preempts no task.
var noCost = scxtest.Agent{Wakeup: scxtest.NoCost, Round: scxtest.NoCost, Decision: scxtest.NoCost, Apart: true}

// each decides about each task as it comes, and keeps its record.
type each struct {
	policy.Each
	records []scxbridge.Task
}

func (p *each) Enqueue(tasks []scxbridge.Task) {
	p.records = append(p.records, tasks...)
	p.Each.Enqueue(tasks)
}

// firstCome is a first-come, first-served policy. change may edit each decision;
// if it returns false, there is none.
func firstCome(change func(*scxbridge.Task, *scxbridge.Decision) bool) *each {
	var order uint64
	return &each{Each: policy.Each{Decide: func(t *scxbridge.Task) (scxbridge.Decision, bool) {
		order++
		d := t.Decide(scxbridge.PickIdle)
		d.VTime = order
		return d, change == nil || change(t, &d)
	}}}
}

func vruntime(t testing.TB, o policy.VRuntimeOptions) *policy.VRuntime {
	t.Helper()
	v, err := policy.NewVRuntime(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// run runs a simulation that must not fail; what the checks find is in the report.
func run(t testing.TB, p scxbridge.Policy, cfg scxtest.Config, d time.Duration, workloads ...scxtest.Workload) *scxtest.Report {
	t.Helper()
	m := scxtest.NewMachine(cfg)
	m.Add(workloads...)
	r, err := m.Run(p, d)
	if err != nil {
		t.Fatal(err)
	}
	if records, decisions := r.Stats.Unaccounted(); records != 0 || decisions < 0 {
		t.Errorf("%d records and %d decisions are unaccounted for", records, decisions)
	}
	return r
}

// steps returns a behavior that does these actions and exits.
func steps(actions ...scxtest.Action) func(int) scxtest.Behavior {
	return func(int) scxtest.Behavior {
		next := 0
		return scxtest.BehaviorFunc(func(*scxtest.Thread) scxtest.Action {
			if next == len(actions) {
				return scxtest.Exit()
			}
			next++
			return actions[next-1]
		})
	}
}

// mixed is a mix of all kinds of load.
func mixed() []scxtest.Workload {
	return []scxtest.Workload{
		scxtest.Hog(6),
		scxtest.Hog(2).Named("nice").WithNice(10),
		scxtest.Hog(2).Named("bound").On(1),
		scxtest.Sleeper(30, scxtest.Exponential(ms), scxtest.Exponential(30*ms)),
		scxtest.PingPong(3, scxtest.Uniform(10*us, 100*us)),
		scxtest.ForkStorm(2, scxtest.Uniform(100*us, 2*ms)),
		scxtest.Sleeper(4, scxtest.Always(200*us), scxtest.Always(3*ms)).Named("late").From(500 * ms),
	}
}

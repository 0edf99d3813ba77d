package scxtest_test

import (
	"fmt"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cgroup"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// What a test of a policy looks like.
func ExampleRun() {
	test := func(t *testing.T) { // TestMyPolicy
		report := scxtest.Run(t, policy.NewFIFO(0, 0), scxtest.Config{CPUs: 4, Seed: 1}, 10*time.Second,
			scxtest.Hog(8),
			scxtest.Sleeper(20, scxtest.Exponential(time.Millisecond), scxtest.Exponential(20*time.Millisecond)),
		)
		if p99 := report.Workload("sleeper").Latency.Quantile(0.99); p99 > 50*time.Millisecond {
			t.Errorf("sleepers wait for %v", p99)
		}
	}
	_ = test
}

// A simulation also works outside of tests.
func ExampleMachine() {
	m := scxtest.NewMachine(scxtest.Config{CPUs: 2, Seed: 1})
	m.Add(
		scxtest.Hog(3),
		scxtest.Hog(1).Named("bound").On(1),
		scxtest.Sleeper(2, scxtest.Always(time.Millisecond), scxtest.Always(19*time.Millisecond)),
	)
	report, err := m.Run(policy.NewFIFO(0, 0), 10*time.Second)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report)
	// Output:
	// 2 CPUs for 10s, seed 1: 99.9 % busy, agent 0.1 %, 5537 runs, 957 migrations
	//
	// workload  tasks  CPU time  share   wake-ups  p50     p99     max     longest wait
	// hog       3      14.2s     70.9 %  3         1.02µs  8.5µs   8.5µs   9.01ms
	// bound     1      5.11s     25.6 %  1         8.01ms  8.01ms  8.01ms  12ms
	// sleeper   2      714ms     3.6 %   716       8.13ms  8.13ms  16ms    16ms
	//
	// queued 3396 = dispatched 3396 + rescued 0 + gone 0 + in flight 0
	// decisions 3396 = dispatched 3396 + stale 0 + refused 0
	// idle direct 2, leased 0, congested 0, bounced 0, preempts 0, starved 0
	// no violations
}

// Two policies under the very same load.
func ExampleReport_Workload() {
	for _, slice := range []time.Duration{20 * time.Millisecond, 4 * time.Millisecond} {
		m := scxtest.NewMachine(scxtest.Config{CPUs: 4, Seed: 1})
		m.Add(scxtest.Hog(8), scxtest.Sleeper(10, scxtest.Exponential(time.Millisecond), scxtest.Exponential(50*time.Millisecond)))
		report, err := m.Run(policy.NewFIFO(uint64(slice), 0), 10*time.Second)
		if err != nil {
			fmt.Println(err)
			return
		}
		latency := &report.Workload("sleeper").Latency
		fmt.Printf("slice %v: half of the wake-ups wait for less than %v, the longest for %v\n",
			slice, latency.Quantile(0.5).Round(time.Millisecond), latency.Max().Round(time.Millisecond))
	}
	// Output:
	// slice 20ms: half of the wake-ups wait for less than 29ms, the longest for 47ms
	// slice 4ms: half of the wake-ups wait for less than 9ms, the longest for 16ms
}

// Which task ran when, and where.
func ExampleRecorder() {
	var recorder scxtest.Recorder
	m := scxtest.NewMachine(scxtest.Config{
		Trace: recorder.Record,
		Tick:  scxtest.TickExact, Switch: scxtest.NoCost, Agent: scxtest.Agent{Apart: true},
	})
	m.Add(scxtest.Hog(3))
	if _, err := m.Run(policy.NewFIFO(2_000_000, 0), 13*time.Millisecond); err != nil {
		fmt.Println(err)
		return
	}
	for span := range recorder.Spans() {
		fmt.Println(span.Name, "on CPU", span.CPU, "for", span.To-span.From)
	}
	// Output:
	// hog-0 on CPU 0 for 2ms
	// hog-1 on CPU 0 for 2ms
	// hog-2 on CPU 0 for 2ms
	// hog-0 on CPU 0 for 2ms
	// hog-1 on CPU 0 for 2ms
	// hog-2 on CPU 0 for 2ms
}

// A custom load: a task that wants to run every 10 ms, however long it waited before.
func ExampleBehavior() {
	const period = 10 * time.Millisecond
	periodic := func(int) scxtest.Behavior {
		next, computed := time.Duration(0), true
		return scxtest.BehaviorFunc(func(t *scxtest.Thread) scxtest.Action {
			if computed = !computed; !computed {
				return scxtest.Compute(time.Millisecond)
			}
			next += period
			return scxtest.Sleep(next - t.Now())
		})
	}
	m := scxtest.NewMachine(scxtest.Config{CPUs: 1})
	m.Add(scxtest.Workload{Name: "periodic", New: periodic}, scxtest.Hog(1))
	report, err := m.Run(policy.NewFIFO(0, 0), time.Second)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Workload("periodic").Latency.Count(), "times")
	// Output:
	// 100 times
}

// Groups share the CPUs by weight, and keep their limits, with a policy that knows nothing of groups.
func ExampleGroup() {
	m := scxtest.NewMachine(scxtest.Config{
		CPUs: 2,
		Groups: []scxtest.Group{
			{Path: "/batch", Limit: cgroup.Limit{Quota: 50 * time.Millisecond, Period: 100 * time.Millisecond}},
			{Path: "/web", Weight: 300},
			{Path: "/db"},
		},
		Changes: []scxtest.Change{scxtest.MoveTasks(5*time.Second, "late", "/db")},
	})
	m.Add(
		scxtest.Hog(8).In("/batch"),
		scxtest.Hog(4).Named("web").In("/web"),
		scxtest.Hog(4).Named("late").In("/batch"),
	)
	vruntime, err := policy.NewVRuntime(policy.VRuntimeOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := m.Run(vruntime, 10*time.Second)
	if err != nil {
		fmt.Println(err)
		return
	}
	batch := report.Group("/batch")
	fmt.Printf("batch: %.1f of 20 s, %v waits for quota\n", batch.CPUTime.Seconds(), batch.Throttled > 0)
	fmt.Println(report.Err())
	// Output:
	// batch: 5.0 of 20 s, true waits for quota
	// <nil>
}

// forgetful never decides about every tenth record.
type forgetful struct {
	*policy.FIFO
	n int
}

func (f *forgetful) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		if f.n++; f.n%10 != 0 {
			f.FIFO.Enqueue(tasks[i : i+1])
		}
	}
}

// What the checks find.
func ExampleReport_Err() {
	m := scxtest.NewMachine(scxtest.Config{CPUs: 2})
	m.Add(scxtest.Hog(4))
	report, err := m.Run(&forgetful{FIFO: policy.NewFIFO(0, 0)}, 100*time.Millisecond)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Err())
	// Output:
	// 80ms: lost: task hog-3 (pid 4) was rescued after 48ms: the policy got its record and decided nothing
	// 100ms: lost: task hog-0 (pid 1) was still parked after 28ms: the policy got its record and decided nothing
}

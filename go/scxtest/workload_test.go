package scxtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// What each ready-made load does, on enough CPUs.
func TestWorkloads(t *testing.T) {
	cfg := exact(8, nil)
	r := scxtest.Run(t, policy.NewFIFO(0, 0), cfg, time.Second,
		scxtest.Hog(1),
		scxtest.Sleeper(1, scxtest.Always(2*ms), scxtest.Always(8*ms)),
		scxtest.PingPong(1, scxtest.Always(ms)),
		scxtest.ForkStorm(1, scxtest.Always(2*ms)),
		scxtest.Hog(1).Named("late").From(800*ms),
	)
	for name, want := range map[string]struct {
		tasks, exited int
		cpu           time.Duration
	}{
		"hog":       {1, 0, time.Second},
		"pingpong":  {2, 0, time.Second},
		"forkstorm": {1, 0, 0},
		"forked":    {500, 499, time.Second},
		"late":      {1, 0, 200 * ms},
	} {
		w := r.Workload(name)
		if w.Tasks != want.tasks || w.Exited != want.exited || w.CPUTime != want.cpu || w.LongestWait != 0 {
			t.Errorf("%s: %d tasks, %d exited, %v; want %+v", name, w.Tasks, w.Exited, w.CPUTime, want)
		}
	}
	// The sleeper begins somewhere in its sleep.
	if w := r.Workload("sleeper"); w.CPUTime < 198*ms || w.CPUTime > 200*ms || w.Latency.Count() < 100 || w.Latency.Count() > 102 {
		t.Errorf("sleeper: %v, %d wake-ups", w.CPUTime, w.Latency.Count())
	}
	if w := r.Workload("nobody"); w.Name != "" || w.Tasks != 0 {
		t.Errorf("a workload that does not exist: %+v", w)
	}
	// Forked tasks are listed only if they still exist.
	if len(r.Tasks) != 7 {
		t.Errorf("%d tasks in the report, want 7", len(r.Tasks))
	}
	var sum float64
	for i := range r.Tasks {
		sum += r.Tasks[i].Share
	}
	if exited := float64(998*ms) / float64(r.Busy); sum+exited < 0.999 || sum+exited > 1.001 {
		t.Errorf("the shares add up to %v and %v", sum, exited)
	}
	if text := r.String(); !strings.HasPrefix(text, "8 CPUs for 1s, seed 0: ") || !strings.Contains(text, "no violations") || !strings.Contains(text, "forkstorm") {
		t.Errorf("the report is\n%s", text)
	}
}

// Children inherit what their workload does not set.
func TestForkInherits(t *testing.T) {
	like := &scxtest.Workload{Name: "like", New: steps(scxtest.Compute(scxtest.Forever))}
	other := &scxtest.Workload{Name: "other", Weight: 50, CPUs: []int{0}, OneProcess: true, New: steps(scxtest.Compute(scxtest.Forever))}
	p := firstCome(nil)
	run(t, p, scxtest.Config{CPUs: 4}, 100*ms,
		scxtest.Workload{Name: "parent", Weight: 200, CPUs: []int{2}, New: steps(scxtest.Fork(like), scxtest.Fork(other), scxtest.Compute(scxtest.Forever))})
	seen := map[string]bool{}
	for i := range p.records {
		r := &p.records[i]
		first := !seen[r.Name()]
		seen[r.Name()] = true
		switch r.Name() {
		case "like":
			if r.Weight != 200 || r.CPU != 2 || r.NrCPUsAllowed != 1 || r.TGID != r.PID || first && r.Woke() {
				t.Errorf("%+v", r)
			}
		case "other":
			if r.Weight != 50 || r.CPU != 0 || r.NrCPUsAllowed != 1 || r.TGID != 1 {
				t.Errorf("%+v", r)
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("records of %v", seen)
	}
}

// A wake-up before the wait is not lost, and one of a task that does not exist does nothing.
func TestWaitAndWake(t *testing.T) {
	r := scxtest.Run(t, policy.NewFIFO(0, 0), exact(2, nil), 100*ms,
		scxtest.Workload{Name: "waits", New: func(int) scxtest.Behavior {
			return steps(scxtest.Compute(5*ms), scxtest.Wait(), scxtest.Wait(), scxtest.Compute(ms), scxtest.Wait(), scxtest.Compute(50*ms))(0)
		}},
		scxtest.Workload{Name: "wakes", New: steps(scxtest.Wake(1), scxtest.Wake(99), scxtest.Compute(8*ms), scxtest.Wake(1))})
	if w := r.Workload("waits"); w.CPUTime != 6*ms || w.Latency.Count() != 2 {
		t.Errorf("ran for %v, and was woken %d times", w.CPUTime, w.Latency.Count())
	}
}

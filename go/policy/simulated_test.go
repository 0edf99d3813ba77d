package policy_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

const ms = time.Millisecond

// vruntimeOn runs VRuntime on one CPU that has no work but these workloads.
func vruntimeOn(t *testing.T, o policy.VRuntimeOptions, d time.Duration, workloads ...scxtest.Workload) *scxtest.Report {
	t.Helper()
	v, err := policy.NewVRuntime(o)
	if err != nil {
		t.Fatal(err)
	}
	none := scxtest.Agent{Wakeup: scxtest.NoCost, Round: scxtest.NoCost, Decision: scxtest.NoCost, Apart: true}
	return scxtest.Run(t, v, scxtest.Config{Tick: scxtest.TickExact, Switch: scxtest.NoCost, Agent: none}, d, workloads...)
}

func TestVRuntimeSharesByWeight(t *testing.T) {
	for _, tasks := range []int{1 << 14, 1} { // with its history, and with almost none
		weights := []uint64{10, 50, 100, 100, 200, 300}
		var hogs []scxtest.Workload
		var sum uint64
		for i, w := range weights {
			hogs = append(hogs, scxtest.Hog(1).Named(fmt.Sprint(i)).WithWeight(w))
			sum += w
		}
		r := vruntimeOn(t, policy.VRuntimeOptions{Tasks: tasks}, time.Minute, hogs...)
		for i, w := range weights {
			want := float64(w) / float64(sum)
			got := r.Workload(fmt.Sprint(i)).Share
			if math.Abs(got-want) > 0.03*want+0.002 {
				t.Errorf("remembering %d: share of weight %d = %.4f, want %.4f", tasks, w, got, want)
			}
		}
	}
}

// Deciding takes time, and meanwhile a CPU runs what there is. So light tasks run before their turn, and are far
// ahead then; the others are not lifted to where they are, and go on sharing by weight.
func TestVRuntimeSharesWhileDecisionsTakeTime(t *testing.T) {
	v, err := policy.NewVRuntime(policy.VRuntimeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r := scxtest.Run(t, v, scxtest.Config{CPUs: 2}, 20*time.Second,
		scxtest.Hog(3).Named("heavy").WithWeight(1000),
		scxtest.Hog(3).Named("middle").WithWeight(100),
		scxtest.Hog(3).Named("light").WithWeight(1))
	heavy, middle, light := r.Workload("heavy").CPUTime, r.Workload("middle").CPUTime, r.Workload("light").CPUTime
	if got := float64(heavy) / float64(middle); got < 8.5 || got > 11.5 || light > middle/4 {
		t.Errorf("weights 1000 : 100 : 1 share CPUs as %v : %v : %v", heavy, middle, light)
	}
}

// Tasks that compute and sleep in turns, and demand more CPU time than there is,
// get the same share as those that only compute: the bonus is not charged.
func TestVRuntimeBonusIsNoCharge(t *testing.T) {
	napper := scxtest.Sleeper(1, scxtest.Always(60*ms), scxtest.Always(ms)).Named("napper")
	r := vruntimeOn(t, policy.VRuntimeOptions{}, time.Minute, scxtest.Hog(1), napper)
	got := float64(r.Workload("napper").CPUTime) / float64(r.Workload("hog").CPUTime)
	if got < 0.9 || got > 1.1 {
		t.Errorf("a task that naps got %.3f of what one that never sleeps got, want about 1", got)
	}
}

func TestVRuntimeSleeperGoesFirst(t *testing.T) {
	sleeper := scxtest.Sleeper(1, scxtest.Always(200*time.Microsecond), scxtest.Always(20*ms)).From(2 * time.Second)
	r := vruntimeOn(t, policy.VRuntimeOptions{}, 23*time.Second, scxtest.Hog(8), sleeper)
	// At most the rest of a slice: 20 ms / (1 + about 8).
	if got := r.Workload("sleeper"); got.Runs < 900 || got.LongestWait > 4*ms {
		t.Errorf("a sleeper waited %v among 8 hogs, want at most %v; it ran %d times", got.LongestWait, 4*ms, got.Runs)
	}
}

// The wait is bounded, however light the task and however heavy the others.
func TestVRuntimeMaxWait(t *testing.T) {
	for _, heavies := range []int{1, 3, 50} {
		r := vruntimeOn(t, policy.VRuntimeOptions{}, time.Minute,
			scxtest.Hog(heavies).Named("heavy").WithWeight(10000),
			scxtest.Hog(1).Named("light").WithWeight(1).From(time.Second))
		if light := r.Workload("light"); light.CPUTime == 0 || light.LongestWait > 3*time.Second {
			t.Errorf("weight 1 against %d × 10000: longest wait %v, ran %v", heavies, light.LongestWait, light.CPUTime)
		}
	}
}

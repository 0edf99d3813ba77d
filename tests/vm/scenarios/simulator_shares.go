//go:build !demo

package main

import (
	"fmt"
	"math"
	"strconv"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// shareHogs are the nice values of the hogs.
var shareHogs = []int{-5, 0, 0, 0, 3, 8}

// How much a share in the kernel may differ from the simulator's: a fraction of it, plus a
// little, since the machine does other things too. The heaviest hog's share is 18 times the
// lightest one's.
const (
	shareTolerance = 0.15
	shareSlack     = 0.015
)

var _ = register(Scenario{
	Name: "simulator_shares",
	Doc:  "hogs of several weights under the policy vruntime: in this kernel and in the simulator they get the same shares",
	run: func(t *T) {
		want := simulatedShares(t)
		s := t.schedule(t.vruntime(policy.VRuntimeOptions{}), scx.Options{})
		hogs := make([]*process, len(shareHogs))
		for i, nice := range shareHogs {
			hogs[i] = t.endless("hog", "--nice", strconv.Itoa(nice), "--threads", "1")
		}
		for i, hog := range hogs {
			t.Await(time.Minute, "the hog computes", func() bool { return hog.cpuTime() > 200*time.Millisecond })
			t.Logf("hog %d runs", i)
		}
		t.quietRun(5, fmt.Sprintf("a share differs by more than %v of itself and %v", shareTolerance, shareSlack), func() bool {
			var shares []float64
			st := s.during(func() { shares = t.sharesOf(hogs, 10*time.Second) })
			agree := true
			for i, got := range shares {
				agree = agree && math.Abs(got-want[i]) <= shareTolerance*want[i]+shareSlack
				t.Logf("nice %d: share %.3f in the kernel, %.3f in the simulator", shareHogs[i], got, want[i])
			}
			t.Logf("%d dispatched, %d rescued", st.Dispatched, st.Rescued)
			return agree
		})
	},
})

func simulatedShares(t *T) []float64 {
	m := scxtest.NewMachine(scxtest.Config{CPUs: 2})
	for i, nice := range shareHogs {
		m.Add(scxtest.Hog(1).Named(fmt.Sprintf("hog%d", i)).WithNice(nice))
	}
	r, err := m.Run(t.vruntime(policy.VRuntimeOptions{}), 20*time.Second)
	t.Check(err, "simulate")
	t.Check(r.Err(), "simulate")
	t.Logf("simulated:\n%v", r)
	var shares []float64
	for i := range r.Tasks {
		shares = append(shares, r.Tasks[i].Share)
	}
	return shares
}

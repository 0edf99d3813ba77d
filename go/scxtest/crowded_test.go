package scxtest_test

import (
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/scxtest"
)

// A task that wakes up 0.1 ms after the only near CPUs became busy, for 0.2 ms more, is never stolen. At the 16th such wake-up
// in a row it goes to an idle CPU of another domain, where it stays for 500 ms, whatever happens there.
func TestLeaveCrowdedDomain(t *testing.T) {
	// Busy for the first 0.3 ms of each millisecond from one to another, but for the ones that are left out.
	bursts := func(cpu, from, to int, leftOut ...int) scxtest.Workload {
		var actions []scxtest.Action
		for i := from; i < to; i++ {
			work := 300 * us
			for _, skipped := range leftOut {
				if i == skipped {
					work = 10 * us
				}
			}
			actions = append(actions, scxtest.Compute(work), scxtest.Sleep(ms-work))
		}
		return once(string(rune('A'+cpu)), time.Duration(from)*ms, actions...).On(cpu)
	}
	wakeful := func(times int) scxtest.Workload {
		actions := []scxtest.Action{scxtest.Compute(100 * us), scxtest.Sleep(5 * ms)}
		for range times {
			actions = append(actions, scxtest.Compute(100*us), scxtest.Sleep(700*us))
		}
		return once("sleeper", 0, actions...)
	}
	for _, c := range []struct {
		name   string
		load   []scxtest.Workload
		change func(*scxtest.Config)
		stays  int // how often it runs near, from 5.1 ms on; -1: always
	}{
		{name: "far CPUs idle", load: []scxtest.Workload{bursts(0, 5, 40), bursts(1, 5, 40)}, stays: 15},
		// 8 times; 4 times near CPUs are idle, until it meets the bursts again; 15 times.
		{name: "not in a row", load: []scxtest.Workload{bursts(0, 5, 40, 13), bursts(1, 5, 40, 13)}, stays: 27},
		{name: "far CPUs busy, too", load: []scxtest.Workload{bursts(0, 5, 40), bursts(1, 5, 40), bursts(2, 5, 40), bursts(3, 5, 40)}, stays: -1},
		{name: "crowded there, too", load: []scxtest.Workload{bursts(0, 5, 25), bursts(1, 5, 25), bursts(2, 25, 60), bursts(3, 25, 60)}, stays: 15},
		{name: "no builtin choice", load: []scxtest.Workload{bursts(0, 5, 40), bursts(1, 5, 40)}, change: func(c *scxtest.Config) { c.Options.NoBuiltinIdle = true }, stays: -1},
	} {
		var rec scxtest.Recorder
		cfg := caches(4, 2, &rec)
		if c.change != nil {
			c.change(&cfg)
		}
		r := run(t, named(nil), cfg, 60*ms, append(c.load, wakeful(50))...)
		near, far := 0, 0
		for _, s := range spansOf(&rec, "sleeper")[1:] {
			switch {
			case s.CPU > 1:
				far++
			case far == 0:
				near++
			default:
				t.Errorf("%s: it came back at %v", c.name, s.From)
			}
		}
		left := uint64(1)
		if c.stays < 0 {
			c.stays, left = near, 0
		}
		if near != c.stays || r.Stats.LeftCrowded != left || (far > 0) != (left > 0) || r.Stats.Stolen != 0 || r.Err() != nil {
			t.Errorf("%s: ran near %d times (want %d) and far %d times, %d left, %d stolen, %v", c.name, near, c.stays, far, r.Stats.LeftCrowded, r.Stats.Stolen, r.Err())
		}
	}
}

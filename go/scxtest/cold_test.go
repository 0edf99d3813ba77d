package scxtest_test

import (
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// A policy that sends tasks from cache to cache gets less done.
func TestColdCache(t *testing.T) {
	for _, c := range []struct {
		cpus  []int32
		moves uint64
	}{
		{[]int32{0, 0}, 0},
		{[]int32{0, 1}, 0}, // the same cache
		{[]int32{0, 2}, 9},
	} {
		for _, cold := range []time.Duration{0, 300 * us} {
			var rec scxtest.Recorder
			n := 0
			cfg := caches(4, 2, &rec)
			cfg.ColdCache = cold
			cfg.Options.NoBuiltinIdle = true
			p := firstCome(func(_ *scxbridge.Task, d *scxbridge.Decision) bool {
				d.CPU = c.cpus[n%2]
				n++
				return true
			})
			r := run(t, p, cfg, 120*ms, naps(10))
			s := spansOf(&rec, "short")
			w := r.Workload("short")
			lost := time.Duration(c.moves) * cold
			if len(s) != 10 || s[9].To != 91*ms+lost {
				t.Errorf("CPUs %v, %v: ran at %+v", c.cpus, cold, s)
			}
			if r.CacheMoves != c.moves || w.CacheMoves != c.moves || w.ColdTime != lost || w.CPUTime != 10*ms+lost {
				t.Errorf("CPUs %v, %v: %d moves in all, %+v", c.cpus, cold, r.CacheMoves, w)
			}
		}
	}
}

// What is left of the cost is paid when the task runs again; a further move costs all of it.
func TestColdCacheIsPaidInParts(t *testing.T) {
	for _, c := range []struct {
		cpus []int32 // of its runs
		cold time.Duration
	}{
		{[]int32{0, 2, 2, 2}, 2500 * us},
		{[]int32{0, 2, 0, 0}, 3500 * us},
	} {
		var rec scxtest.Recorder
		n := 0
		cfg := caches(4, 2, &rec)
		cfg.ColdCache = 2500 * us
		cfg.Options.NoBuiltinIdle = true
		p := firstCome(func(task *scxbridge.Task, d *scxbridge.Decision) bool {
			if d.SliceNS = uint64(ms); task.Name() == "moves" {
				d.CPU = c.cpus[min(n, 3)]
				n++
			} else {
				d.CPU = task.CPU
			}
			return true
		})
		// Others make it wait after each ms.
		r := run(t, p, cfg, 60*ms, once("moves", 0, scxtest.Compute(3*ms)), scxtest.Hog(1).Named("a").On(0), scxtest.Hog(1).Named("b").On(2))
		w := r.Workload("moves")
		if w.ColdTime != c.cold || w.CPUTime != 3*ms+c.cold {
			t.Errorf("CPUs %v: %+v, want %v of it cold", c.cpus, w, c.cold)
		}
	}
}

// The cost is paid before anything else, also before what takes no time.
func TestColdCacheComesFirst(t *testing.T) {
	var rec scxtest.Recorder
	n := int32(0)
	cfg := caches(4, 2, &rec)
	cfg.ColdCache = 300 * us
	cfg.Options.Slice = 100 * us // so that it ends in between
	cfg.Options.NoBuiltinIdle = true
	p := firstCome(func(task *scxbridge.Task, d *scxbridge.Decision) bool {
		if task.Name() == "parent" {
			d.CPU = 2 * n
			n++
		}
		return true
	})
	child := &scxtest.Workload{Name: "child", New: steps(scxtest.Compute(ms))}
	run(t, p, cfg, 50*ms, once("parent", 0, scxtest.Compute(ms), scxtest.Sleep(9*ms), scxtest.Fork(child)))
	if s := spansOf(&rec, "child"); len(s) != 1 || s[0].From != 10300*us {
		t.Errorf("the child ran at %+v", s)
	}
}

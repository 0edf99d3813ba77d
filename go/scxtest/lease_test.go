package scxtest_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// leased grants a lease to the tasks called short; others are first come, first served.
func leased(cpu int32, flags uint64, lasts time.Duration, count uint32) *each {
	return firstCome(func(t *scxbridge.Task, d *scxbridge.Decision) bool {
		if t.Name() == "short" {
			d.CPU, d.Flags, d.LeaseNS, d.LeaseCount = cpu, flags, uint64(lasts), count
			d.VTime, d.SliceNS = 1000, uint64(3*ms)
		}
		return true
	})
}

// naps is a task that runs for 1 ms and sleeps for 9 ms, n times.
func naps(n int) scxtest.Workload {
	var actions []scxtest.Action
	for range n {
		actions = append(actions, scxtest.Compute(ms), scxtest.Sleep(9*ms))
	}
	return once("short", 0, actions[:len(actions)-1]...)
}

// A lease is used up to its count and its time; the next record says how often, and for how long.
func TestLease(t *testing.T) {
	for _, c := range []struct {
		lasts   time.Duration
		count   uint32
		records int
		leased  uint32 // as the second record has it
	}{
		{0, 0, 12, 0},
		{0, 2, 4, 2},
		{35 * ms, 0, 3, 3},
		{time.Second, 5, 2, 5},
		{0, 100, 1, 0},
	} {
		cfg := exact(1, nil)
		p := leased(scxbridge.PickIdle, 0, c.lasts, c.count)
		r := run(t, p, cfg, 125*ms, naps(12))
		if len(p.records) != c.records || r.Stats.LeaseUses != uint64(12-c.records) || r.Workload("short").CPUTime != 12*ms || r.Err() != nil {
			t.Errorf("%v, %d times: %d records, %d leased, want %d records: %v", c.lasts, c.count, len(p.records), r.Stats.LeaseUses, c.records, r)
			continue
		}
		if granted := r.Stats.LeasesGranted; (granted == uint64(c.records)) != (c.count+uint32(c.lasts) > 0) {
			t.Errorf("%v, %d times: granted %d", c.lasts, c.count, granted)
		}
		if c.records == 1 {
			continue
		}
		// Each use adds to VTime what the task had run for until then.
		got, uses := p.records[1], uint64(c.leased)
		if got.Leased != c.leased || got.RunNS != (uses+1)*uint64(ms) || got.VTime != 1000+uses*uint64(ms) {
			t.Errorf("%v, %d times: the second record is %+v", c.lasts, c.count, got)
		}
	}
}

// A lease puts its task where the decision did.
func TestLeasePlaces(t *testing.T) {
	for _, c := range []struct {
		cpu   int32
		flags uint64
		from  time.Duration // of its second run, 9 ms after the first
	}{
		{0, 0, 25 * ms}, // the hog keeps running: 5 ms, and 20
		{0, scxbridge.Preempt, 10 * ms},
		{scxbridge.PickIdle, scxbridge.Preempt, 10 * ms},
		{scxbridge.AnyCPU, scxbridge.Preempt, 10 * ms},
		{scxbridge.PickIdle, scxbridge.PreemptLater, 10 * ms},
		{scxbridge.PickIdle, 0, 26 * ms},
		{scxbridge.AnyCPU, 0, 31 * ms}, // its first run comes after the hog's slice
	} {
		var rec scxtest.Recorder
		r := run(t, leased(c.cpu, c.flags, 0, 9), exact(1, &rec), 60*ms, naps(2), scxtest.Hog(1))
		s := spansOf(&rec, "short")
		if len(s) != 2 || s[1].From < c.from-ms || s[1].From > c.from+ms || r.Stats.LeaseUses != 1 || r.Err() != nil {
			t.Errorf("CPU %d, flags %d: ran at %+v, want from %v:\n%v", c.cpu, c.flags, s, c.from, r)
		}
	}
	// An idle CPU is taken at once.
	var rec scxtest.Recorder
	cfg := exact(2, &rec)
	cfg.Options.NoBuiltinIdle = true
	run(t, leased(scxbridge.PickIdle, 0, 0, 9), cfg, 60*ms, naps(4))
	if s := spansOf(&rec, "short"); len(s) != 4 || s[3].From != 30*ms {
		t.Errorf("ran at %+v", s)
	}
	// A task that may preempt takes an idle CPU, too.
	for _, flags := range []uint64{scxbridge.Preempt, scxbridge.PreemptLater} {
		r := run(t, leased(scxbridge.AnyCPU, flags, 0, 9), cfg, 60*ms, naps(4), scxtest.Hog(1).On(0))
		if r.Stats.Preempts != 0 || r.Stats.LeaseUses != 3 {
			t.Errorf("flags %d: %d preempts: %v", flags, r.Stats.Preempts, r)
		}
	}
	cfg.Unchecked = scxtest.CheckAffinity
	p := leased(1, 0, 0, 9)
	if r := run(t, p, cfg, 60*ms, naps(4).On(0)); len(p.records) != 4 || r.Stats.Bounced != 4 || r.Stats.LeaseUses != 0 {
		t.Errorf("%d records, want 4: %v", len(p.records), r)
	}
}

// A lease ends at once when it is revoked.
func TestRevokeLease(t *testing.T) {
	for _, all := range []bool{false, true} {
		var m *scxtest.Machine
		p := leased(scxbridge.PickIdle, 0, 0, 0)
		inner := p.Decide
		p.Decide = func(task *scxbridge.Task) (scxbridge.Decision, bool) {
			d, ok := inner(task)
			if task.Name() == "short" {
				d.LeaseCount = 50
			} else if !all {
				if err := m.RevokeLease(1); err != nil {
					t.Error(err)
				}
			} else if err := m.RevokeLeases(); err != nil {
				t.Error(err)
			}
			return d, ok
		}
		m = scxtest.NewMachine(exact(1, nil))
		m.Add(naps(9), once("other", 35*ms, scxtest.Compute(ms)))
		r, err := m.Run(p, 95*ms)
		if err != nil || r.Err() != nil || r.Stats.Revoked != 1 || r.Stats.LeasesGranted != 2 {
			t.Errorf("%v, %v", r, err)
		}
		names := make([]string, 0, 3)
		for i := range p.records {
			names = append(names, p.records[i].Name())
		}
		if !slices.Equal(names, []string{"short", "other", "short"}) {
			t.Errorf("records of %v", names)
		}
		if err := m.RevokeLease(9); !errors.Is(err, scxbridge.ErrNoSuchTask) {
			t.Errorf("of no task: %v", err)
		}
		if err := m.RevokeLease(0); !errors.Is(err, scxbridge.ErrInvalid) {
			t.Errorf("of pid 0: %v", err)
		}
	}
}

// With a window the agent stays asleep while all CPUs are busy, until one has no decided task.
func TestBatchWindow(t *testing.T) {
	for _, c := range []struct {
		window   time.Duration
		hogs     int
		wakeups  uint64
		decision time.Duration // of the late one, which comes at 6 ms
	}{
		{0, 3, 2, 6 * ms},
		{7 * ms, 3, 2, 12 * ms},  // the window began at 5 ms, with a record of a hog
		{7 * ms, 1, 1, 13 * ms},  // the CPU has only that hog: the window begins at 6 ms
		{10 * ms, 2, 2, 10 * ms}, // at 10 ms the second hog's slice ends, and nothing is decided
	} {
		var rec scxtest.Recorder
		cfg := exact(1, &rec)
		cfg.Options.BatchWindow, cfg.Options.Grace = c.window, 50*ms
		r := run(t, firstCome(nil), cfg, 40*ms, scxtest.Hog(c.hogs), once("late", 6*ms, scxtest.Compute(ms)))
		at := time.Duration(-1)
		for e := range rec.Events() {
			if e.Name == "late" && e.Kind == scxtest.Decided {
				at = e.At
			}
		}
		if at != c.decision || (r.Stats.WakeupsDeferred == 0) != (c.window == 0) || r.Stats.AgentWakeups < c.wakeups {
			t.Errorf("window %v, %d hogs: decided at %v, want %v; %+v", c.window, c.hogs, at, c.decision, r.Stats)
		}
	}
}

// With DirectBound the policy never sees tasks bound to one CPU, and they share fairly.
func TestDirectBound(t *testing.T) {
	cfg := exact(2, nil)
	cfg.Options.DirectBound = true
	p := firstCome(nil)
	r := run(t, p, cfg, 4*time.Second, scxtest.Hog(2).On(1), scxtest.Hog(2).Named("heavy").On(1).WithWeight(200), scxtest.Hog(1).Named("free").On(0, 1))
	for i := range p.records {
		if p.records[i].Name() != "free" {
			t.Fatalf("a record of %s", p.records[i].Name())
		}
	}
	light, heavy := r.Workload("hog").CPUTime, r.Workload("heavy").CPUTime
	if r.Err() != nil || r.Stats.BoundDirect < 100 || heavy < 2*light*9/10 || heavy > 2*light*11/10 {
		t.Errorf("weights 100 and 200 got %v and %v: %v", light, heavy, r)
	}
}

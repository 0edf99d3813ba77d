package scxtest_test

import (
	"strings"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// Each check finds the policy that violates it, and no other check does.
func TestBrokenPolicies(t *testing.T) {
	load := []scxtest.Workload{
		scxtest.Hog(8),
		scxtest.Hog(2).Named("bound").On(1),
		scxtest.Sleeper(20, scxtest.Exponential(ms), scxtest.Exponential(20*ms)),
	}
	n := 0
	for name, c := range map[string]struct {
		change func(*scxbridge.Task, *scxbridge.Decision) bool
		cfg    scxtest.Config
		want   scxtest.Check
		text   string
	}{
		"loses a task now and then": {
			change: func(*scxbridge.Task, *scxbridge.Decision) bool { n++; return n%50 != 0 },
			want:   scxtest.CheckLost, text: "decided nothing",
		},
		"starves one": {
			change: func(t *scxbridge.Task, d *scxbridge.Decision) bool {
				if t.Name() == "hog-3" {
					d.VTime = 1 << 60
				}
				return true
			},
			want: scxtest.CheckStarved, text: "task hog-3 (pid 4) waited",
		},
		"wrong CPU": {
			change: func(t *scxbridge.Task, d *scxbridge.Decision) bool {
				if t.NrCPUsAllowed == 1 {
					d.CPU = 2
				}
				return true
			},
			want: scxtest.CheckAffinity, text: "names CPU 2, which it may not use",
		},
		"no such CPU": {
			change: func(t *scxbridge.Task, d *scxbridge.Decision) bool {
				if t.PID == 1 {
					d.CPU = 4
				}
				return true
			},
			want: scxtest.CheckAffinity, text: "names CPU 4, which does not exist",
		},
		"idles CPUs": {
			change: func(t *scxbridge.Task, d *scxbridge.Decision) bool {
				if t.NrCPUsAllowed > 1 {
					d.CPU = 0
				}
				return true
			},
			cfg: scxtest.Config{WaitBound: 10 * time.Second, // one CPU for many
				Options: scxbridge.Options{NoBuiltinIdle: true}},
			want: scxtest.CheckIdle, text: "CPU 3 was idle for",
		},
		"malformed": {
			change: func(t *scxbridge.Task, d *scxbridge.Decision) bool {
				if t.PID == 1 {
					d.Flags = 64
				}
				return true
			},
			want: scxtest.CheckDecisions, text: "is malformed",
		},
		"answers what it did not get": {
			change: func(t *scxbridge.Task, d *scxbridge.Decision) bool {
				if t.PID == 1 {
					d.Seq++
				}
				return true
			},
			want: scxtest.CheckDecisions | scxtest.CheckLost, text: "answers a record that the policy has not got",
		},
		"invents a task": {
			change: func(t *scxbridge.Task, d *scxbridge.Decision) bool {
				if t.PID == 1 {
					d.PID = 1000
				}
				return true
			},
			want: scxtest.CheckDecisions | scxtest.CheckLost, text: "is for a task that never was",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.cfg.CPUs = 4
			r := run(t, firstCome(c.change), c.cfg, 4*time.Second, load...)
			var found scxtest.Check
			said := false
			for _, v := range r.Violations {
				found |= v.Check
				said = said || strings.Contains(v.Text, c.text)
			}
			if found != c.want || !said {
				t.Errorf("found %v, want %v with %q:\n%v", found, c.want, c.text, r.Err())
			}
			c.cfg.Unchecked = c.want
			if r := run(t, firstCome(c.change), c.cfg, 4*time.Second, load...); r.Err() != nil {
				t.Errorf("unchecked, it is found all the same: %v", r.Err())
			}
		})
	}
}

// twice returns each decision twice.
type twice struct{ each }

func (p *twice) Dispatch(decisions []scxbridge.Decision) int {
	n := p.each.Dispatch(decisions[:len(decisions)/2])
	return n + copy(decisions[n:], decisions[:n])
}

func TestDecidesTwice(t *testing.T) {
	r := run(t, &twice{*firstCome(nil)}, scxtest.Config{}, time.Second, scxtest.Hog(3))
	if r.Stats.Stale < 100 || len(r.Violations) != 20 || r.Omitted < 80 || r.Violations[0].Check != scxtest.CheckDecisions {
		t.Errorf("each decision twice: %v", r)
	}
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "is the second one for its record") || !strings.Contains(err.Error(), "more") {
		t.Errorf("Err() = %v", err)
	}
}

// A policy that decides nothing: every task that it gets is lost.
func TestSilentPolicy(t *testing.T) {
	nothing := func(*scxbridge.Task, *scxbridge.Decision) bool { return false }
	r := run(t, firstCome(nothing), scxtest.Config{CPUs: 2, Unchecked: scxtest.CheckLost, Tick: scxtest.TickExact,
		Options: scxbridge.Options{Grace: ms}}, 4*time.Second,
		scxtest.Hog(8), scxtest.Hog(2).Named("heavy").WithWeight(200), scxtest.Sleeper(3, scxtest.Always(ms), scxtest.Always(9*ms)))
	if r.Err() != nil || r.Stats.Rescued < 500 || r.Stats.Dispatched != 0 {
		t.Errorf("the kernel side alone: %v", r)
	}
	// The kernel side's own order is fair, too.
	if light, heavy := r.Workload("hog").Share/8, r.Workload("heavy").Share/2; heavy < 1.6*light || heavy > 2.4*light {
		t.Errorf("shares of weights 100 and 200: %.3f and %.3f", light, heavy)
	}
	r = run(t, firstCome(nothing), scxtest.Config{CPUs: 2}, 4*time.Second, scxtest.Hog(4))
	if len(r.Violations) == 0 || r.Violations[0].Check != scxtest.CheckLost {
		t.Errorf("nothing is lost: %v", r)
	}
}

// A task that its policy holds at the end of the run is lost, too, if it is late.
func TestLostAtTheEnd(t *testing.T) {
	p := firstCome(func(t *scxbridge.Task, _ *scxbridge.Decision) bool { return t.Name() != "held" })
	r := run(t, p, scxtest.Config{Options: scxbridge.Options{Grace: 100 * ms}, WaitBound: time.Second}, 450*ms,
		scxtest.Hog(2), scxtest.Workload{Name: "held", New: steps(scxtest.Compute(scxtest.Forever)), Start: 200 * ms})
	if len(r.Violations) != 1 || !strings.Contains(r.Violations[0].String(), "lost: task held (pid 3) was still parked after 250ms") {
		t.Errorf("violations %v", r.Violations)
	}
}

// First come, first served ignores weights, which is a violation only if FairBound is set.
func TestUnfairPolicy(t *testing.T) {
	load := []scxtest.Workload{scxtest.Hog(2), scxtest.Hog(2).Named("heavy").WithWeight(300)}
	if r := run(t, policy.NewFIFO(0, 0), scxtest.Config{CPUs: 2}, 4*time.Second, load...); r.Err() != nil {
		t.Errorf("not asked for: %v", r.Err())
	}
	r := run(t, policy.NewFIFO(0, 0), scxtest.Config{CPUs: 2, FairBound: 0.2}, 4*time.Second, load...)
	if len(r.Violations) != 4 {
		t.Fatalf("violations %v", r.Violations)
	}
	for _, v := range r.Violations {
		if v.Check != scxtest.CheckFair || !strings.Contains(v.Text, "of CPU time, not ") {
			t.Errorf("violation %v", v)
		}
	}
	// The same weight gives the same share; a task that can't use its share leaves it to others.
	run := func(w ...scxtest.Workload) {
		t.Helper()
		scxtest.Run(t, policy.NewFIFO(0, 0), scxtest.Config{CPUs: 2, FairBound: 0.05}, 4*time.Second, w...)
	}
	run(scxtest.Hog(5))
	run(scxtest.Hog(1), scxtest.Hog(1).Named("heavy").WithWeight(300))
	run(scxtest.Hog(2).On(0), scxtest.Hog(3).Named("other").On(1).WithWeight(300))
}

func TestCheckString(t *testing.T) {
	for c, want := range map[scxtest.Check]string{
		scxtest.CheckLost:                        "lost",
		scxtest.CheckIdle | scxtest.CheckStarved: "idle+starved",
		scxtest.CheckFair | 1<<20:                "fair+Check(0x100000)",
		0:                                        "Check(0x0)",
	} {
		if got := c.String(); got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
	}
}

// fakeTB stands in for a test, and records its failures.
type fakeTB struct {
	testing.TB
	errors []string
}

type fatal struct{}

func (f *fakeTB) Helper()                      {}
func (f *fakeTB) Error(args ...any)            { f.errors = append(f.errors, args[0].(scxtest.Violation).Text) }
func (f *fakeTB) Errorf(s string, args ...any) { f.errors = append(f.errors, s) }
func (f *fakeTB) Fatal(args ...any) {
	f.errors = append(f.errors, args[0].(error).Error())
	panic(fatal{})
}

func TestRunFailsTheTest(t *testing.T) {
	tb := &fakeTB{}
	r := scxtest.Run(tb, &twice{*firstCome(nil)}, scxtest.Config{}, time.Second, scxtest.Hog(3))
	if r == nil || len(tb.errors) != 21 {
		t.Errorf("errors %q", tb.errors)
	}
	tb = &fakeTB{}
	func() {
		defer func() {
			if _, ok := recover().(fatal); !ok {
				t.Error("an impossible simulation does not end the test")
			}
		}()
		scxtest.Run(tb, firstCome(nil), scxtest.Config{CPUs: -1}, time.Second)
	}()
	if len(tb.errors) != 1 || !strings.Contains(tb.errors[0], "CPUs is -1: it must be 1 to 4096") {
		t.Errorf("errors %q", tb.errors)
	}
}

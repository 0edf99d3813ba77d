package scxtest_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// The rules about domains, as docs/topology.md has them.

// caches is a machine with exact times and several caches.
func caches(cpus, perLLC int, rec *scxtest.Recorder) scxtest.Config {
	cfg := exact(cpus, rec)
	cfg.CPUsPerLLC = perLLC
	cfg.Options.SliceMax = time.Second
	return cfg
}

// long keeps CPUs busy, one task for each, from 5 ms on until the end of the test.
func long(cpus ...int) (all []scxtest.Workload) {
	for _, cpu := range cpus {
		all = append(all, once(string(rune('A'+cpu)), 5*ms, scxtest.Compute(time.Second)).On(cpu))
	}
	return all
}

// named decides about some tasks by name, and lets all others run for long.
func named(decide map[string]func(*scxbridge.Task, *scxbridge.Decision)) *each {
	return firstCome(func(t *scxbridge.Task, d *scxbridge.Decision) bool {
		name, _, _ := strings.Cut(t.Name(), "-")
		if f := decide[name]; f != nil {
			f(t, d)
		} else {
			d.SliceNS = uint64(time.Second)
		}
		return true
	})
}

// sleeper runs for 1 ms at the start and at 10 ms.
func sleeper() scxtest.Workload {
	return once("sleeper", 0, scxtest.Compute(ms), scxtest.Sleep(9*ms), scxtest.Compute(ms))
}

// second returns the sleeper's second run.
func second(t *testing.T, rec *scxtest.Recorder) scxtest.Span {
	t.Helper()
	s := spansOf(rec, "sleeper")
	if len(s) != 2 {
		t.Fatalf("the sleeper ran at %+v", s)
	}
	return s[1]
}

// A task that has waited for 1.5 ms goes to a CPU of another domain that has been idle for 1.5 ms; not before.
func TestStealWhenIdle(t *testing.T) {
	until := func(d time.Duration) []scxtest.Workload {
		all := long(0, 1)
		for _, cpu := range []int{2, 3} {
			all = append(all, once(string(rune('A'+cpu)), 5*ms, scxtest.Compute(d-5*ms)).On(cpu))
		}
		return all
	}
	for _, c := range []struct {
		name   string
		load   []scxtest.Workload
		change func(*scxtest.Config)
		from   time.Duration
		stolen uint64
	}{
		{name: "far CPUs were idle", load: long(0, 1), from: 11500 * us, stolen: 1},
		{name: "far CPUs were just busy", load: until(10900 * us), from: 12500 * us, stolen: 1},
		{name: "one domain", load: long(0, 1), change: func(c *scxtest.Config) { c.Options.OneDomain = true }, from: 10 * ms},
		{name: "no builtin choice", load: long(0, 1), change: func(c *scxtest.Config) { c.Options.NoBuiltinIdle = true }, from: 11500 * us, stolen: 1},
		{name: "near CPU idle", load: long(0), from: 10 * ms},
	} {
		var rec scxtest.Recorder
		cfg := caches(4, 2, &rec)
		if c.change != nil {
			c.change(&cfg)
		}
		r := run(t, named(nil), cfg, 30*ms, append(c.load, sleeper())...)
		if got := second(t, &rec); got.From != c.from || r.Stats.Stolen != c.stolen || r.Err() != nil {
			t.Errorf("%s: ran at %+v, %d stolen, %v; want from %v, %d stolen", c.name, got, r.Stats.Stolen, r.Err(), c.from, c.stolen)
		}
	}
}

// Of the far CPUs, those of the same node come first; with a new task, at once.
func TestNodeFirst(t *testing.T) {
	for _, c := range []struct {
		busy []int
		want []int
	}{
		{[]int{6, 7}, []int{4, 5}},
		{[]int{4, 5, 6, 7}, []int{0, 1, 2, 3}},
	} {
		var rec scxtest.Recorder
		cfg := caches(8, 2, &rec)
		cfg.LLCsPerNode = 2
		cfg.Options.NoBuiltinIdle = true
		p := named(map[string]func(*scxbridge.Task, *scxbridge.Decision){
			"sleeper": func(t *scxbridge.Task, d *scxbridge.Decision) {
				if t.StopTS == 0 {
					d.CPU = 6
				}
			},
		})
		r := run(t, p, cfg, 30*ms, append(long(c.busy...), sleeper())...)
		if got := second(t, &rec); !slices.Contains(c.want, got.CPU) || got.From != 11500*us {
			t.Errorf("busy %v: ran at %+v, want on one of %v: %v", c.busy, got, c.want, r)
		}

		// A new task leaves nothing behind in a cache: it goes at once.
		rec = scxtest.Recorder{}
		cfg.Options.NoBuiltinIdle = false
		cfg.Trace = rec.Record
		parent := once("parent", 0, scxtest.Compute(9*ms), scxtest.Fork(&scxtest.Workload{Name: "child", CPUs: []int{0, 1, 2, 3, 4, 5, 6, 7}, New: steps(scxtest.Compute(ms))}), scxtest.Compute(9*ms)).On(6)
		run(t, named(nil), cfg, 30*ms, append(long(c.busy...)[:len(c.busy)-2], parent, once("H", 5*ms, scxtest.Compute(time.Second)).On(7))...)
		s := spansOf(&rec, "child")
		if len(s) != 1 || s[0].From != 9*ms || !slices.Contains(c.want, s[0].CPU) {
			t.Errorf("busy %v: the child ran at %+v, want on one of %v", c.busy, s, c.want)
		}
	}
}

// A busy CPU takes a task of another domain that comes much earlier, or is earlier and has waited for much longer.
func TestStealInOrder(t *testing.T) {
	const now = 1000 * ms // vtime of the tasks on CPU 0
	for _, c := range []struct {
		name        string
		vtime       time.Duration
		after, till time.Duration // how long the task waits
	}{
		{"much earlier", now - 60*ms, 5 * ms, 7 * ms},
		{"far before", now - 105*ms, 0, 3 * ms},
		{"earlier", now - ms, 50 * ms, 55 * ms},
		{"later", now + 400*ms, 200 * ms, time.Second},
	} {
		var rec scxtest.Recorder
		cfg := caches(2, 1, &rec)
		cfg.Options.NoBuiltinIdle = true
		p := named(map[string]func(*scxbridge.Task, *scxbridge.Decision){
			"near": func(_ *scxbridge.Task, d *scxbridge.Decision) {
				d.CPU, d.VTime, d.SliceNS = scxbridge.Domain(0), uint64(now), uint64(ms)
			},
			"wait": func(_ *scxbridge.Task, d *scxbridge.Decision) {
				d.CPU, d.VTime = scxbridge.Domain(1), uint64(c.vtime)
			},
			"busy": func(_ *scxbridge.Task, d *scxbridge.Decision) { d.CPU, d.SliceNS = 1, uint64(205*ms) },
		})
		r := run(t, p, cfg, 400*ms, once("busy", 0, scxtest.Compute(time.Second)).On(1), once("wait", 5*ms, scxtest.Compute(ms)),
			scxtest.Hog(2).Named("near").On(0))
		s := spansOf(&rec, "wait")
		if len(s) == 0 {
			t.Errorf("%s: did not run: %v", c.name, r)
			continue
		}
		waited := s[0].From - 5*ms
		if stolen := c.name != "later"; waited < c.after || waited > c.till || stolen != (r.Stats.Stolen == 1) || stolen != (s[0].CPU == 0) {
			t.Errorf("%s: ran at %+v after %v, %d stolen; want after %v to %v", c.name, s[0], waited, r.Stats.Stolen, c.after, c.till)
		}
	}
}

// After it took one, a busy CPU takes no other for 200 ms.
func TestStealPauses(t *testing.T) {
	var rec scxtest.Recorder
	cfg := caches(2, 1, &rec)
	p := named(map[string]func(*scxbridge.Task, *scxbridge.Decision){
		"near": func(_ *scxbridge.Task, d *scxbridge.Decision) {
			d.CPU, d.VTime, d.SliceNS = scxbridge.Domain(0), uint64(time.Second), uint64(ms)
		},
		"wait": func(_ *scxbridge.Task, d *scxbridge.Decision) { d.CPU, d.VTime = scxbridge.Domain(1), 1 },
		"busy": func(_ *scxbridge.Task, d *scxbridge.Decision) { d.CPU, d.SliceNS = 1, uint64(time.Second) },
	})
	cfg.Options.NoBuiltinIdle = true
	run(t, p, cfg, 600*ms, once("busy", 0, scxtest.Compute(time.Second)).On(1), scxtest.Workload{Name: "wait", Tasks: 2, Start: 5 * ms, New: steps(scxtest.Compute(ms))},
		scxtest.Hog(2).Named("near").On(0))
	var from []time.Duration
	for s := range rec.Spans() {
		if strings.HasPrefix(s.Name, "wait") {
			from = append(from, s.From)
		}
	}
	if len(from) != 2 || from[0] > 13*ms || from[1]-from[0] < 200*ms || from[1]-from[0] > 204*ms {
		t.Errorf("taken at %v", from)
	}
}

// Hogs on two caches of two CPUs share them, whatever they weigh, and however short slices are. (Nothing else runs: so those
// of two never wait, and with a CPU chosen by the kernel side they never have a decision.)
func TestSharesOverDomains(t *testing.T) {
	const bound = 0.05 // above and below; so between any two it is 10 %
	stolen := func(r *scxtest.Report) {
		t.Helper()
		if r.Stats.Stolen == 0 || r.CacheMoves == 0 || r.CacheMoves > 100 || r.Migrations < r.CacheMoves {
			t.Errorf("%d stolen, %d moves, %d to another cache", r.Stats.Stolen, r.Migrations, r.CacheMoves)
		}
	}
	for _, slice := range []time.Duration{500 * us, ms, 2 * ms, 3 * ms, 5 * ms, 10 * ms, 20 * ms} {
		for _, tick := range []time.Duration{4 * ms, ms, scxtest.TickExact} {
			for _, noIdle := range []bool{false, true} {
				cfg := scxtest.Config{CPUs: 4, CPUsPerLLC: 2, FairBound: bound, Tick: tick, Options: scxbridge.Options{NoBuiltinIdle: noIdle}}
				stolen(scxtest.Run(t, vruntime(t, policy.VRuntimeOptions{Slice: slice, SliceMin: slice}), cfg, 10*time.Second, scxtest.Hog(5)))
			}
		}
	}
	sleepers := scxtest.Sleeper(8, scxtest.Exponential(ms), scxtest.Exponential(50*ms))
	for _, load := range [][]scxtest.Workload{
		{scxtest.Hog(5), sleepers},
		{scxtest.Hog(5), scxtest.Hog(3).Named("heavy").WithWeight(300), sleepers},
	} {
		cfg := scxtest.Config{CPUs: 4, CPUsPerLLC: 2, FairBound: 2 * bound}
		r := scxtest.Run(t, vruntime(t, policy.VRuntimeOptions{}), cfg, 20*time.Second, load...)
		if r.Stats.Stolen == 0 {
			t.Errorf("none was stolen: %v", r)
		}
	}
}

// What was decided for a task before it slept is no place for it: it is not behind others for as long as it slept.
func TestSleeperHasNoOldPlace(t *testing.T) {
	// At first it gets decisions, since there are four tasks for two CPUs. Then it has a CPU for itself (where the other one
	// is free, without a decision), and from 4.5 s on there are three.
	for cpu := range 2 {
		cfg := scxtest.Config{CPUs: 2, CPUsPerLLC: 1, Agent: scxtest.Agent{Apart: true}}
		r := run(t, vruntime(t, policy.VRuntimeOptions{}), cfg, 10*time.Second,
			scxtest.Workload{Name: "short", Tasks: 3, New: steps(scxtest.Compute(60 * ms))},
			once("wakes", 0, scxtest.Compute(60*ms), scxtest.Sleep(4*time.Second), scxtest.Compute(time.Minute)),
			once("bound", time.Second, scxtest.Compute(time.Minute)).On(cpu),
			once("any", 4500*ms, scxtest.Compute(time.Minute)))
		for _, task := range r.Tasks {
			if task.Name == "wakes" && (task.CPUTime < 4*time.Second || task.CPUTime > 4600*ms) {
				t.Errorf("CPU %d is taken, and the task that slept has %v: %v", cpu, task.CPUTime, r)
			}
		}
	}
}

// No CPU idles for 2 ms while a task that it may run has waited for 2 ms, also where tasks are bound unevenly.
func TestNoneWaitsNextToAnIdleCPU(t *testing.T) {
	for _, noIdle := range []bool{false, true} {
		cfg := scxtest.Config{CPUs: 4, CPUsPerLLC: 2, IdleBound: 2 * ms, Options: scxbridge.Options{NoBuiltinIdle: noIdle}}
		free := scxtest.Workload{Name: "free", New: steps(scxtest.Compute(3*ms), scxtest.Sleep(4*ms), scxtest.Compute(3*ms))}
		r := scxtest.Run(t, vruntime(t, policy.VRuntimeOptions{}), cfg, 2*time.Second,
			scxtest.Hog(3).Named("near").On(0, 1), scxtest.Hog(1).Named("far").On(2), scxtest.Hog(1), free,
			scxtest.Sleeper(3, scxtest.Uniform(ms, 9*ms), scxtest.Uniform(ms, 9*ms)).On(0, 1, 3))
		if r.Stats.Stolen == 0 {
			t.Errorf("none was stolen: %v", r)
		}
	}
}

// A decision for a domain goes there; if the task may not use it, it bounces to its own.
func TestDecisionsForDomains(t *testing.T) {
	for _, c := range []struct {
		domain           int
		flags            uint64
		on               []int
		want             []int
		bounced, refused uint64
	}{
		{domain: 1, want: []int{2, 3}},
		{domain: 0, want: []int{0, 1}},
		{domain: 1, on: []int{0, 1}, want: []int{0, 1}, bounced: 2},
		{domain: 1, on: []int{0, 3}, want: []int{3}},
		{domain: 2, want: []int{0, 1}, refused: 2},
		{domain: 1, flags: scxbridge.Preempt, want: []int{0, 1}, refused: 2},
	} {
		var rec scxtest.Recorder
		cfg := caches(4, 2, &rec)
		cfg.Options.NoBuiltinIdle = true
		cfg.Unchecked = scxtest.CheckIdle
		p := firstCome(func(t *scxbridge.Task, d *scxbridge.Decision) bool {
			d.CPU, d.Flags = scxbridge.Domain(c.domain), c.flags
			return true
		})
		r := run(t, p, cfg, 100*ms, sleeper().On(c.on...))
		s := spansOf(&rec, "sleeper")
		if len(s) != 2 || !slices.Contains(c.want, s[0].CPU) || !slices.Contains(c.want, s[1].CPU) || c.refused == 0 && s[1].From != 10*ms ||
			r.Stats.Bounced != c.bounced || r.Stats.Refused != c.refused || (r.Err() == nil) != (c.bounced+c.refused == 0) {
			t.Errorf("%+v: ran at %+v, %d bounced, %d refused: %v", c, s, r.Stats.Bounced, r.Stats.Refused, r.Err())
		}
	}
}

// A lease repeats a decision for a domain.
func TestLeaseOfDomain(t *testing.T) {
	for _, on := range [][]int{nil, {0}} {
		var rec scxtest.Recorder
		cfg := caches(4, 2, &rec)
		cfg.Options.NoBuiltinIdle, cfg.Unchecked = true, scxtest.CheckAffinity
		p := leased(scxbridge.Domain(1), 0, 0, 9)
		r := run(t, p, cfg, 60*ms, naps(4).On(on...))
		for _, s := range spansOf(&rec, "short") {
			if far := s.CPU >= 2; far != (on == nil) {
				t.Errorf("on %v: ran at %+v", on, s)
			}
		}
		// One that bounces has no lease, as with a CPU.
		if uses := uint64(3 * (1 - len(on))); r.Stats.LeaseUses != uses || r.Stats.Bounced != uint64(4*len(on)) {
			t.Errorf("on %v: %d uses, %d bounced", on, r.Stats.LeaseUses, r.Stats.Bounced)
		}
	}
}

// A lease ends when its domain is gone, or has no CPU for the task any more, as one for a CPU does.
func TestLeaseOfDomainThatIsGone(t *testing.T) {
	for _, c := range []struct {
		ofCPU []int
		uses  uint64
	}{
		{[]int{0, 0, 1, 1}, 3},
		{[]int{0, 0, 0, 0}, 2},
		{[]int{1, 0, 0, 0}, 2},
	} {
		cfg := caches(4, 2, nil)
		cfg.Options.NoBuiltinIdle, cfg.Options.OwnDomains, cfg.Unchecked = true, true, scxtest.CheckAffinity
		m := scxtest.NewMachine(cfg)
		m.Add(naps(4).On(1, 2, 3), once("other", 25*ms, scxtest.Compute(ms)))
		lease := leased(scxbridge.Domain(1), 0, 0, 9)
		decide := lease.Decide
		lease.Decide = func(task *scxbridge.Task) (scxbridge.Decision, bool) {
			if task.Name() == "other" {
				if err := m.SetDomains(scxbridge.Domains{OfCPU: c.ofCPU}); err != nil {
					t.Error(err)
				}
			}
			return decide(task)
		}
		r, err := m.Run(lease, 60*ms)
		if err != nil || r.Stats.LeaseUses != c.uses {
			t.Errorf("%v: %v, %d uses, want %d", c.ofCPU, err, r.Stats.LeaseUses, c.uses)
		}
	}
}

// Nobody takes tasks from a closed domain, nor into it, while the agent decides or does not; decisions may move them.
func TestClosedDomains(t *testing.T) {
	for _, c := range []struct {
		name   string
		closed []bool
		stall  bool
		to     int32
		from   time.Duration // of its second run
	}{
		{"open", nil, false, scxbridge.AnyCPU, 11500 * us},
		{"closed", []bool{true}, false, scxbridge.AnyCPU, 205 * ms},
		{"others closed", []bool{false, true}, false, scxbridge.AnyCPU, 205 * ms},
		{"decided", []bool{true, true}, false, scxbridge.Domain(1), 10 * ms},
		{"decided for a CPU", []bool{true, true}, false, 3, 10 * ms},
		{"open and late", nil, true, scxbridge.AnyCPU, 20 * ms},
		{"closed and late", []bool{true}, true, scxbridge.AnyCPU, 205 * ms},
	} {
		var rec scxtest.Recorder
		cfg := caches(4, 2, &rec)
		cfg.Options.OwnDomains = true
		cfg.Options.NoBuiltinIdle, cfg.WaitBound = true, time.Second
		if c.stall {
			cfg.Agent.Stalls = []scxtest.Stall{{At: 9 * ms, For: time.Second}}
		}
		p := firstCome(func(t *scxbridge.Task, d *scxbridge.Decision) bool {
			d.SliceNS = uint64(200 * ms)
			if t.Name() == "sleeper" && t.StopTS != 0 {
				d.CPU = c.to
			}
			return true
		})
		m := scxtest.NewMachine(cfg)
		if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 1, 1}, Closed: c.closed}); err != nil {
			t.Fatal(err)
		}
		m.Add(append(long(0, 1), sleeper())...)
		r, err := m.Run(p, 300*ms)
		if err != nil || r.Err() != nil {
			t.Errorf("%s: %v, %v", c.name, err, r.Err())
		}
		if got := second(t, &rec); got.From < c.from || got.From > c.from+6*ms {
			t.Errorf("%s: ran at %+v, want from %v", c.name, got, c.from)
		}
	}
}

// The check for idle CPUs knows closed domains, and still finds what should not be.
func TestIdleCheckAndClosedDomains(t *testing.T) {
	cfg := caches(4, 2, nil)
	cfg.Options.OwnDomains, cfg.Options.NoBuiltinIdle = true, true
	m := scxtest.NewMachine(cfg)
	if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 1, 1}, Closed: []bool{true}}); err != nil {
		t.Fatal(err)
	}
	m.Add(append(long(0), sleeper(), scxtest.Hog(1).On(0))...)
	p := firstCome(func(_ *scxbridge.Task, d *scxbridge.Decision) bool {
		d.CPU, d.SliceNS = 0, uint64(200*ms)
		return true
	})
	r, err := m.Run(p, 300*ms)
	if err != nil || len(r.Violations) == 0 || r.Violations[0].Check != scxtest.CheckIdle || r.Violations[0].CPU != 1 {
		t.Errorf("%v, %v", err, r)
	}
}

func TestMachineDomains(t *testing.T) {
	cfg := scxtest.Config{CPUs: 6, CPUsPerLLC: 2}
	domains := func(cfg scxtest.Config) scxbridge.Domains {
		d, err := scxtest.NewMachine(cfg).Domains()
		if err != nil {
			t.Error(err)
		}
		return d
	}
	if got := domains(cfg); !reflect.DeepEqual(got, scxbridge.Domains{OfCPU: []int{0, 0, 1, 1, 2, 2}, Closed: make([]bool, 3)}) {
		t.Errorf("by default %+v", got)
	}
	if err := scxtest.NewMachine(cfg).SetDomains(domains(cfg)); !errors.Is(err, scxbridge.ErrNotSupported) {
		t.Errorf("SetDomains() without the option: %v", err)
	}
	cfg.Options.OneDomain = true
	if got := domains(cfg); !reflect.DeepEqual(got, scxbridge.Domains{OfCPU: make([]int, 6), Closed: make([]bool, 1)}) {
		t.Errorf("one domain: %+v", got)
	}
	if got := domains(scxtest.Config{CPUs: 1024, CPUsPerLLC: 2}); len(got.Closed) != scxbridge.MaxDomains || got.OfCPU[7] != 0 || got.OfCPU[8] != 1 || got.OfCPU[1023] != 127 {
		t.Errorf("512 caches are %d domains: %v", len(got.Closed), got.OfCPU)
	}

	// A program's own numbers stay, whatever the nodes.
	cfg = scxtest.Config{CPUs: 4, CPUsPerLLC: 1, LLCsPerNode: 2, Options: scxbridge.Options{OwnDomains: true}}
	m := scxtest.NewMachine(cfg)
	own := scxbridge.Domains{OfCPU: []int{2, 1, 0, 1}, Closed: []bool{true, false, false}}
	if err := m.SetDomains(own); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]scxbridge.Domains{
		"the machine has 4":     {OfCPU: []int{0, 0, 0}},
		"numbers from 0":        {OfCPU: []int{0, 0, 0, -1}},
		"to 127":                {OfCPU: []int{0, 0, 0, 128}},
		"no CPU is in domain 1": {OfCPU: []int{0, 0, 0, 2}},
		"2 domains in Closed":   {OfCPU: []int{0, 0, 0, 0}, Closed: []bool{false, true}},
		"0 CPUs in OfCPU":       {},
	} {
		if err := m.SetDomains(bad); !errors.Is(err, scxbridge.ErrInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %v, want %q", bad, err, name)
		}
	}
	if got, err := m.Domains(); err != nil || !reflect.DeepEqual(got, own) {
		t.Errorf("Domains() = %+v, %v; not %+v", got, err, own)
	}

	broken := scxtest.NewMachine(scxtest.Config{CPUs: -1})
	if _, err := broken.Domains(); err == nil {
		t.Error("Domains() of no machine")
	}
	if err := broken.SetDomains(own); err == nil {
		t.Error("SetDomains() of no machine")
	}
}

// changing is a policy that sets other domains all the time.
type changing struct {
	scxbridge.Policy
	m       *scxtest.Machine
	domains []scxbridge.Domains
	n       int
}

func (p *changing) Dispatch(decisions []scxbridge.Decision) int {
	if p.n++; p.n%7 == 0 {
		if err := p.m.SetDomains(p.domains[p.n/7%len(p.domains)]); err != nil {
			panic(err)
		}
	}
	return p.Policy.Dispatch(decisions)
}

// Domains that change under load lose no task, and leave no CPU idle. (In the end all are open.)
func TestDomainsChange(t *testing.T) {
	for seed := range uint64(3) {
		cfg := scxtest.Config{CPUs: 8, CPUsPerLLC: 2, LLCsPerNode: 2, Seed: seed, WaitBound: time.Second}
		cfg.Options.OwnDomains = true
		m := scxtest.NewMachine(cfg)
		m.Add(mixed()...)
		p := &changing{Policy: vruntime(t, policy.VRuntimeOptions{}), m: m, domains: []scxbridge.Domains{
			{OfCPU: []int{0, 0, 1, 1, 2, 2, 3, 3}},
			{OfCPU: make([]int, 8)},
			{OfCPU: []int{5, 4, 3, 2, 1, 0, 0, 0}},
			{OfCPU: []int{1, 0, 1, 0, 1, 0, 1, 0}},
		}}
		r, err := m.Run(p, 2*time.Second)
		if err != nil || r.Err() != nil || p.n < 1000 || r.Stats.Stolen == 0 {
			t.Errorf("seed %d: %v, %d rounds: %v", seed, err, p.n, r)
		}
	}
}

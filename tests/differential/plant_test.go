package differential

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// plant is a difference that the comparison must find. The text to replace must occur exactly once, in any of the
// files of one side.
type plant struct{ subject, name, old, new string }

// Differences in the kernel side's code.
var plants = []plant{
	{"task", "charge", "t->weighted_ns += weighted;", "t->weighted_ns += weighted + 1;"},
	{"queues", "length", "return READ_ONCE(dsq->nr);", "return READ_ONCE(dsq->nr) - 1;"},
	{"task", "sleep", "\t\tt->exec_runtime = 0;", "\t\t\t;"},
	{"task", "credit", "VRUNTIME_LAG_NS : opt_slice_ns", "VRUNTIME_LAG_NS : 2 * opt_slice_ns"},
	{"order", "margin", "before(vtime + ORDER_MARGIN_NS,", "before(vtime + ORDER_MARGIN_NS + 10000,"},
	{"order", "no place", "if (!t || !READ_ONCE(t->vtime))", "if (!t)"},
	{"order", "since", "ran = now_ns() - began + READ_ONCE(t->run_ns) - READ_ONCE(t->run_charged);", "ran = now_ns() - began;"},
	{"order", "furthest", "vruntime_now_reaches(vruntime_domain(p), t->vruntime);", ";"},
	{"order", "resumed", "t->slice_left -= ran;", "t->slice_left -= ran / 2;"},
	{"lease", "uses", "lease_left, left, left - 1)", "lease_left, left, left)"},
	{"lease", "end", "age_ns(now_ns(), t->lease_until) >= 0", "age_ns(now_ns(), t->lease_until) > 500000"},
	{"lease", "revoked", "if (t->lease_epoch != READ_ONCE(lease_epoch)) {", "if (0) {"},
	{"rescue", "age", "if (waited_ns(t, now) < (s64)age)", "if (waited_ns(t, now) < (s64)age + 100000)"},
	{"rescue", "scan", "if (++n > RESCUE_SCAN) {", "if (++n > RESCUE_SCAN / 8) {"},
	{"rescue", "next look", "c->late_look_at = next;", "c->late_look_at = next + opt_grace_ns / 2;"},
	{"rescue", "turn", "c->park_turn = park + 1;", "(void)c;"},
	{"rescue", "seen", "park_note(park, c->look_oldest,", "park_note(park, now + opt_grace_ns,"},
	{"rescue", "starved look", "u64 next = c->look_oldest + opt_starved_ns;", "u64 next = c->look_oldest + 2 * opt_starved_ns;"},
	{"rescue", "starved", "stat_inc(starved);\n\t\t\treturn 1;", "return 1;"},
	{"decide", "preempted agent", "if (preempt && cpu != bpf_get_smp_processor_id())", "if (preempt)"},
	{"decide", "next here", "c->next_reserved = 1;", "c->next_reserved = 0;"},
	{"decide", "idle", "if (cpu_allowed(p, prefer) && scx_bpf_test_and_clear_cpu_idle(prefer))", "if (false)"},
	{"alone", "goes on", "if (!before(vtime, c->first_vtime))", "if (1)"},
	{"alone", "out", "return age_ns(now, READ_ONCE(shared.control.heartbeat_ns)) >= since &&", "return"},
	{"alone", "light", "return slice > least ? slice : least;", "return slice > least ? slice : slice;"},
	{"park", "sequence", "seq = ++t->seq;", "t->seq += 2; seq = t->seq;"},
	{"park", "queue", "t->park = park_of_cpu(rec->cpu);", "t->park = 0;"},
	{"park", "claim", "seq | PARKED_CLAIMED) == seq;", "seq | PARKED_CLAIMED) != 1;"},
	{"domain", "wake far", "cpu = wake_flags & SCX_WAKE_FORK ? claim_idle_cpu(p, prev) : claim_idle_near(p, prev);", "cpu = claim_idle_cpu(p, prev);"},
	{"domain", "crowded", "t->crowded + 1 : 1;", "t->crowded + 1 : t->crowded;"},
	{"domain", "number", "return numbered_domain(SCXB_CPU_DOMAIN - cpu);", "return SCXB_CPU_DOMAIN - cpu;"},
	{"domain", "moved", "if (home != domain && dsq_move_vtime(", "if (0 && dsq_move_vtime("},
	{"domain", "agent", "WRITE_ONCE(agent_moved_at, now);", ";"},
	{"domain", "closed", "(!is_closed(home) && !is_closed(other))", "true"},
	{"domain", "late far", "opt_grace_ns * LATE_FAR_GRACES", "opt_grace_ns * 2"},
	{"domain", "lease", "(names_domain(cpu) && decided_domain(p, cpu) >= nr_domains())", "false"},
	{"domain", "bounced lease", "WRITE_ONCE(t->lease_left, 0);\n}\n\n/* Puts", "}\n\n/* Puts"},
	{"domain", "system walk", "return some_closed() ? scxb_take", "return true ? scxb_take"},
	{"domain", "system", "waited_ns(t, now) >= (s64)SYSTEM_NEAR_NS", "waited_ns(t, now) >= (s64)SYSTEM_NEAR_NS / 2"},
	{"domain", "furthest", "WRITE_ONCE(v->now, furthest);", ";"},
	{"steal", "waited", "waited_ns(t, now) >= (s64)STEAL_AFTER_NS", "waited_ns(t, now) >= (s64)STEAL_AFTER_NS + 100000"},
	{"steal", "idle", "READ_ONCE(c->idle_since)) >= (s64)STEAL_AFTER_NS", "READ_ONCE(c->idle_since)) >= (s64)STEAL_AFTER_NS + 100000"},
	{"steal", "margin", "return lead >= (s64)STEAL_MARGIN_NS ||", "return lead >= 2 * (s64)STEAL_MARGIN_NS ||"},
	{"steal", "first", "waited_ns(t, now) < (s64)STEAL_WAIT_NS", "waited_ns(t, now) < (s64)STEAL_WAIT_NS * 2"},
	{"steal", "prev", "t->vtime + t->weighted_ns - t->weighted_charged;", "t->vtime;"},
	{"steal", "no place", "if (!opt_kernel_mode && t->slice_left && t->vtime)", "if (t->vtime)"},
	{"steal", "placed", "c->placed = 1;", ";"},
	{"steal", "far", "if (lead >= (s64)STEAL_FAR_NS)", "if (lead >= 2 * (s64)STEAL_FAR_NS)"},
	{"steal", "stays", "READ_ONCE(t->stolen_at)) < (s64)STEAL_PAUSE_NS", "READ_ONCE(t->stolen_at)) < 0"},
	{"steal", "goes idle", "if (READ_ONCE(steal_waits) || system_", "if (system_"},
	{"steal", "left", "if (always_one_domain() || tasks_may_wait())", "if (1)"},
	{"steal", "stops", "waiting != waited || (waiting && !busy);", "waited ? !busy : (waiting && !busy);"},
	{"steal", "first on CPU 0", "if (c->first_dsq == SCXB_DSQ_NONE && !note_prev", "if ((c->first_dsq == SCXB_DSQ_NONE || !c->first_dsq) && !note_prev"},
}

// Differences in the simulator's code.
var simulatorPlants = []plant{
	{"task", "credit", "lag = uint64(m.cfg.Options.Slice)", "lag = 2 * uint64(m.cfg.Options.Slice)"},
	{"alone", "goes on", "if !vtimeBefore(prev.vruntime, first.vtime) {", "if true {"},
	{"alone", "comes back", "*now -= uint64(ahead / 4)", "*now -= uint64(ahead / 8)"},
	{"order", "margin", "vtimeBefore(vtime+orderMargin,", "vtimeBefore(vtime+orderMargin+10_000,"},
	{"order", "resumed", "t.sliceLeft -= ran\n", "t.sliceLeft -= ran / 2\n"},
	{"lease", "uses", "if l.left != uncounted {", "if false {"},
	{"lease", "revoked", "if l.epoch != m.leaseEpoch {", "if false {"},
	{"rescue", "age", "if m.now-t.parkedAt >= age {", "if m.now-t.parkedAt >= age+100_000 {"},
	{"rescue", "turn", "c.looks.parkTurn = at + 1", "_ = c"},
	{"decide", "next here", "a.nextFound = true", "a.nextFound = false"},
	{"decide", "own queue", "sharedFirst := c.turn&1 != 0", "sharedFirst := false"},
	{"park", "sequence", "t.seq++", "t.seq += 2"},
	{"park", "queue", "t.park = m.parkOf[t.cpu]", "t.park = 0"},
	{"domain", "wake far", "return m.claimNear(t, prev)", "return m.claimIdle(t, prev)"},
	{"domain", "furthest", "v.now = furthest", "v.now = furthest - 1"},
	{"domain", "closed", "!d.domains[other].closed || t == m.agent.thread", "!d.domains[other].closed || true"},
	{"domain", "late far", "m.grace * lateFarGraces", "m.grace * 2"},
	{"domain", "system", "m.now-t.waitsFrom < systemNear", "m.now-t.waitsFrom < systemNear/2"},
	{"steal", "waited", "m.now-p.t.waitsFrom >= stealAfter", "m.now-p.t.waitsFrom >= stealAfter+100_000"},
	{"steal", "idle", "steals.idleFrom >= stealAfter", "steals.idleFrom >= stealAfter+100_000"},
	{"steal", "margin", "return lead >= stealMargin ||", "return lead >= 2*stealMargin ||"},
	{"steal", "placed", "s.placed, s.placedBy = true,", "s.placed, s.placedBy = false,"},
	{"steal", "stays", "m.now-p.t.stolenAt < stealPause", "false"},
	{"steal", "goes idle", "if m.steal.waits || m.system.n > 0 {", "if m.system.n > 0 {"},
}

// most is how many seeds may be needed to find a planted difference.
const most = 2000

// Each planted difference is found within a limited number of seeds.
func TestPlantedDifferences(t *testing.T) {
	if *theSeed >= 0 {
		t.Skip("one seed finds some of them at most")
	}
	c := readCounters(t)
	// Without optimization, since compiling takes longer than finding most of them.
	for _, p := range plants {
		t.Run(p.subject+"/"+p.name, func(t *testing.T) {
			h := startHost(t, compile(t, planted(t, p)))
			for seed := range uint64(most) {
				if c.try(t, h, seed) != "" {
					t.Logf("found by seed %d", seed)
					return
				}
			}
			t.Errorf("%d seeds did not find that %q is now %q", most, p.old, p.new)
		})
	}
}

// planted returns a copy of the kernel side's code with this difference.
func planted(t *testing.T, p plant) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(kernelSide)); err != nil {
		t.Fatal(err)
	}
	file, text := p.in(t, kernelSide+"/*.[ch]")
	if err := os.WriteFile(filepath.Join(folder, filepath.Base(file)), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

// in returns the file that has the text to replace, and what it becomes.
func (p *plant) in(t *testing.T, pattern string) (file string, text []byte) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		was, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(was, []byte(p.old)); n > 0 {
			found += n
			file, text = name, bytes.Replace(was, []byte(p.old), []byte(p.new), 1)
		}
	}
	if found != 1 {
		t.Fatalf("%q is %d times in %s, not once: change the test with it", p.old, found, pattern)
	}
	return file, text
}

// Each difference planted in the simulator is found as well: this test is built anew with it.
func TestPlantedInSimulator(t *testing.T) {
	if *theSeed >= 0 {
		t.Skip("one seed finds some of them at most")
	}
	kernel := compile(t, kernelSide)
	for _, p := range simulatorPlants {
		t.Run(p.subject+"/"+p.name, func(t *testing.T) {
			test := p.build(t)
			out, err := exec.Command(test, "-test.run=^TestSameAsKernelSide$", "-program="+kernel, fmt.Sprintf("-seeds=%d", most)).CombinedOutput()
			if seed := regexp.MustCompile(`seed \d+: .*`).Find(out); err == nil || seed == nil {
				t.Errorf("%d seeds did not find that %q is now %q: %v\n%s", most, p.old, p.new, err, out)
			} else {
				t.Logf("found: %s", seed)
			}
		})
	}
}

// build builds this package's tests with the difference in the simulator.
func (p *plant) build(t *testing.T) string {
	t.Helper()
	simulator, err := filepath.Abs("../../go/scxtest")
	if err != nil {
		t.Fatal(err)
	}
	file, text := p.in(t, simulator+"/*.go")
	folder := t.TempDir()
	changed, overlay, test := filepath.Join(folder, "changed.go"), filepath.Join(folder, "overlay.json"), filepath.Join(folder, "test")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {file: changed}})
	if err == nil {
		err = errors.Join(os.WriteFile(changed, text, 0o644), os.WriteFile(overlay, replace, 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "test", "-c", "-overlay="+overlay, "-o", test, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the simulator with %q: %v\n%s", p.new, err, out)
	}
	return test
}

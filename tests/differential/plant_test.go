package differential

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Differences in the kernel side's code, which the comparison must find. The text to replace must
// occur exactly once, in any of the files.
var plants = []struct{ subject, name, old, new string }{
	{"task", "charge", "t->vruntime += weighted_ns(ran, task_weight(p));", "t->vruntime += weighted_ns(ran, task_weight(p)) + 1;"},
	{"task", "sleep", "\t\t\tt->exec_runtime = 0;", "\t\t\t;"},
	{"task", "credit", "READ_ONCE(vruntime_now) - opt_slice_ns;\n\n\tif", "READ_ONCE(vruntime_now) - 2 * opt_slice_ns;\n\n\tif"},
	{"order", "margin", "before(vtime + ORDER_MARGIN_NS,", "before(vtime + ORDER_MARGIN_NS + 1000,"},
	{"order", "no place", "t->vtime ? task_weight(p) : 0", "task_weight(p)"},
	{"order", "resumed", "t->slice_left -= ran;", "t->slice_left -= ran / 2;"},
	{"lease", "uses", "lease_left, left, left - 1)", "lease_left, left, left)"},
	{"lease", "end", "age_ns(now_ns(), t->lease_until) >= 0", "age_ns(now_ns(), t->lease_until) > 500000"},
	{"lease", "revoked", "if (t->lease_epoch != READ_ONCE(lease_epoch)) {", "if (0) {"},
	{"rescue", "age", "if (waited_ns(t, now) < (s64)age)", "if (waited_ns(t, now) < (s64)age + 100000)"},
	{"rescue", "scan", "if (++n > RESCUE_SCAN) {", "if (++n > RESCUE_SCAN / 8) {"},
	{"rescue", "next look", "c->look_since = now - opt_grace_ns / 2;", "c->look_since = now - opt_grace_ns / 4;"},
	{"rescue", "turn", "c->park_turn++ % opt_parks", "c->park_turn % opt_parks"},
	{"rescue", "starved", "stat_inc(starved);\n\t\t\treturn 1;", "return 1;"},
	{"decide", "preempted agent", "if (preempt && cpu != bpf_get_smp_processor_id())", "if (preempt)"},
	{"decide", "next here", "c->next_reserved = 1;", "c->next_reserved = 0;"},
	{"decide", "idle", "if (cpu_allowed(p, prefer) && scx_bpf_test_and_clear_cpu_idle(prefer))", "if (false)"},
	{"park", "sequence", "seq = ++t->seq;", "t->seq += 2; seq = t->seq;"},
	{"park", "queue", "t->park = park_of_cpu(rec->cpu);", "t->park = 0;"},
	{"park", "claim", "seq | PARKED_CLAIMED) == seq;", "seq | PARKED_CLAIMED) != 1;"},
}

// Each planted difference is found within a limited number of seeds.
func TestPlantedDifferences(t *testing.T) {
	if *theSeed >= 0 {
		t.Skip("one seed finds some of them at most")
	}
	c := readCounters(t)
	// Without optimization, since compiling takes longer than finding most of them.
	for _, p := range plants {
		t.Run(p.subject+"/"+p.name, func(t *testing.T) {
			h := startHost(t, compile(t, planted(t, p.old, p.new)))
			const most = 2000
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
func planted(t *testing.T, old, new string) string {
	t.Helper()
	folder := t.TempDir()
	files, err := filepath.Glob(kernelSide + "/*.[ch]")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found += bytes.Count(text, []byte(old))
		text = bytes.ReplaceAll(text, []byte(old), []byte(new))
		if err := os.WriteFile(filepath.Join(folder, filepath.Base(file)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if found != 1 {
		t.Fatalf("%q is %d times in %s, not once: change the test with it", old, found, kernelSide)
	}
	return folder
}

package scxtest

import (
	"strings"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/cgroup"
)

// The simulated kernel side keeps every limit, so the checks of limits are tried by themselves.
func TestLimitChecks(t *testing.T) {
	const ms = time.Millisecond
	cfg := Config{CPUs: 2, Groups: []Group{{Path: "/a", Limit: cgroup.Limit{Quota: 20 * ms, Period: 100 * ms, Burst: 10 * ms}}}}
	m := NewMachine(cfg)
	if m.err != nil {
		t.Fatal(m.err)
	}
	g := m.tree.byPath["/a"]
	task := &Thread{m: m, pid: 1, name: "hog", cgroup: g}
	use := func(d time.Duration) int {
		before := len(m.violations.list)
		m.checkLimit(g, task, uint64(d))
		return len(m.violations.list) - before
	}
	slack := ns(uint64(m.limitSlack()))
	if use(30*ms) != 0 || use(slack) != 0 || use(time.Nanosecond) != 1 {
		t.Error("in the first period, a quota, the burst and the slack may be used")
	}
	// Many periods later there is a quota and a burst.
	m.now += uint64(time.Second)
	if use(30*ms+slack) != 0 || use(time.Nanosecond) != 1 {
		t.Error("later, a quota, the burst and the slack may be used")
	}
	m.now += uint64(100 * ms)
	if use(20*ms+slack) != 0 || use(time.Nanosecond) != 1 {
		t.Error("in the next period, a quota and the slack may be used")
	}
	m.checkThrottled(task, uint64(m.cfg.Options.Timeout))
	if len(m.violations.list) != 3 {
		t.Error("a wait for quota may last for the timeout")
	}
	m.checkThrottled(task, uint64(m.cfg.Options.Timeout)+1)
	for i, want := range []string{"group /a used", "group /a used", "group /a used", "the quota of group /a"} {
		if i >= len(m.violations.list) || !strings.Contains(m.violations.list[i].Text, want) {
			t.Fatalf("violations %v", m.violations.list)
		}
	}
}

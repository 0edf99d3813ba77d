package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/scxbridge/scxbridge/go/policy"
)

// started returns an agent that runs with this file, and how to reload another text.
func started(t *testing.T, text string) (r *running, f *fake, reload func(string) (string, error)) {
	f = newFake(t)
	file := f.write(t, "c.yaml", text)
	line := []entry{{"config", file, origin{name: "--config", value: file}}}
	c, err := f.load(line)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.newPolicy()
	if err != nil {
		t.Fatal(err)
	}
	r = &running{agent: &f.agent, commandLine: line, config: c, current: newCurrent(p), gcPercent: gcUnset, ownCPUs: []int{0, 1},
		engine: rules.NewEngine(rules.NewMatcher(f.root, nil), c.rules)}
	return r, f, func(text string) (string, error) {
		f.write(t, "c.yaml", text)
		return r.reload(42)
	}
}

func TestReload(t *testing.T) {
	r, f, reload := started(t, "slice: 3ms\n")
	before := r.current.policy
	if told, err := reload("slice: 3ms\n"); err != nil || told != "nothing has changed" || r.current.next.Load() != nil {
		t.Errorf("the same: %q, %v", told, err)
	}
	var bound string
	f.bind = func(tid int, cpus []int) error { bound = fmt.Sprint(tid, cpus); return nil }
	told, err := reload("policy: fifo\ntimeout: 2s\nagent-cpus: 1\nverbose: true\n")
	want := `agent-cpus is "1", was ""; policy is "fifo", was "vruntime"; slice is "20ms", was "3ms"; verbose is "true", was "false"; ` +
		`timeout stays "5s", for "2s" it must be started anew`
	if err != nil || told != want || bound != "42 [1]" {
		t.Errorf("reload: %q, %v, %s", told, err, bound)
	}
	if r.config.options.Timeout != 5*time.Second || r.config.policy != "fifo" {
		t.Errorf("%+v", r.config)
	}
	if r.current.policy != before {
		t.Error("the policy changed outside of a round")
	}
	r.current.Enqueue(nil)
	if _, is := r.current.policy.(*policy.FIFO); !is {
		t.Errorf("the policy is %T", r.current.policy)
	}
	if _, err = reload("policy: fifo\n"); err != nil || bound != "42 [0 1]" {
		t.Errorf("back to all CPUs: %s, %v", bound, err)
	}
}

func TestRefusedReloadChangesNothing(t *testing.T) {
	for text, want := range map[string]string{
		"policy: fifo\nslice: 5\n":                    "c.yaml:2: slice: ",
		"policy: fifo\nslice: 200ms\nslice-max: 1s":   "c.yaml:2: slice: is more than 0 and at most slice-max, 100ms, not 200ms (what cannot change while it runs stays)",
		"policy: fifo\nagent-cpus: 4000\n":            `agent-cpus: let the thread of the rounds run on "4000": invalid argument`,
		"policy: fifo\nverbose: true\nagnt-cpus: 1\n": "did you mean agent-cpus?",
	} {
		r, f, reload := started(t, "")
		f.bind = func(int, []int) error { return syscall.EINVAL }
		before := r.config
		if told, err := reload(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", text, told, err)
		}
		if r.config != before || r.current.next.Load() != nil || r.level.Level() != 0 {
			t.Errorf("%q: something changed", text)
		}
	}
}

func TestSignalReloads(t *testing.T) {
	f := newFake(t)
	hangup := make(chan os.Signal)
	f.hangup = hangup
	file := f.write(t, "c.yaml", "slice: 3ms\n")
	f.run = func(ctx context.Context, p scxbridge.Policy, o scxbridge.RunOptions) error {
		o.OnAttach(nil)
		f.write(t, "c.yaml", "slice: 5\n")
		hangup <- syscall.SIGHUP
		f.write(t, "c.yaml", "slice: 5\n") // the second is taken when the first is done
		hangup <- syscall.SIGHUP
		return nil
	}
	code, _, errs := f.do("--config", file)
	if code != exitAsked || !strings.Contains(errs, "reload refused, the old configuration goes on:\n  "+file+":1: slice: ") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

// The rounds allocate nothing, also when another policy takes over.
func TestRoundAllocatesNothing(t *testing.T) {
	for _, name := range []string{"fifo", "vruntime"} {
		c, err := newFake(t).parse("--policy", name)
		if err != nil {
			t.Fatal(err)
		}
		p, errP := c.newPolicy()
		q, errQ := c.newPolicy()
		if err := errors.Join(errP, errQ); err != nil {
			t.Fatal(err)
		}
		cur := newCurrent(p)
		next := [2]scxbridge.Policy{p, q}
		tasks := []scxbridge.Task{{PID: 1, Seq: 1, Weight: 100, OwnWeight: 100}, {PID: 2, Seq: 2, Weight: 100, OwnWeight: 100}}
		decisions := make([]scxbridge.Decision, 8)
		i := 0
		if n := testing.AllocsPerRun(100, func() {
			cur.next.Store(&next[i%2])
			i++
			cur.Observe(scxbridge.Stats{})
			cur.Enqueue(tasks)
			if cur.Dispatch(decisions) != 2 {
				t.Fatal("not both tasks were decided")
			}
			if cur.Dispatch(decisions) != 0 {
				t.Fatal("something is left, which the next policy would not know")
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations in a round", name, n)
		}
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/latency"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/scxbridge/scxbridge/go/policy"
)

const someRules = `rules:
- name: database
  match: {comm: postgres}
  effects: {weight: 300}
- name: services
  match: {cgroup: /system.slice}
  effects: {slice: 3ms}
- name: shops
  when: 'labels["app"] == "shop"'
  effects: {class: batch}
`

// process puts a process into the fake machine.
func (f *fake) process(t *testing.T, pid, ppid int, comm, group, cpus string) {
	t.Helper()
	for _, dir := range []string{fmt.Sprintf("proc/%d", pid), fmt.Sprintf("proc/%d/task/%d", pid, pid)} {
		f.write(t, dir+"/stat", fmt.Sprintf("%d (%s) S %d 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 %d 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0\n", pid, comm, ppid, pid))
		f.write(t, dir+"/status", fmt.Sprintf("Tgid:\t%d\nUid:\t0\t70\t0\t0\nCpus_allowed_list:\t%s\n", pid, cpus))
		f.write(t, dir+"/cgroup", "0::"+group+"\n")
		f.write(t, dir+"/cmdline", "/bin/"+comm+"\x00-x\x00")
	}
}

func TestRulesInTheFile(t *testing.T) {
	f := newFake(t)
	c, err := f.parse("--config", f.write(t, "c.yaml", "slice: 5ms\n"+someRules))
	if err != nil || c.rules.Len() != 3 || c.slice.Milliseconds() != 5 {
		t.Fatal(c, err)
	}
	for text, want := range map[string]string{
		"rules:\n- {name: a, match: {cmom: x}, effects: {weight: 1}}\nslcie: 1ms\n": "c.yaml:2: rule \"a\": unknown key \"cmom\" in match; did you mean comm?\n  ",
		"ruels: []\n":            "did you mean rules?",
		"rules: []\nrules: []\n": "c.yaml:2: rules is set a second time, first in line 1",
		"rules:\n- {name: a, match: {user: no_such_user}, effects: {weight: 1}}\n":         `user: "no_such_user" is no user of this machine`,
		"slice-max: 50ms\nrules:\n- {name: a, match: {comm: x}, effects: {slice: 60ms}}\n": `c.yaml:3: rule "a": slice: is at most slice-max, 50ms, not 60ms`,
	} {
		_, err := f.parse("--config", f.write(t, "c.yaml", text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestExplain(t *testing.T) {
	f := newFake(t)
	file := f.write(t, "c.yaml", someRules)
	f.process(t, 10, 1, "postgres", "/system.slice/postgresql.service", "0-3")
	f.process(t, 11, 10, "sh", "/x", "2")
	f.process(t, 12, 1, "other", "/y", "0-3")
	f.write(t, "sys/fs/cgroup/system.slice/cpu.max", "20000 100000\n")
	f.write(t, "sys/kernel/sched_ext/state", "enabled\n")
	f.write(t, "sys/kernel/sched_ext/root/ops", "goland\n")
	f.write(t, "sys/kernel/sched_ext/switch_all", "1\n")
	code, out, errs := f.do("explain", "10", "--config", file)
	want := `task:     process 10 "postgres", user 70
          "/bin/postgres -x"
cgroup:   /system.slice/postgresql.service
          unit postgresql.service
rule:     database, line 2
          weight: 300
also:     services, line 5
          slice: 3ms
          shops, line 8
          its condition failed, so it does not match: no such key: app
decides:  goland (SCHED_OTHER)
CPUs:     0-3
limit:    0.2 CPUs, of /system.slice
`
	if code != exitAsked || out != want || errs != "" {
		t.Errorf("%d, %s%s", code, out, errs)
	}
	explain := func(pid string, options ...string) (e explanation) {
		t.Helper()
		code, out, errs := f.do(append([]string{"explain", pid, "--json", "--config", file}, options...)...)
		if err := json.Unmarshal([]byte(out), &e); code != exitAsked || err != nil {
			t.Fatal(code, err, errs)
		}
		return e
	}
	if e := explain("11"); e.Rule == nil || e.Rule.Name != "database" || e.Rule.By != `its ancestor 10 "postgres"` {
		t.Errorf("%+v", e)
	}
	if e := explain("12"); e.Rule != nil || len(e.Others) != 1 || e.Others[0].Error == "" {
		t.Errorf("%+v", e)
	}
	if e := explain("11", "--direct-sync"); len(e.Except) != 1 || !strings.HasPrefix(e.Except[0], "with --direct-sync a task whose waker is about to sleep") || e.CPUs != "2" {
		t.Error(e.Except, e.CPUs)
	}
	f.process(t, 13, 2, "postgres", "/", "0-3")
	f.write(t, "proc/13/stat", "13 (postgres) S 2 1 1 0 -1 2129984 1 0 0 0 0 0 0 0 20 0 1 0 5 1 1 0 0 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0\n")
	if e := explain("13"); e.Rule != nil || e.Decides != "the kernel side of goland alone: it is a kernel thread" {
		t.Errorf("%+v", e)
	}
	for _, c := range []struct{ file, text, want string }{
		{"root/ops", "lavd\n", "another scheduler, lavd (SCHED_OTHER): it has not these rules"},
		{"root/ops", "goland\n", "goland (SCHED_OTHER)"},
		{"switch_all", "0\n", "the kernel's own scheduler: goland schedules only SCHED_EXT, this is SCHED_OTHER"},
		{"root/ops", "\n", "the kernel's own scheduler: no scheduler of sched_ext is active (SCHED_OTHER)"},
	} {
		f.write(t, "sys/kernel/sched_ext/"+c.file, c.text)
		if e := explain("12"); e.Decides != c.want {
			t.Errorf("%q, want %q", e.Decides, c.want)
		}
	}
	if code, _, errs := f.do("explain", "99", "--config", file); code != exitError || !strings.Contains(errs, "explain: read status of task 99: it has ended") {
		t.Error(code, errs)
	}
	for _, args := range [][]string{{"explain"}, {"explain", "1", "2"}, {"explain", "x"}, {"explain", "0"}} {
		if code, _, _ := f.do(args...); code != exitUsage {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}

func TestDryRun(t *testing.T) {
	f := newFake(t)
	file := f.write(t, "c.yaml", someRules)
	f.process(t, 10, 1, "postgres", "/system.slice/postgresql.service", "0-3")
	f.process(t, 12, 1, "other", "/y", "0-3")
	f.process(t, 13, 1, "cr\non", "/system.slice/cron.service", "0-3")
	code, out, errs := f.do("check", "--dry-run", "--config", file)
	want := `configuration: valid
rules: 3, conflicts: 0
RULE      PID  THREADS  COMM      CGROUP                            ALSO FITS
database  10   1        postgres  /system.slice/postgresql.service  services
services  13   1        cr?on     /system.slice/cron.service        
2 of 3 threads have a rule
no task has the rule "shops", line 8
`
	if code != exitAsked || out != want || errs != "" {
		t.Errorf("%d, %s%s", code, out, errs)
	}
	f.write(t, "c.yaml", "rules:\n- {name: a, match: {comm: x}, effects: {weight: 1}}\n- {name: b, match: {comm: x}, effects: {weight: 1}}\n")
	if _, out, _ := f.do("check", "--config", file); !strings.Contains(out, "conflicts: 1\n  line 3: rule \"b\": it can never match: rule \"a\" in line 2") {
		t.Error(out)
	}
	f.write(t, "c.yaml", "")
	if code, out, _ := f.do("check", "--dry-run", "--config", file); code != exitAsked || !strings.Contains(out, "rules: none") {
		t.Error(code, out)
	}
}

// At a reload all rules change, or none.
func TestRulesReload(t *testing.T) {
	r, f, reload := started(t, someRules)
	before := r.config.rules
	if told, err := reload(someRules); err != nil || told != "nothing has changed" {
		t.Error(told, err)
	}
	if _, err := reload(strings.Replace(someRules, "3ms", "3", 1)); err == nil || !r.config.rules.Equal(before) {
		t.Errorf("an invalid rule: %v", err)
	}
	if _, err := reload(strings.Replace(someRules, "3ms", "300ms", 1) + "slice-max: 1s\n"); err == nil || !r.config.rules.Equal(before) {
		t.Errorf("a rule that does not fit what stays: %v", err)
	}
	told, err := reload("rules:\n- {name: a, match: {comm: x}, effects: {slice: 3ms}}\n")
	if err != nil || told != "the number of rules is 1, was 3" || r.config.rules.Len() != 1 {
		t.Error(told, err)
	}
	if told, err := reload(""); err != nil || told != "the number of rules is 0, was 1" {
		t.Error(told, err, f.errs.String())
	}
}

// The rounds of the agent apply rules, to whichever policy decides, and allocate nothing.
func TestRoundUnderRules(t *testing.T) {
	f := newFake(t)
	f.process(t, 1, 0, "init", "/", "0-3")
	for _, name := range []string{"fifo", "vruntime"} {
		c, err := f.parse("--policy", name, "--config", f.write(t, "c.yaml", "rules:\n- {name: a, match: {comm: init}, effects: {weight: 300, slice: 3ms, class: urgent}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.newPolicy()
		if err != nil {
			t.Fatal(err)
		}
		r := &running{agent: &f.agent, config: c, current: newCurrent(p)}
		r.current.meter = latency.NewMeter()
		r.engine = rules.NewEngine(rules.NewMatcher(f.root, nil), c.rules)
		ctx, cancel := context.WithCancel(context.Background())
		defer r.matchBeside(ctx, cancel)()
		decider := r.policy()
		if _, ends := decider.(scxbridge.Ender); !ends {
			t.Error("with rules it does not want to know when tasks end")
		}
		tasks, decisions := []scxbridge.Task{{PID: 1, TGID: 1, Weight: 100, OwnWeight: 100}}, make([]scxbridge.Decision, 8)
		round := func() {
			tasks[0].Seq++
			tasks[0].Weight, tasks[0].OwnWeight = 100, 100 // a record is a new one each time
			decider.Enqueue(tasks)
			if decider.Dispatch(decisions) != 1 {
				t.Fatal("the task was not decided")
			}
		}
		for decisions[0].SliceNS != 3e6 {
			round()
		}
		if n := testing.AllocsPerRun(100, round); n != 0 {
			t.Errorf("%s: %v allocations in a round", name, n)
		}
		if classes := r.current.meter.Read().Stages; classes[latency.Normal][latency.Decided].Count() == 0 || classes[latency.High][latency.Decided].Count() > 0 {
			t.Errorf("%s: a rule's weight counts as a nice value: %+v", name, classes)
		}
		// Only virtual time is moved.
		if _, fifo := p.(*policy.FIFO); fifo && decisions[0].VTime > 1<<62 {
			t.Errorf("a fifo's place is %d", decisions[0].VTime)
		}
	}
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

var _ = register(Scenario{
	Name: "agent_reload",
	Doc:  "SIGHUP under load changes policy, slice and CPUs of the agent without a gap; an invalid file is refused whole",
	run: func(t *T) {
		file := filepath.Join(os.TempDir(), "agent_reload.yaml")
		t.Check(os.WriteFile(file, []byte("policy: vruntime\n"), 0o644), "write the configuration")
		t.Cleanup(func() { os.Remove(file) })
		agent := t.goland("--config", file, "--stats", "0.1", "--no-builtin-idle")
		stays := t.sameScheduler()
		t.moreHogs(2)
		t.forkstorm(2)
		agent.awaitDecisions(50)

		reload := func(text string, says ...string) {
			before := len(agent.err.String())
			t.Check(os.WriteFile(file, []byte(text), 0o644), "write the configuration")
			agent.signal(syscall.SIGHUP)
			for _, s := range says {
				agent.await(s, func() bool { return strings.Contains(agent.err.String()[before:], s) })
			}
			agent.awaitDecisions(50)
			stays()
		}
		reload("policy: fifo\nslice: 3ms\nagent-cpus: 0\ngrace: 7ms\n", `policy is "fifo", was "vruntime"`, `slice is "3ms", was "20ms"`,
			`grace stays "10ms"`)
		t.ErrorIf(!agent.hasThreadOn("0"), "no thread of the agent is bound to CPU 0")
		reload("policy: vruntime\nslice: 5\nslcie: 5ms\n", "reload refused", file+`:2: slice: "5" has no unit`, `did you mean slice?`)
		reload("policy: vruntime\nslice: 3ms\nagent-cpus: 4000\n", "reload refused")
		t.ErrorIf(!agent.hasThreadOn("0"), "a refused reload moved the agent")
		reload("policy: vruntime\n", `policy is "vruntime", was "fifo"`, `agent-cpus is "", was "0"`)
		t.ErrorIf(agent.hasThreadOn("0"), "a thread of the agent is still bound to CPU 0")
		agent.stopAfter(200)
	},
})

// hasThreadOn reports whether one of its threads may run on this list of CPUs only.
func (p *process) hasThreadOn(list string) bool {
	for _, tid := range p.threads() {
		var set unix.CPUSet
		if unix.SchedGetaffinity(int(tid), &set) == nil && set.Count() == 1 && list == "0" && set.IsSet(0) {
			return true
		}
	}
	return false
}

var _ = register(Scenario{
	Name: "agent_commands",
	Doc:  "one command starts the agent and, after a restart, takes over; status, detach and exec say and do what they should",
	run: func(t *T) {
		status := func(code int) (s struct {
			Active string
			Pinned bool
		}) {
			p := t.start("scx_goland", "status", "--json")
			got := p.exitCode(time.Minute)
			t.FatalIf(got != code, "status: exit code %d, not %d: %s", got, code, &p.err)
			t.Check(json.Unmarshal([]byte(p.out.String()), &s), "read the status")
			return s
		}
		t.start("scx_goland", "check").succeed(time.Minute)
		if s := status(4); s.Active != "" || s.Pinned {
			t.Errorf("before: %+v", s)
		}
		t.refused(1, "start one with --pin", agentCmd("detach"))

		command := []string{"run", "--pin", "--adopt=auto", "--grace", "9ms", "--partial"}
		begin := func(how string) *process {
			p := t.start("scx_goland", command...)
			p.await(how, func() bool { return strings.Contains(p.err.String(), `"goland" is `+how) })
			return p
		}
		agent := begin("attached")
		agent.awaitScheduling("goland")
		stays := t.sameScheduler()
		t.ErrorIf(strings.Contains(agent.err.String(), "no effect"), "%s", &agent.err)
		agent.terminate()
		if s := status(0); s.Active != "goland" || !s.Pinned {
			t.Errorf("pinned: %+v", s)
		}
		agent = begin("adopted")
		stays()
		for _, option := range []string{"--grace", "--partial"} {
			agent.await(option, func() bool { return strings.Contains(agent.err.String(), option+" has no effect") })
		}

		program := t.start("scx_goland", "exec", "--", binary("scxload"), "hog", "--threads", "2", "--seconds", "1000")
		program.await("the program is under SCHED_EXT", program.underExt)
		other := t.hogs(2)
		t.ErrorIf(other.underExt(), "hogs are under SCHED_EXT by themselves")
		t.start("scx_goland", "exec", "--pid", strconv.Itoa(int(other.pid()))).succeed(time.Minute)
		t.ErrorIf(!other.underExt(), "not all threads were moved")
		t.refused(1, "list the threads of process", agentCmd("exec", "--pid", "4194000"))

		agent.terminate()
		t.start("scx_goland", "detach").succeed(time.Minute)
		t.expectState("disabled")
		status(4)
	},
})

// underExt reports whether all its threads, two at least, have the policy SCHED_EXT.
func (p *process) underExt() bool {
	threads := p.threads()
	for _, tid := range threads {
		attr, err := unix.SchedGetAttr(int(tid), 0)
		if err != nil || attr.Policy != 7 {
			return false
		}
	}
	return len(threads) > 1
}

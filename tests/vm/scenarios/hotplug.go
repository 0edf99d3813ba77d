package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// setCPU takes a CPU away ("0") or brings it ("1").
func (t *T) setCPU(cpu int, value string) {
	online := fmt.Sprintf("%s/cpu%d/online", cpuFolder, cpu)
	t.write(online, value)
	t.Logf("wrote %s to %s", value, online)
}

// setCPU1 does that with CPU 1; the scenario's end has to bring it back.
func (t *T) setCPU1(value string) { t.setCPU(1, value) }

// awaitBound waits until so many threads of a load may run on CPU 1 only.
func (t *T) awaitBound(load *process, want int) {
	t.Await(time.Minute, "the threads are bound", func() bool {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", load.cmd.Process.Pid))
		n := 0
		for _, thread := range threads {
			status, _ := os.ReadFile(thread)
			n += bytes.Count(status, []byte("Cpus_allowed_list:\t1\n"))
		}
		return n == want
	})
}

var _ = register(Scenario{
	Name:    "hotplug",
	Kernels: everyKernel,
	Doc:     "a CPU goes and comes back under load, three times: the same scheduler stays, and everything runs on",
	Timeout: 240,
	run: func(t *T) {
		t.Cleanup(func() { t.setCPU1("1") })
		agent := t.goland("--no-builtin-idle")
		seq := enabledSeq()
		hogs := t.load("hog", "--threads", "4", "--seconds", "1000")
		for round := 1; round <= 3; round++ {
			// They may run nowhere else: the kernel has to give them another affinity.
			bound := t.load("hog", "--threads", "3", "--cpu", "1", "--seconds", "1000")
			t.awaitBound(bound, 3)
			for _, value := range []string{"0", "1"} {
				t.setCPU1(value)
				t.load("forkstorm", "--parallel", "2", "--count", "10").succeed(time.Minute)
				t.expectState("enabled")
				if enabledSeq() != seq || !agent.running() {
					t.Fatalf("the scheduler did not stay:\n%s", &agent.err)
				}
			}
			if !hogs.running() || !bound.running() {
				t.Errorf("the hogs ended: %s%s", &hogs.err, &bound.err)
			}
			bound.signal(syscall.SIGKILL)
		}
		hogs.signal(syscall.SIGKILL)
		agent.stopGoland(syscall.SIGTERM)
		if !regexp.MustCompile(`restarts: +0\n`).MatchString(agent.out.String()) {
			t.Errorf("the agent restarted:\n%s", &agent.out)
		}
	},
})

var _ = register(Scenario{
	Name:    "hotplug_decisions",
	Kernels: everyKernel,
	Doc:     "all decisions name one CPU: without it they bounce to others, and when it is back they are obeyed",
	run: func(t *T) {
		t.Cleanup(func() { t.setCPU1("1") })
		p := &decideEach{}
		p.decide = func(task *scx.Task) scx.Decision { return p.firstCome(task, 1) }
		// With a long grace it is decisions that run the tasks, not rescue.
		s := t.schedule(p, scx.RunOptions{Options: scx.Options{NoBuiltinIdle: true, Grace: time.Second}})
		hogs := t.load("hog", "--threads", "4", "--seconds", "1000")
		for round := 1; round <= 3; round++ {
			before := s.stats()
			s.awaitStats(time.Minute, "decisions are obeyed", func(st scx.Stats) bool {
				st = st.Sub(before)
				return st.Dispatched > st.Bounced+50
			})
			t.setCPU1("0")
			before = s.stats()
			t.load("forkstorm", "--parallel", "2", "--count", "5").succeed(time.Minute)
			s.awaitStats(time.Minute, "decisions bounce", func(st scx.Stats) bool {
				return st.Sub(before).Bounced > 50
			})
			if n := s.stats().LocalWaiting; n != 0 {
				t.Errorf("%d tasks wait in the queues of CPUs, to which no decision leads", n)
			}
			t.setCPU1("1")
		}
		if !hogs.running() {
			t.Errorf("the hogs ended: %s", &hogs.err)
		}
		hogs.signal(syscall.SIGKILL)
		s.stop()
	},
})

var _ = register(Scenario{
	Name:    "hotplug_before_attach",
	Kernels: everyKernel,
	Doc:     "a CPU goes between open and attach: the kernel ends the scheduler, and asks for a restart",
	run: func(t *T) {
		t.expectKernelLog("disabled (unregistered from the main kernel)")
		t.expectKernelLog("sched_ext: ")
		t.Cleanup(func() { t.setCPU1("1") })
		s, err := scx.Open(scx.Options{Name: "before"})
		t.Check(err, "open")
		t.Cleanup(func() { s.Close() })
		t.setCPU1("0")
		err = s.Attach()
		info, e := s.ExitInfo()
		t.Check(e, "read the exit information")
		t.Logf("attach: %v; %s: %s", err, info.Reason, info.Message)
		if !info.RestartRequested() {
			t.Errorf("no restart is asked for: %+v", info)
		}
		t.Await(time.Minute, "the scheduler has ended", func() bool { return extState("state") == "disabled" })
		t.setCPU1("1")
		// Opened anew, it attaches.
		again := t.schedule(newFirstCome(), scx.RunOptions{Options: scx.Options{Name: "before"}})
		t.load("forkstorm", "--parallel", "2", "--count", "3").succeed(time.Minute)
		again.stop()
	},
})

var _ = register(Scenario{
	Name:    "suspend",
	Doc:     "the kernel freezes all processes under load, as before it suspends, and thaws them: the same scheduler goes on",
	Timeout: 240,
	run: func(t *T) {
		write := func(file, text string) {
			t.Check(os.WriteFile(file, []byte(text), 0), "write %s to %s", text, file)
		}
		agent := t.goland("--no-builtin-idle", "--stats", "0.2", "--stats-format", "json")
		seq := enabledSeq()
		hogs := t.load("hog", "--threads", "4", "--seconds", "1000")
		agent.awaitDecisions(100)
		// Only this step: 2 s later the kernel thaws them. The next one, the devices, hangs this kind of machine
		// also without a scheduler; the one after, the CPUs, is hotplug.
		t.Cleanup(func() { write("/sys/power/pm_test", "none") })
		write("/sys/power/pm_test", "freezer")
		// The kernel spins for this time. By default that is 5 s, no less than our watchdog's.
		write("/sys/module/suspend/parameters/pm_test_delay", "2")
		write("/sys/power/state", "mem")
		if enabledSeq() != seq {
			t.Errorf("the scheduler is another one")
		}
		t.expectState("enabled")
		agent.awaitDecisions(100)
		t.load("forkstorm", "--parallel", "2", "--count", "10").succeed(time.Minute)
		if !hogs.running() {
			t.Errorf("the hogs ended: %s", &hogs.err)
		}
		hogs.signal(syscall.SIGKILL)
		agent.endGoland(syscall.SIGTERM)
	},
})

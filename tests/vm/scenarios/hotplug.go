package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// setCPU takes a CPU offline ("0") or online ("1").
func (t *T) setCPU(cpu int, value string) {
	online := fmt.Sprintf("%s/cpu%d/online", cpuFolder, cpu)
	t.write(online, value)
	t.Logf("wrote %s to %s", value, online)
}

// setCPU1 is setCPU for CPU 1, which the scenario's end must bring back.
func (t *T) setCPU1(value string) { t.setCPU(1, value) }

// keepsScheduler switches something off and on under load, for some rounds: the same scheduler must stay. Threads
// that are bound to CPU 1 run meanwhile: when that goes, the kernel has to change their affinity.
func (t *T) keepsScheduler(rounds, bound int, values []string, set func(value string), work func()) {
	stays := t.sameScheduler()
	for range rounds {
		hogs := t.hogsOn(1, bound)
		t.awaitBound(hogs, bound)
		for _, value := range values {
			set(value)
			work()
			stays()
		}
		hogs.end()
	}
}

// awaitBound waits until this many threads of a load may run only on CPU 1.
func (t *T) awaitBound(load *process, want int) {
	t.Await(time.Minute, "the threads are bound", func() bool {
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", load.pid()))
		n := 0
		for _, thread := range threads {
			status, _ := os.ReadFile(thread)
			n += bytes.Count(status, []byte("Cpus_allowed_list:\t1\n"))
		}
		return n == want
	})
}

var _ = register(Scenario{
	Name: "hotplug", Kernels: bothEnds,
	Doc: "a CPU goes and comes back under load, three times: the same scheduler stays, and everything runs on",
	run: func(t *T) {
		t.Cleanup(func() { t.setCPU1("1") })
		agent := t.goland("--no-builtin-idle")
		t.hogs(4)
		t.keepsScheduler(3, 3, []string{"0", "1"}, t.setCPU1, func() { t.forks(2, 10) })
		agent.stopGoland(syscall.SIGTERM)
		t.ErrorIf(!strings.Contains(agent.lastRow(), `"restarts":0,`), "the agent restarted:\n%s", &agent.out)
	},
})

var _ = register(Scenario{
	Name: "hotplug_decisions",
	Doc:  "all decisions name one CPU: without it they bounce to others, and when it is back they are obeyed",
	run: func(t *T) {
		t.Cleanup(func() { t.setCPU1("1") })
		// With a long grace, decisions run the tasks, not rescues.
		s := t.schedule(decideBy(func(p *decideEach, task *scx.Task) scx.Decision { return p.firstCome(task, 1) }), parkLong)
		t.hogs(4)
		for range 8 {
			s.awaitMore("decisions are obeyed", func(more scx.Stats) bool { return more.Dispatched > more.Bounced+50 })
			t.setCPU1("0")
			before := s.stats()
			t.forks(2, 5)
			s.awaitStats("decisions bounce", func(st scx.Stats) bool { return st.Sub(before).Bounced > 50 })
			if n := s.stats().LocalWaiting; n != 0 {
				t.Errorf("%d tasks wait in the queues of CPUs, to which no decision leads", n)
			}
			t.setCPU1("1")
		}
	},
})

var _ = register(Scenario{
	Name: "hotplug_before_attach", Kernels: bothEnds,
	Doc: "a CPU goes between open and attach: the kernel ends the scheduler, and asks for a restart",
	run: func(t *T) {
		t.expectKernelLog("disabled (unregistered from the main kernel)", "sched_ext: ")
		t.Cleanup(func() { t.setCPU1("1") })
		s, err := scx.Open(scx.Options{Name: "before"})
		t.Check(err, "open")
		t.Cleanup(func() { s.Close() })
		t.setCPU1("0")
		err = s.Attach()
		info, e := s.ExitInfo()
		t.Check(e, "read the exit information")
		t.Logf("attach: %v; %s: %s", err, info.Reason, info.Message)
		t.ErrorIf(!info.RestartRequested(), "no restart is asked for: %+v", info)
		t.awaitDisabled()
		t.setCPU1("1")
		// Opened anew, it attaches.
		t.schedule(newFirstCome(), scx.Options{Name: "before"})
		t.forks(2, 3)
	},
})

var _ = register(Scenario{
	Name: "suspend",
	Doc:  "the kernel freezes all processes under load, as before it suspends, and thaws them: the same scheduler goes on",
	run: func(t *T) {
		agent := t.goland("--no-builtin-idle", "--stats", "0.2")
		stays := t.sameScheduler()
		t.hogs(4)
		agent.awaitDecisions(100)
		// Only this step: 2 s later the kernel thaws them. The next step, devices, hangs this kind of machine even
		// without a scheduler; the one after it, CPUs, is hotplug.
		t.Cleanup(func() { t.write("/sys/power/pm_test", "none") })
		t.write("/sys/power/pm_test", "freezer")
		// The kernel spins for this time. The default of 5 s is as long as our watchdog's timeout.
		t.write("/sys/module/suspend/parameters/pm_test_delay", "2")
		t.write("/sys/power/state", "mem")
		stays()
		agent.awaitDecisions(100)
		t.forks(2, 10)
	},
})

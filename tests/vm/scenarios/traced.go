//go:build !demo

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
)

var _ = register(Scenario{
	Name: "ptraced",
	Doc:  "the agent under strace: decisions go on; stopped as by a debugger for longer than the watchdog waits: the machine runs on, decisions resume",
	run: func(t *T) {
		agent := t.goland("--no-builtin-idle", "--stats", "0.2")
		pid := fmt.Sprint(agent.pid())
		t.hogs(3)
		agent.awaitDecisions(100)

		strace := t.startCmd(exec.Command("strace", "-f", "-o", os.DevNull, "-p", pid))
		strace.await("it is attached", func() bool { return strings.Contains(strace.err.String(), "attached") })
		// Far more than were under way when strace attached.
		agent.awaitDecisions(300)
		t.forks(2, 5)
		t.expectState("enabled")
		t.Logf("a fork storm went by under strace")
		strace.signal(syscall.SIGTERM)
		strace.exitCode(time.Minute)
		t.Logf("strace is gone")

		tracer := t.start("scenarios", "task", "tracer", pid, "7s")
		tracer.await("it has stopped the agent", func() bool { return strings.Contains(tracer.out.String(), "stopped") })
		t.Logf("the agent is stopped")
		for tracer.running() {
			t.forks(2, 2)
			t.expectState("enabled")
		}
		tracer.succeed(0)
		t.Logf("the tracer is gone")
		agent.awaitDecisions(100)
	},
})

var _ = register(Scenario{
	Name: "go_debugging",
	Doc:  "the agent under GODEBUG=gccheckmark=1 and GOGC=1, and a policy under CPU profiling: decisions flow, nothing is lost",
	run: func(t *T) {
		for name, value := range map[string]string{"GODEBUG": "gccheckmark=1", "GOGC": "1"} {
			t.Check(os.Setenv(name, value), "set %s", name)
			agent := t.goland("--no-builtin-idle", "--stats", "0.1")
			t.Check(os.Unsetenv(name), "unset %s", name)
			hogs := t.hogs(3)
			agent.awaitDecisions(200)
			t.forks(2, 5)
			t.expectState("enabled")
			hogs.end()
			agent.stopAfter(200)
		}

		profile, err := os.Create(fmt.Sprintf("%s/cpu.pprof", t.out()))
		t.Check(err, "create a profile")
		defer profile.Close()
		t.Check(pprof.StartCPUProfile(profile), "start the profile")
		s := t.schedule(t.vruntime(policy.VRuntimeOptions{}), parkAll)
		t.hogs(3)
		before := s.stats()
		t.forks(2, 5)
		s.awaitStats("decisions flow", func(st scx.Stats) bool { return st.Sub(before).Dispatched > 500 })
		pprof.StopCPUProfile()
		if info, err := profile.Stat(); err != nil || info.Size() == 0 {
			t.Errorf("the profile is empty: %v", err)
		}
	},
})

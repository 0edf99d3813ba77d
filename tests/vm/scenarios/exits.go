package main

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name: "agent_signals",
	Doc:  "SIGINT and SIGTERM detach the agent cleanly, under load, with exit status 0",
	run: func(t *T) {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			agent := t.goland("--stats", "1")
			hogs := t.load("hog", "--threads", "4", "--seconds", "1000")
			t.Await(time.Minute, "two rows of statistics", func() bool {
				return strings.Count(agent.out.String(), "\n") >= 3
			})
			agent.stopGoland(sig)
			hogs.signal(syscall.SIGKILL)
		}
	},
})

var _ = register(Scenario{
	Name:    "ejected",
	Kernels: everyKernel,
	Doc:     "when the kernel ends the scheduler, agent and library say so and why",
	run: func(t *T) {
		t.expectKernelLog("disabled by sysrq-S")
		t.expectKernelLog("disabled (")
		sysrq := func() {
			t.Check(os.WriteFile("/proc/sysrq-trigger", []byte("S"), 0), "press SysRq-S")
		}
		agent := t.goland()
		sysrq()
		if code := agent.exitCode(time.Minute); code != 3 {
			t.Errorf("scx_goland: exit status %d after SysRq-S, not 3\n%s", code, &agent.err)
		}
		if !strings.Contains(agent.err.String(), "sysrq") {
			t.Errorf("scx_goland does not say why it ended:\n%s", &agent.err)
		}
		agent.account()
		t.expectState("disabled")

		s := t.schedule(newFirstCome(), scx.RunOptions{})
		sysrq()
		err := s.wait(time.Minute)
		var ended *scx.EndedError
		if !errors.As(err, &ended) || ended.Info.Kind != scx.ExitSysRq || !errors.Is(err, scx.ErrEnded) {
			t.Errorf("Run ended with %v", err)
		}
		t.conserved(s.final)
	},
})

var _ = register(Scenario{
	Name:    "stall_dump",
	Kernels: everyKernel,
	Doc:     "after an error the exit information has the reason, and the debug dump our own state",
	run: func(t *T) {
		t.expectKernelLog("runnable task stall")
		t.expectKernelLog("sched_ext: ")
		// A grace longer than the watchdog, and no decisions: the one way to a stall.
		s := t.schedule(&silent{}, scx.RunOptions{Options: scx.Options{
			NoBuiltinIdle: true, Grace: time.Second, Timeout: 100 * time.Millisecond}})
		t.load("forkstorm", "--parallel", "2", "--count", "5").succeed(time.Minute)
		err := s.wait(time.Minute)
		var ended *scx.EndedError
		if !errors.As(err, &ended) || ended.Info.Kind != scx.ExitErrorStall {
			t.Fatalf("Run ended with %v", err)
		}
		if !strings.Contains(ended.Info.Message, "failed to run") {
			t.Errorf("the message is %q", ended.Info.Message)
		}
		for _, line := range []string{"scxbridge: agent tgid", "scxbridge: queued ", "on PARK "} {
			if !strings.Contains(ended.Info.Dump, line) {
				t.Errorf("the dump has no %q:\n%s", line, ended.Info.Dump)
			}
		}
		t.conserved(s.final)
	},
})

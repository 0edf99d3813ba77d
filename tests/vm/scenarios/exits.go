package main

import (
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
			load := t.hogs(4)
			agent.await("two rows of statistics", func() bool { return strings.Count(agent.out.String(), "\n") >= 2 })
			agent.stopGoland(sig)
			load.end() // the next agent would load for long beside it
		}
	},
})

var _ = register(Scenario{
	Name: "ejected",
	Doc:  "when the kernel ends the scheduler, agent and library say so and why; --adopt=auto clears away what a dead agent left of it",
	run: func(t *T) {
		t.expectKernelLog("disabled by sysrq-S", "disabled (")
		agent := t.goland()
		t.sysrqS()
		if code := agent.exitCode(time.Minute); code != 3 {
			t.Errorf("scx_goland: exit status %d after SysRq-S, not 3\n%s", code, &agent.err)
		}
		t.ErrorIf(!strings.Contains(agent.err.String(), "sysrq"), "scx_goland does not say why it ended:\n%s", &agent.err)
		agent.account()
		t.expectState("disabled")

		s := t.schedule(newFirstCome(), scx.Options{})
		t.sysrqS()
		s.ended(scx.ExitSysRq)

		// What it left is in nobody's way.
		agent = t.goland("--pin")
		agent.kill()
		t.sysrqS()
		t.awaitDisabled()
		t.startsAnew("the kernel has ended it")
	},
})

var _ = register(Scenario{
	Name: "stall_dump", Kernels: bothEnds,
	Doc: "after an error the exit information has the reason, and the debug dump our own state",
	run: func(t *T) {
		t.expectKernelLog("runnable task stall", "sched_ext: ")
		// Only a grace longer than the watchdog's timeout, without decisions, leads to a stall.
		s := t.schedule(&silent{}, scx.Options{
			NoBuiltinIdle: true, Grace: time.Second, Timeout: 100 * time.Millisecond})
		// They go on until the watchdog looks.
		t.hogs(2)
		info := s.ended(scx.ExitErrorStall)
		t.ErrorIf(!strings.Contains(info.Message, "failed to run"), "the message is %q", info.Message)
		for _, line := range []string{"scxbridge: agent tgid", "scxbridge: queued ", "on PARK "} {
			t.ErrorIf(!strings.Contains(info.Dump, line), "the dump has no %q:\n%s", line, info.Dump)
		}
	},
})

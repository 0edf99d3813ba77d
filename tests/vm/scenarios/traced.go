package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
)

// lastRow is what an agent with `--stats N --stats-format json` printed last.
func (p *process) lastRow() string {
	lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
	return lines[len(lines)-1]
}

func (p *process) dispatchedSoFar() uint64 {
	_, rest, found := strings.Cut(p.lastRow(), `"total":`)
	if !found {
		return 0
	}
	_, rest, _ = strings.Cut(rest, `"dispatched":`)
	number, _, _ := strings.Cut(rest, ",")
	n, _ := strconv.ParseUint(number, 10, 64)
	return n
}

func (p *process) awaitDecisions(more uint64) {
	before, began := p.dispatchedSoFar(), time.Now()
	defer func() {
		p.t.Logf("%d decisions in %v; %s", p.dispatchedSoFar()-before, time.Since(began), p.lastRow())
	}()
	p.t.Await(2*time.Minute, "decisions flow", func() bool {
		if !p.running() {
			p.t.Fatalf("the agent ended:\n%s", &p.err)
		}
		return p.dispatchedSoFar() > before+more
	})
}

var _ = register(Scenario{
	Name:    "ptraced",
	Doc:     "the agent under strace: decisions go on; stopped by gdb for longer than the watchdog waits: the machine runs on, decisions resume",
	Timeout: 300,
	run: func(t *T) {
		agent := t.goland("--no-builtin-idle", "--stats", "0.2", "--stats-format", "json")
		pid := strconv.Itoa(agent.cmd.Process.Pid)
		hogs := t.load("hog", "--threads", "3", "--seconds", "1000")
		agent.awaitDecisions(100)

		strace := t.startCmd(exec.Command("strace", "-f", "-o", os.DevNull, "-p", pid))
		t.Await(time.Minute, "strace is attached", func() bool {
			return strings.Contains(strace.err.String(), "attached")
		})
		// Far more than were under way when it came.
		agent.awaitDecisions(1000)
		t.load("forkstorm", "--parallel", "2", "--count", "5").succeed(2 * time.Minute)
		t.expectState("enabled")
		t.Logf("a fork storm went by under strace")
		strace.signal(syscall.SIGTERM)
		strace.exitCode(time.Minute)
		t.Logf("strace is gone")

		// gdb stops all threads until it detaches.
		gdb := t.startCmd(exec.Command("gdb", "-nx", "-batch", "--readnever", "-iex", "set debuginfod enabled off", "-iex", "set auto-load off",
			"-p", pid, "-ex", "shell echo stopped; sleep 7", "-ex", "detach"))
		t.Await(time.Minute, "gdb has stopped the agent", func() bool {
			if !gdb.running() && !strings.Contains(gdb.out.String(), "stopped") {
				t.Fatalf("gdb ended:\n%s%s", &gdb.out, &gdb.err)
			}
			return strings.Contains(gdb.out.String(), "stopped")
		})
		t.Logf("gdb has stopped the agent")
		for gdb.running() {
			t.load("forkstorm", "--parallel", "2", "--count", "2").succeed(2 * time.Minute)
			t.expectState("enabled")
		}
		t.Logf("gdb is gone")
		agent.awaitDecisions(100)
		if !hogs.running() {
			t.Errorf("the hogs ended: %s", &hogs.err)
		}
		hogs.signal(syscall.SIGKILL)
		agent.endGoland(syscall.SIGTERM)
	},
})

var _ = register(Scenario{
	Name:    "go_debugging",
	Doc:     "the agent under GODEBUG=gccheckmark=1 and GOGC=1, and a policy under CPU profiling: decisions flow, nothing is lost",
	Timeout: 300,
	run: func(t *T) {
		load := func() *process { return t.load("hog", "--threads", "3", "--seconds", "1000") }
		for _, setting := range []string{"GODEBUG=gccheckmark=1", "GOGC=1"} {
			cmd := exec.Command(binary("scx_goland"), "--no-builtin-idle", "--stats", "0.1", "--stats-format", "json")
			cmd.Env = append(os.Environ(), setting)
			agent := t.startCmd(cmd)
			hogs := load()
			agent.awaitDecisions(200)
			t.load("forkstorm", "--parallel", "2", "--count", "5").succeed(2 * time.Minute)
			t.expectState("enabled")
			hogs.signal(syscall.SIGKILL)
			agent.signal(syscall.SIGTERM)
			agent.succeed(time.Minute)
			t.Logf("%s: %d decisions", setting, agent.dispatchedSoFar())
			t.expectState("disabled")
		}

		vruntime, err := policy.NewVRuntime(policy.VRuntimeOptions{})
		t.Check(err, "make the policy")
		profile, err := os.Create(fmt.Sprintf("%s/cpu.pprof", t.out()))
		t.Check(err, "create a profile")
		defer profile.Close()
		t.Check(pprof.StartCPUProfile(profile), "start the profile")
		s := t.schedule(vruntime, scx.RunOptions{Options: scx.Options{NoBuiltinIdle: true}})
		hogs := load()
		before := s.stats()
		t.load("forkstorm", "--parallel", "2", "--count", "5").succeed(2 * time.Minute)
		s.awaitStats(time.Minute, "decisions flow", func(st scx.Stats) bool { return st.Sub(before).Dispatched > 500 })
		pprof.StopCPUProfile()
		if info, err := profile.Stat(); err != nil || info.Size() == 0 {
			t.Errorf("the profile is empty: %v", err)
		}
		hogs.signal(syscall.SIGKILL)
		s.stop()
	},
})

package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// goland starts the agent and returns when it schedules the machine.
func (t *T) goland(args ...string) *process {
	// A short watchdog: what it would find must not happen.
	p := t.start("scx_goland", append([]string{"--timeout", "5s"}, args...)...)
	t.Await(time.Minute, "scx_goland schedules the machine", func() bool {
		if !p.running() {
			t.Fatalf("%v ended: exit status %d\n%s%s", p.cmd.Args, p.exitCode(0), &p.out, &p.err)
		}
		// Not only enabled: a moment later the kernel still counts that up.
		return strings.Contains(p.err.String(), `"goland" is attached`) && extState("root/ops") == "goland"
	})
	return p
}

// stopGoland is endGoland, and the agent must account for everything.
func (p *process) stopGoland(sig syscall.Signal) account {
	p.endGoland(sig)
	return p.account()
}

// endGoland ends the agent with a signal: it must detach.
func (p *process) endGoland(sig syscall.Signal) {
	p.signal(sig)
	p.succeed(time.Minute)
	p.t.expectState("disabled")
}

// account is the agent's last word: where every record and decision went.
type account map[string]uint64

var accountField = regexp.MustCompile(`(\d+) (written|in flight|[a-z]+)`)

// account reads the two sums that scx_goland ends with, and checks them.
func (p *process) account() account {
	a := account{}
	for _, line := range strings.Split(p.out.String()+p.err.String(), "\n") {
		if !strings.HasPrefix(line, "records: ") && !strings.HasPrefix(line, "decisions: ") && !strings.HasPrefix(line, "shortcuts: ") {
			continue
		}
		for _, m := range accountField.FindAllStringSubmatch(line, -1) {
			a[m[2]], _ = strconv.ParseUint(m[1], 10, 64)
		}
	}
	p.t.Logf("%v", a)
	for _, field := range []string{"queued", "dispatched", "rescued", "gone", "written", "stale", "refused"} {
		if _, there := a[field]; !there {
			p.t.Fatalf("scx_goland ended without telling %q:\n%s%s", field, &p.out, &p.err)
		}
	}
	if a["queued"] != a["dispatched"]+a["rescued"]+a["gone"] || a["in flight"] != 0 {
		p.t.Errorf("records are not conserved: %v", a)
	}
	if a["written"] != a["dispatched"]+a["stale"]+a["refused"] {
		p.t.Errorf("decisions are not conserved: %v", a)
	}
	return a
}

// zoo runs the whole load zoo under the agent with one policy.
func zoo(t *T, args ...string) {
	// 6.12 says once that a scheduler leaves the weights of cgroups alone, as this one does.
	t.expectKernelLog(`"goland" does not implement cgroup cpu.weight`)
	agent := t.goland(args...)
	load := t.load("zoo", "--seconds", "6", "--deadline", "240")
	var report struct {
		Passed  json.RawMessage `json:"passed"`
		Failed  []string        `json:"failed"`
		Skipped []string        `json:"skipped"`
		Results []struct {
			Cmd string `json:"cmd"`
			Ok  bool   `json:"ok"`
		} `json:"results"`
	}
	load.report(5*time.Minute, &report)
	t.expectState("enabled")
	t.Logf("passed %s, skipped %v", report.Passed, report.Skipped)
	if len(report.Failed) != 0 || len(report.Skipped) != 0 || len(report.Results) < 9 {
		t.Errorf("failed %v, skipped %v, %d results", report.Failed, report.Skipped, len(report.Results))
	}
	a := agent.stopGoland(syscall.SIGTERM)
	if a["dispatched"] == 0 {
		t.Errorf("no decision was carried out")
	}
}

func registerZoo(policy, doc string, shapes []Shape, args ...string) bool {
	return register(Scenario{
		Name:    "zoo_" + policy,
		Kernels: everyKernel,
		Doc:     fmt.Sprintf("the load zoo under scx_goland, %s: every process finishes, nothing is lost", doc),
		Timeout: 400,
		Shapes:  shapes,
		run:     func(t *T) { zoo(t, args...) },
	})
}

var (
	_ = registerZoo("vruntime", "policy vruntime", nil)
	_ = registerZoo("fifo", "policy fifo, every task decided by it", []Shape{numa}, "--policy", "fifo", "--no-builtin-idle")
)

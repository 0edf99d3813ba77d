package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// zoo runs the whole load zoo under the agent with one policy.
func zoo(t *T, args ...string) {
	// Linux 6.12 says once that a scheduler ignores cgroup weights, as this one does.
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
	t.ErrorIf(len(report.Failed) != 0 || len(report.Skipped) != 0 || len(report.Results) < 9,
		"failed %v, skipped %v, %d results", report.Failed, report.Skipped, len(report.Results))
	agent.stopAfter(1)
}

func registerZoo(policy, kernels, doc string, shapes []Shape, args ...string) bool {
	return register(Scenario{
		Name:    "zoo_" + policy,
		Kernels: kernels,
		Doc:     fmt.Sprintf("the load zoo under scx_goland, %s: every process finishes, nothing is lost", doc),
		Shapes:  shapes,
		run:     func(t *T) { zoo(t, args...) },
	})
}

var (
	_ = registerZoo("vruntime", bothEnds, "policy vruntime", nil)
	_ = registerZoo("fifo", "", "policy fifo, every task decided by it", []Shape{numa}, "--policy", "fifo", "--no-builtin-idle")
)

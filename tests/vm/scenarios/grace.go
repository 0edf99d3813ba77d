//go:build !demo

package main

import (
	"fmt"
	"syscall"
	"time"
)

var _ = measurement("grace", graces)

// graces measures, for docs/reliability.md, what the option grace costs and what it gives. The load is
// the same for each value: hogs, a fork storm, and a sleeper that measures how long it waits. If the agent
// runs, a short grace takes decisions away from it; if it is stopped, a long one makes tasks wait. The
// rounds are interleaved, so that disturbances of the machine affect all values.
func graces(args []string) int {
	if len(args) != 0 {
		wrongUsage()
	}
	return runIn(&T{began: time.Now()}, func(t *T) {
		const rounds = 3
		values := []string{"1ms", "2ms", "5ms", "10ms", "20ms", "50ms"}
		rescued := make([][]float64, len(values))
		running, stopped := make([][]float64, len(values)), make([][]float64, len(values))
		for round := 1; round <= rounds; round++ {
			for i, grace := range values {
				agent := t.goland("--no-builtin-idle", "--grace", grace)
				hogs := t.hogs(4)
				storm := t.forkstorm(1)
				sleeper := func() float64 {
					return t.sleeper("--period-us", "5000", "--seconds", "3").p99.Seconds() * 1000
				}
				running[i] = append(running[i], sleeper())
				storm.end()
				hogs.end()
				a := agent.stopGoland(syscall.SIGTERM)
				rescued[i] = append(rescued[i], 100*float64(a.Rescued)/float64(max(a.Queued, 1)))

				agent = t.goland("--no-builtin-idle", "--grace", grace)
				hogs = t.hogs(4)
				agent.signal(syscall.SIGSTOP)
				stopped[i] = append(stopped[i], sleeper())
				agent.signal(syscall.SIGCONT)
				hogs.end()
				agent.stopGoland(syscall.SIGTERM)
			}
		}
		fmt.Println("\n| grace | rescued under a healthy agent | sleeper's p99, agent running | sleeper's p99, agent stopped |")
		fmt.Println("| --- | --- | --- | --- |")
		for i, grace := range values {
			fmt.Printf("| %s | %.1f %% | %.1f ms | %.1f ms |\n", grace, median(rescued[i]), median(running[i]), median(stopped[i]))
		}
	})
}

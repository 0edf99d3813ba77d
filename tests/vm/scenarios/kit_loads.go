package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The loads that most scenarios use, and their reports. See tests/load.

// loadLimit is generous: only a load that hangs exceeds it, even on a slow and busy host.
const loadLimit = 5 * time.Minute

// load starts the load generator.
func (t *T) load(args ...string) *process { return t.start("scxload", args...) }

// endless starts a load that runs until the scenario or its end stops it; until then it must run.
func (t *T) endless(args ...string) *process {
	p := t.load(append(args, "--seconds", "1000")...)
	t.Cleanup(func() {
		if !p.over {
			p.end()
		}
	})
	return p
}

// hogs starts threads that always want to run.
func (t *T) hogs(threads int) *process {
	return t.endless("hog", "--threads", strconv.Itoa(threads))
}

// moreHogs starts this many more hogs than there are CPUs, so that some wait at any time.
func (t *T) moreHogs(more int) *process { return t.hogs(len(t.onlineCPUs()) + more) }

// hogsOn starts hogs that are bound to a CPU.
func (t *T) hogsOn(cpu, threads int) *process {
	return t.endless("hog", "--threads", strconv.Itoa(threads), "--cpu", strconv.Itoa(cpu))
}

// spinner starts a process of one thread that spins on this CPU for as long as it lives.
func (t *T) spinner(cpu int) *process {
	p := t.startCmd(exec.Command("sh", "-c", "while :; do :; done"))
	t.bind(p.pid(), cpu)
	return p
}

// forkstorm keeps forking processes, this many in parallel.
func (t *T) forkstorm(parallel int) *process {
	return t.endless("forkstorm", "--parallel", strconv.Itoa(parallel))
}

// forks runs a fork storm of a given length to its end.
func (t *T) forks(parallel, count int) {
	t.load("forkstorm", "--parallel", strconv.Itoa(parallel), "--count", strconv.Itoa(count)).succeed(loadLimit)
}

// messages runs groups of tasks that send each other messages, to their end.
func (t *T) messages(groups, count int) {
	t.load("messages", "--groups", strconv.Itoa(groups), "--count", strconv.Itoa(count)).succeed(loadLimit)
}

// sleeper runs tasks that sleep and wake up, to their end, and returns how long they waited for a CPU.
func (t *T) sleeper(args ...string) latency {
	return t.load(append([]string{"sleeper"}, args...)...).latency("latency")
}

// latency is how long tasks waited for a CPU after they woke.
type latency struct{ p50, p99, max time.Duration }

func (l latency) String() string {
	return fmt.Sprintf("p50 %v, p99 %v, at most %v", l.p50, l.p99, l.max)
}

// latency waits for a load to end, and returns what it measured under this name.
func (p *process) latency(name string) latency {
	of := func(part string) time.Duration { return microseconds(p.figure(name + "_" + part + "_us")) }
	return latency{of("p50"), of("p99"), of("max")}
}

// figure waits for a load to end, and returns a number of its report.
func (p *process) figure(name string) float64 {
	var r map[string]any
	p.report(loadLimit, &r)
	n, there := r[name].(float64)
	p.t.FatalIf(!there, "%v reports no %s:\n%s", p.cmd.Args, name, &p.out)
	return n
}

func microseconds(n float64) time.Duration { return time.Duration(n * float64(time.Microsecond)) }

// hogResults is the report of hogs.
type hogResults struct {
	GapMax  float64 `json:"gap_max_us"` // the longest that any of them did not run
	Threads []struct {
		CPU   float64 `json:"cpu_us"`
		Wall  float64 `json:"wall_us"`
		Loops uint64  `json:"loops"`
		Waits int     `json:"waits"`
	} `json:"threads"`
}

// hogResults waits for the hogs to end.
func (p *process) hogResults() (r hogResults) {
	p.report(loadLimit, &r)
	p.t.FatalIf(len(r.Threads) == 0, "%v tells of no thread", p.cmd.Args)
	return r
}

// loops returns how many loops all hogs together made in a second.
func (r hogResults) loops() (perSecond float64) {
	for _, thread := range r.Threads {
		perSecond += ratio(float64(thread.Loops), thread.Wall/1e6)
	}
	return perSecond
}

// cpu returns the least and the most CPU time that any hog had.
func (r hogResults) cpu() (least, most time.Duration) {
	var times []time.Duration
	for _, thread := range r.Threads {
		times = append(times, microseconds(thread.CPU))
	}
	return slices.Min(times), slices.Max(times)
}

// sharesOf waits until the processes have got this much CPU time in total, and returns the share of each.
func (t *T) sharesOf(processes []*process, together time.Duration) []float64 {
	return t.sharesBy(len(processes), func(i int) time.Duration { return processes[i].cpuTime() }, together)
}

// sharesBy does so for n of anything that uses CPU time; used returns how much the i-th has used.
func (t *T) sharesBy(n int, used func(i int) time.Duration, together time.Duration) []float64 {
	began := make([]time.Duration, n)
	for i := range began {
		began[i] = used(i)
	}
	shares := make([]float64, n)
	var all float64
	// A thread that keeps a CPU to itself advances the virtual time of all tasks, and evens out the shares of
	// those that compete on another CPU. So this one asks seldom.
	t.awaitEvery(200*time.Millisecond, 2*time.Minute, fmt.Sprintf("they got %v of CPU time", together), func() bool {
		all = 0
		for i := range shares {
			shares[i] = float64(used(i) - began[i])
			all += shares[i]
		}
		return all > float64(together)
	})
	for i := range shares {
		shares[i] /= all
	}
	return shares
}

// expectRunning ends the scenario unless the load still runs: without it the scenario proves nothing.
func (p *process) expectRunning() {
	p.t.FatalIf(!p.running(), "%s ended by itself: %s%s", strings.Join(p.cmd.Args, " "), &p.out, &p.err)
}

// end ends a load, which must still be running.
func (p *process) end() {
	p.expectRunning()
	p.kill()
}

// terminate asks a process to end, which must succeed.
func (p *process) terminate() { p.endBy(syscall.SIGTERM) }

func (p *process) endBy(sig syscall.Signal) {
	p.signal(sig)
	p.succeed(time.Minute)
}

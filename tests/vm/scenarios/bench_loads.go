//go:build !demo

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"time"
)

// benchLoad is one load and what it measures; less is better.
type benchLoad struct {
	name string
	// count is how much to do: under -icount, and with an ordinary clock.
	count [2]int
	// tool is the external program that it needs, if any.
	tool string
	// profiled loads show what a scheduler costs. None of them computes: under -icount all CPUs share a
	// clock, so a thread on a CPU is charged for what the other CPUs do.
	profiled bool
	run      func(b *bench, count int) []value
}

// value is one figure of a load. Its full name is LOAD/NAME.
type value struct {
	name string
	// amount is in ns, unless it is a count.
	amount float64
	count  bool
}

// ns and counted return a value.
func ns(name string, amount float64) value      { return value{name, amount, false} }
func counted(name string, amount float64) value { return value{name, amount, true} }

func (v value) String() string {
	if v.count {
		return v.name + " " + quantity(v.amount)
	}
	return v.name + " " + quantity(v.amount/1e3) + " µs"
}

var benchLoads = []benchLoad{
	{name: "pingpong_one", count: [2]int{4000, 20000}, profiled: true, run: func(b *bench, count int) []value {
		return b.pingpong(count, "--cpu", "0")
	}},
	{name: "pingpong_free", count: [2]int{4000, 20000}, profiled: true, run: func(b *bench, count int) []value {
		return b.pingpong(count)
	}},
	{name: "messages", count: [2]int{200, 1000}, profiled: true, run: func(b *bench, count int) []value {
		load := b.load("messages", "--groups", strconv.Itoa(demoGroups(runtime.NumCPU())), "--count", strconv.Itoa(count))
		return []value{ns("message", 1e9/load.figure("messages_per_s"))}
	}},
	{name: "hackbench", count: [2]int{600, 2000}, tool: "hackbench", run: func(b *bench, count int) []value {
		return []value{ns("run", b.hackbench(count))}
	}},
	{name: "wakers", count: [2]int{500, 2000}, run: func(b *bench, count int) []value {
		load := b.load("wakers", "--workers", strconv.Itoa(2*runtime.NumCPU()), "--count", strconv.Itoa(count))
		return load.latency("wakeup").percentiles()
	}},
	{name: "cyclictest", count: [2]int{150, 500}, tool: "cyclictest", run: func(b *bench, count int) []value {
		defer b.hogs(runtime.NumCPU())()
		file := filepath.Join(b.out(), "cyclictest.json")
		p := b.startCmd(exec.Command("cyclictest", "--quiet", "--policy=other", "--mlockall", "--threads=1",
			"--interval=4000", "--loops="+strconv.Itoa(count), "--json="+file))
		p.succeed(loadLimit)
		text, err := os.ReadFile(file)
		b.Check(err, "read what cyclictest says")
		values, err := parseCyclictest(text)
		b.Check(err, "cyclictest")
		return values
	}},
	{name: "sleeper", count: [2]int{150, 500}, run: func(b *bench, count int) []value {
		defer b.hogs(runtime.NumCPU())()
		return b.sleeper("--period-us", "4000", "--count", strconv.Itoa(count)).percentiles()
	}},
	{name: "hogs", count: [2]int{1000, 3000}, run: func(b *bench, ms int) []value {
		load := b.load("hog", "--threads", strconv.Itoa(2*runtime.NumCPU()), "--seconds", fmt.Sprint(float64(ms)/1000))
		return []value{ns("loop", 1e9/load.hogResults().loops())}
	}},
}

// hackbench runs two groups to their end, and returns the ns that it took.
func (b *bench) hackbench(loops int) float64 {
	p := b.startCmd(exec.Command("hackbench", "--groups", "2", "--fds", "5", "--loops", strconv.Itoa(loops)))
	p.succeed(loadLimit)
	took, err := parseHackbench(p.out.String())
	b.Check(err, "hackbench")
	return took
}

// percentiles are the values of a load's latency.
func (l latency) percentiles() []value {
	return []value{ns("p50", float64(l.p50)), ns("p99", float64(l.p99)), ns("max", float64(l.max))}
}

func (b *bench) pingpong(count int, args ...string) []value {
	load := b.load(append([]string{"pingpong", "--count", strconv.Itoa(count)}, args...)...)
	return []value{ns("round", 1e9/load.figure("rounds_per_s"))}
}

// hogs starts hogs and returns when they run; the function that it returns ends them.
func (b *bench) hogs(threads int) func() {
	p := b.T.hogs(threads)
	p.await("they run", func() bool { return p.cpuTime() > 5*time.Millisecond })
	return p.end
}

// parseCyclictest reads the file written by cyclictest --json, with times in µs.
func parseCyclictest(text []byte) ([]value, error) {
	var report struct {
		Threads map[string]struct {
			Cycles int     `json:"cycles"`
			Avg    float64 `json:"avg"`
			Max    float64 `json:"max"`
		} `json:"thread"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, err
	}
	thread, there := report.Threads["0"]
	if !there || thread.Cycles == 0 {
		return nil, fmt.Errorf("no cycles of a thread 0 in %q", text)
	}
	return []value{ns("avg", thread.Avg*1e3), ns("max", thread.Max*1e3)}, nil
}

var hackbenchTime = regexp.MustCompile(`(?m)^Time: ([0-9.]+)$`)

// parseHackbench reads the time, in seconds, from hackbench's last line.
func parseHackbench(text string) (float64, error) {
	m := hackbenchTime.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("no time in %q", text)
	}
	s, err := strconv.ParseFloat(m[1], 64)
	return s * 1e9, err
}

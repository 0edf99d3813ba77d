//go:build !demo

package main

import (
	"fmt"
	"runtime"
	"strconv"
	"time"
)

// The loads of the suite topology, and what each tells of a scheduler on several caches: how often it moves tasks, how
// fairly it shares CPUs of different caches, and what both cost or give. A count is a time in ms, but for hackbench.
var topologyLoads = []benchLoad{
	{name: "messages", count: [2]int{300, 1200}, run: func(b *bench, ms int) []value {
		load, moved := b.steady(ms, "messages", "--groups", "1")
		return append(moved.values(), ns("message", 1e9/load.figure("messages_per_s")))
	}},
	{name: "wakers", count: [2]int{1200, 1200}, run: func(b *bench, ms int) []value {
		// A messenger and its workers are as many as four CPUs.
		// (As long also where time is counted in instructions: for a while after a scheduler came or went, the kernel
		// frees what it left, and the next load feels that.)
		groups := strconv.Itoa(max(1, runtime.NumCPU()/4))
		load, moved := b.steady(ms, "wakers", "--messengers", groups, "--workers", "3")
		values := append(moved.values(), load.latency("wakeup").percentiles()...)
		return append(values, ns("wakeup", 1e9/load.figure("wakeups_per_s")))
	}},
	{name: "hackbench", count: [2]int{100, 500}, tool: "hackbench", run: func(b *bench, loops int) []value {
		before := b.moved()
		took := b.hackbench(loops)
		return append(b.moved().since(before).values(), ns("run", took))
	}},
	// One more than there are CPUs: they have equal shares only if some move to other caches.
	{name: "hogs", count: [2]int{1000, 3000}, run: func(b *bench, ms int) []value {
		hogs, moved := b.steady(ms, "hog", "--threads", strconv.Itoa(runtime.NumCPU()+1))
		r := hogs.hogResults()
		least, most := r.cpu()
		return append(moved.values(), counted("spread", ratio(float64(most), float64(least))), ns("loop", 1e9/r.loops()))
	}},
	{name: "sleeper", count: [2]int{300, 1000}, run: func(b *bench, ms int) []value {
		defer b.hogs(runtime.NumCPU())()
		return b.sleeper("--period-us", "4000", "--seconds", seconds(ms)).percentiles()
	}},
}

// steady runs a load for a time, to its end, and counts the moves without those of its beginning.
func (b *bench) steady(ms int, args ...string) (*process, moves) {
	load := b.load(append(args, "--seconds", seconds(ms))...)
	time.Sleep(time.Duration(ms) * time.Millisecond / 5)
	before := b.moved()
	load.succeed(loadLimit)
	return load, b.moved().since(before)
}

func seconds(ms int) string { return fmt.Sprint(float64(ms) / 1000) }

// values are the moves for 1,000 switches.
func (m moves) values() []value {
	return []value{
		counted("within", m.per1000(m.within)), counted("across", m.per1000(m.across)), counted("nodes", m.per1000(m.nodes)),
	}
}

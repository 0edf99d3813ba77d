package main

import (
	"slices"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name:  "nohz_full",
	Doc:   "on a CPU without a timer tick (nohz_full=) hogs are switched by their slices, fairly, and decisions reach it",
	Shape: nohz,
	run: func(t *T) {
		if list := t.cpuList(cpuFolder + "/nohz_full"); !slices.Equal(list, []int{1}) {
			t.Fatalf("the CPUs without a tick are %v, not CPU 1", list)
		}
		p := newFirstCome()
		s := t.schedule(p, scx.RunOptions{Options: scx.Options{NoBuiltinIdle: true, Slice: 10 * time.Millisecond}})
		// One hog alone could do without a tick; then others come.
		alone := t.load("hog", "--threads", "1", "--cpu", "1", "--seconds", "1000")
		t.Await(time.Minute, "the hog computes", func() bool { return alone.cpuTime(t) > 200*time.Millisecond })
		var report struct {
			Threads []struct {
				CPU   float64 `json:"cpu_us"`
				Waits int     `json:"waits"`
			} `json:"threads"`
		}
		// Other loads on the host stretch time here; one quiet run of three will do.
		for try := 1; ; try++ {
			t.load("hog", "--threads", "3", "--cpu", "1", "--seconds", "3").report(time.Minute, &report)
			least, most, waits := report.Threads[0].CPU, report.Threads[0].CPU, report.Threads[0].Waits
			for _, thread := range report.Threads {
				least, most, waits = min(least, thread.CPU), max(most, thread.CPU), min(waits, thread.Waits)
			}
			t.Logf("CPU time of the hogs %.0f to %.0f µs, each waited at least %d times", least, most, waits)
			// Slices of 10 ms make 75 turns for each of four.
			if most < 2*least && waits > 20 {
				break
			}
			if try == 3 {
				t.Fatalf("three times unequal shares, or long slices")
			}
		}
		if !alone.running() {
			t.Errorf("the first hog ended: %s", &alone.err)
		}
		alone.kill()
		t.load("messages", "--groups", "1", "--count", "50").succeed(2 * time.Minute)
		s.stop()
		if s.final.Dispatched < 100 {
			t.Errorf("only %d decisions were carried out", s.final.Dispatched)
		}
	},
})

package main

import (
	"slices"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name: "nohz_full", Shape: spare,
	Doc: "on a CPU without a timer tick (nohz_full=) hogs are switched by their slices, fairly, and decisions reach it",
	run: func(t *T) {
		if list := t.cpuList(cpuFolder + "/nohz_full"); !slices.Equal(list, []int{1}) {
			t.Fatalf("the CPUs without a tick are %v, not CPU 1", list)
		}
		s := t.schedule(newFirstCome(), scx.Options{NoBuiltinIdle: true, Slice: 10 * time.Millisecond})
		// One hog alone needs no tick; then others come.
		alone := t.hogsOn(1, 1)
		t.Await(time.Minute, "the hog computes", func() bool { return alone.cpuTime() > 200*time.Millisecond })
		t.quietRun(3, "unequal shares, or long slices", func() bool {
			hogs := t.load("hog", "--threads", "3", "--cpu", "1", "--seconds", "3").hogResults()
			least, most := hogs.cpu()
			waits := hogs.Threads[0].Waits
			for _, thread := range hogs.Threads {
				waits = min(waits, thread.Waits)
			}
			t.Logf("CPU time of the hogs %v to %v, each waited at least %d times", least, most, waits)
			// Slices of 10 ms give each of four hogs 75 turns.
			return most < 2*least && waits > 20
		})
		t.messages(1, 50)
		if n := s.stop().Dispatched; n < 100 {
			t.Errorf("only %d decisions were carried out", n)
		}
	},
})

package main

import "time"

var _ = register(Scenario{
	Name: "no_faults",
	Doc:  "for 10 s of load the default agent has no major fault, less than 10 minor ones, and less than 40 MB of memory",
	run: func(t *T) {
		const (
			warmUp   = 8 * time.Second
			watched  = 10 * time.Second
			minorMax = 9 // Go starts a thread now and then, or takes a page into use
			rssMax   = 40_000_000
		)
		agent := t.goland()
		pid := agent.cmd.Process.Pid
		t.hogs(4)
		t.endless("messages", "--groups", "1")
		t.forkstorm(2)
		t.endless("sleeper", "--threads", "8", "--period-us", "5000")
		time.Sleep(warmUp) // by then the agent has taken all of its code paths
		before, err := readUsage(pid)
		t.Check(err, "read what the agent used")
		last := before
		for began := time.Now(); time.Since(began) < watched; {
			time.Sleep(watched / 5)
			now, err := readUsage(pid)
			t.Check(err, "read what the agent used")
			since := now.sub(last)
			t.Logf("%d minor and %d major faults, %v of CPU time, at most %d kB of memory",
				since.minorFaults, since.majorFaults, since.onCPU, now.rssMax/1000)
			last = now
		}
		used := last.sub(before)
		t.ErrorIf(used.majorFaults != 0 || used.minorFaults > minorMax,
			"the agent had %d major and %d minor faults in %v", used.majorFaults, used.minorFaults, watched)
		t.ErrorIf(used.rssMax >= rssMax, "the agent had %d bytes in memory", used.rssMax)
		agent.stopAfter(1000)
	},
})

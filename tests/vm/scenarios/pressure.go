package main

import (
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// memAvailable returns how much memory is available, in MiB.
func (t *T) memAvailable() int {
	return int(procNumber(t.read("/proc/meminfo"), "MemAvailable:") / 1024)
}

var _ = register(Scenario{
	Name: "memory_pressure",
	Doc:  "for 6 s nearly no memory is left, so that the kernel reclaims and may kill: scheduling goes on, in the agent's hands",
	run: func(t *T) {
		t.expectKernelLog("Out of memory") // it kills the load, by its oom_score_adj
		agent := t.goland("--no-builtin-idle")
		stays := t.sameScheduler()
		// The eaters leave less than the kernel tries to keep free.
		const left, parts = 64, 4
		mb := max((t.memAvailable()-left)/parts, 16)
		eat := func() *process {
			return t.startCmd(exec.Command("sh", "-c", fmt.Sprintf(
				"echo 1000 >/proc/self/oom_score_adj; exec %s memory --mb %d --seconds 1000", binary("scxload"), mb)))
		}
		eaters := make([]*process, parts)
		for i := range eaters {
			eaters[i] = eat()
		}
		t.Await(5*time.Minute, "memory is short", func() bool { return t.memAvailable() <= 4*left })
		for end := time.Now().Add(6 * time.Second); time.Now().Before(end); {
			for i, eater := range eaters {
				if !eater.running() { // the kernel may have killed it
					t.Logf("%d MiB of memory are left; an eater has ended", t.memAvailable())
					eaters[i] = eat()
				}
			}
			t.forks(2, 3)
			t.expectState("enabled")
		}
		t.Logf("%d MiB of memory are left", t.memAvailable())
		stays()
		for _, eater := range eaters {
			eater.kill()
		}
		agent.stopAfter(100)
	},
})

var _ = register(Scenario{
	Name: "fork_bomb",
	Doc:  "a fork bomb up to its user's limit of 200 busy processes: others get on, and it can be ended",
	run: func(t *T) {
		t.goland("--no-builtin-idle", "--timeout", "30s")
		group := t.cgroup("bomb")
		bomb := t.startCmd(exec.Command("sh", "-c", "echo $$ >"+group+"/cgroup.procs; exec setpriv --reuid 65534 --clear-groups "+
			"prlimit --nproc=200 "+binary("scxload")+" forkbomb --seconds 200"))
		processes := func() int {
			return len(strings.Fields(t.read(group + "/cgroup.procs")))
		}
		t.Await(2*time.Minute, "the limit is reached", func() bool { return processes() >= 200 })
		t.forks(1, 1)
		t.expectState("enabled")
		if n := processes(); n < 200 {
			t.Errorf("the bomb has only %d processes left", n)
		}
		t.write(group+"/cgroup.kill", "1")
		bomb.exitCode(time.Minute)
		t.Await(time.Minute, "the bomb is gone", func() bool { return processes() == 0 })
	},
})

var _ = register(Scenario{
	Name: "many_runnable",
	Doc:  "1,000 tasks that always want to run: each gets its turns, and the watchdog finds nothing",
	run: func(t *T) {
		// With slices of a timer tick, a turn for each takes seconds, more than a short watchdog timeout.
		agent := t.goland("--no-builtin-idle", "--timeout", "30s")
		threads := t.load("hog", "--threads", "1000", "--seconds", "6").hogResults().Threads
		t.expectState("enabled")
		t.ErrorIf(len(threads) != 1000, "%d threads told what they did", len(threads))
		for i, thread := range threads {
			t.FatalIf(thread.Loops == 0, "thread %d never ran", i)
		}
		agent.stopAfter(1000)
	},
})

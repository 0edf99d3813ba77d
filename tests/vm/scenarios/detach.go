package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// forkHogs computes in eight processes, each of which soon forks its successor and ends, as long as a file exists.
const forkHogs = `
import os, signal, sys, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
def hog():
    end = time.time() + 0.3
    while time.time() < end: pass
    if os.path.exists(sys.argv[1]) and os.fork() == 0: hog()
    os._exit(0)
for i in range(8):
    if os.fork() == 0: hog()
`

var _ = register(Scenario{
	Name: "detach_under_fork_hogs", Kernels: bothEnds,
	Doc: "a scheduler is detached at once also while CPU-bound tasks fork CPU-bound tasks",
	run: func(t *T) {
		// A broken detach would wait for the load to end, but only sometimes: hence the rounds.
		const load = 20 * time.Second
		for round := range 2 {
			s := t.schedule(newFirstCome(), scx.Options{})
			goOn := fmt.Sprintf("/run/fork-hogs-%d", round)
			t.Check(os.WriteFile(goOn, nil, 0o644), "make %s", goOn)
			// The hogs outlive python3, so they must not hold its output open.
			t.startCmd(exec.Command("sh", "-c", `exec python3 -c "$0" "$1" >/dev/null 2>&1`, forkHogs, goOn)).succeed(time.Minute)
			s.awaitDispatched(100, "the hogs fork")
			end := time.AfterFunc(load, func() { os.Remove(goOn) })
			began := time.Now()
			s.stop()
			t.Logf("round %d: detached in %v", round, time.Since(began))
			// If the load has ended, detach waited for it.
			t.ErrorIf(!end.Stop(), "the scheduler was detached only when the load had ended")
			os.Remove(goOn)
		}
	},
})

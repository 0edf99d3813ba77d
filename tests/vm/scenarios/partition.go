package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

var _ = register(Scenario{
	Name:    "isolated_partition",
	Kernels: everyKernel,
	Doc:     "a CPU becomes an isolated partition under load, and is given back, three times: the scheduler stays, tasks run there",
	run: func(t *T) {
		agent := t.goland("--no-builtin-idle")
		seq := enabledSeq()
		hogs := t.hogs(2)
		for range 3 {
			folder := t.isolate("1")
			t.Logf("CPU 1 is isolated: %v", t.cpuList(cgroups+"/cpuset.cpus.isolated"))
			inside := t.startCmd(exec.Command("sh", "-c",
				"echo $$ >"+filepath.Join(folder, "cgroup.procs")+" && exec "+binary("scxload")+" hog --threads 3 --seconds 1000"))
			t.awaitBound(inside, 4)
			t.Await(time.Minute, "the tasks in the partition run", func() bool { return inside.cpuTime(t) > 200*time.Millisecond })
			t.load("messages", "--groups", "1", "--count", "30").succeed(2 * time.Minute)
			before := hogs.cpuTime(t)
			t.Await(time.Minute, "the tasks outside run", func() bool { return hogs.cpuTime(t) > before+200*time.Millisecond })
			if !inside.running() {
				t.Errorf("the hogs in the partition ended: %s%s", &inside.out, &inside.err)
			}
			t.write(folder+"/cgroup.kill", "1")
			t.Await(time.Minute, "the partition is empty and removed", func() bool { return os.Remove(folder) == nil })
			t.load("forkstorm", "--parallel", "2", "--count", "5").succeed(time.Minute)
			t.expectState("enabled")
			if enabledSeq() != seq || !agent.running() {
				t.Fatalf("the scheduler did not stay:\n%s", &agent.err)
			}
		}
		if !hogs.running() {
			t.Errorf("the hogs ended: %s", &hogs.err)
		}
		hogs.kill()
		if a := agent.stopGoland(syscall.SIGTERM); a["dispatched"] < 100 {
			t.Errorf("only %d decisions were carried out", a["dispatched"])
		}
	},
})

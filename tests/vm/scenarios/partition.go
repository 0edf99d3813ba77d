package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

var _ = register(Scenario{
	Name: "isolated_partition", Kernels: bothEnds,
	Doc: "a CPU becomes an isolated partition under load, and is given back, three times: the scheduler stays, tasks run there",
	run: func(t *T) {
		agent := t.goland("--no-builtin-idle")
		stays := t.sameScheduler()
		hogs := t.moreHogs(2)
		for range 3 {
			folder := t.isolate("1")
			t.Logf("CPU 1 is isolated: %v", t.cpuList(cgroups+"/cpuset.cpus.isolated"))
			inside := t.startCmd(exec.Command("sh", "-c",
				"echo $$ >"+filepath.Join(folder, "cgroup.procs")+" && exec "+binary("scxload")+" hog --threads 3 --seconds 1000"))
			t.awaitBound(inside, 4)
			t.Await(time.Minute, "the tasks in the partition run", func() bool { return inside.cpuTime() > 200*time.Millisecond })
			t.messages(1, 30)
			before := hogs.cpuTime()
			t.Await(time.Minute, "the tasks outside run", func() bool { return hogs.cpuTime() > before+200*time.Millisecond })
			inside.expectRunning()
			t.write(folder+"/cgroup.kill", "1")
			t.Await(time.Minute, "the partition is empty and removed", func() bool { return os.Remove(folder) == nil })
			t.forks(2, 5)
			stays()
		}
		agent.stopAfter(100)
	},
})

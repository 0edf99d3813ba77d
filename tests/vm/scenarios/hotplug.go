package main

import (
	"os"
	"regexp"
	"syscall"
	"time"
)

var _ = register(Scenario{
	Name: "hotplug",
	Doc:  "a CPU goes and comes back under load: the kernel asks for a restart, the agent restarts itself",
	// Where a CPU does not come back, later scenarios must not suffer.
	OwnBoot: true,
	run: func(t *T) {
		const online = "/sys/devices/system/cpu/cpu1/online"
		set := func(value string) {
			t.Check(os.WriteFile(online, []byte(value), 0), "write %s to %s", value, online)
		}
		t.expectKernelLog("disabled (unregistered from the main kernel)")
		t.expectKernelLog("exiting scheduler")
		agent := t.goland("--no-builtin-idle")
		hogs := t.load("hog", "--threads", "4", "--seconds", "1000")
		for _, value := range []string{"0", "1"} {
			seq := extState("enable_seq")
			set(value)
			t.Await(time.Minute, "the scheduler has restarted", func() bool {
				if !agent.running() {
					t.Fatalf("the agent ended: %s", &agent.err)
				}
				return extState("enable_seq") != seq && extState("state") == "enabled"
			})
			t.load("forkstorm", "--parallel", "2", "--count", "10").succeed(time.Minute)
		}
		if !hogs.running() {
			t.Errorf("the hogs ended: %s", &hogs.err)
		}
		hogs.signal(syscall.SIGKILL)
		agent.stopGoland(syscall.SIGTERM)
		if !regexp.MustCompile(`restarts: +2\n`).MatchString(agent.out.String()) {
			t.Errorf("not two restarts were counted:\n%s", &agent.out)
		}
	},
})

package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
)

// figures are what the loads measured in one phase.
type figures struct {
	messages float64 // per second
	loops    float64 // of the hogs, per second
	p50, p99 float64 // of the sleeper's wake-up latency, in µs
	missed   float64 // of the sleeper's periods, in percent: it was not asleep again in time
}

func (f figures) String() string {
	return fmt.Sprintf("messages %s/s, hogs %s loops/s, wake-up p50 %s µs, p99 %s µs",
		quantity(f.messages), quantity(f.loops), quantity(f.p50), quantity(f.p99))
}

// measure runs all loads at the same time and calls tick every second.
func (d *demonstration) measure(tick func()) figures {
	messages := d.demoLoad("messages", "--groups", strconv.Itoa(demoGroups(runtime.NumCPU())), "--senders", "4", "--receivers", "4")
	hogs := d.demoLoad("hog", "--threads", strconv.Itoa(runtime.NumCPU()))
	sleeper := d.demoLoad("sleeper", "--period-us", "10000")
	for _, load := range []*process{messages, hogs, sleeper} {
		d.wait(load, tick)
	}
	wakeups, missed := sleeper.figure("wakeups"), sleeper.figure("missed")
	f := figures{
		messages: messages.figure("messages_per_s"),
		loops:    hogs.hogResults().loops(),
		p50:      sleeper.figure("latency_p50_us"),
		p99:      sleeper.figure("latency_p99_us"),
		missed:   100 * ratio(missed, wakeups+missed),
	}
	d.FatalIf(f.messages <= 0 || wakeups <= 0, "a load did nothing:\n%s%s", &messages.out, &sleeper.out)
	return f
}

// demoGroups returns one group of eight tasks for every two CPUs.
func demoGroups(cpus int) int { return max(1, cpus/2) }

func (d *demonstration) demoLoad(args ...string) *process {
	args = append(args, "--seconds", strconv.Itoa(demoSeconds))
	return d.child(exec.Command(binary("scxload"), args...), syscall.SIGKILL)
}

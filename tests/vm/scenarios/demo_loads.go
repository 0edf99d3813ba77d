package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
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
	var parts []string
	if f.messages > 0 {
		parts = append(parts, fmt.Sprintf("messages %s/s", quantity(f.messages)))
	}
	if f.loops > 0 {
		parts = append(parts, fmt.Sprintf("hogs %s loops/s", quantity(f.loops)))
	}
	if f.p99 > 0 {
		parts = append(parts, fmt.Sprintf("wake-up p50 %s µs, p99 %s µs", quantity(f.p50), quantity(f.p99)))
	}
	return strings.Join(parts, ", ")
}

// demoLoads are all loads that measure knows.
var demoLoads = []string{"messages", "hogs", "sleeper"}

func demoArguments(load string, cpus int) []string {
	switch load {
	case "messages":
		return []string{"messages", "--groups", strconv.Itoa(demoGroups(cpus)), "--senders", "4", "--receivers", "4"}
	case "hogs":
		return []string{"hog", "--threads", strconv.Itoa(cpus)}
	}
	return []string{"sleeper", "--period-us", "10000"}
}

// measure runs the loads at the same time and calls tick every second.
func (d *demonstration) measure(tick func()) figures {
	running := map[string]*process{}
	for _, load := range d.loads {
		running[load] = d.demoLoad(demoArguments(load, runtime.NumCPU())...)
	}
	for _, load := range d.loads {
		d.wait(running[load], tick)
	}
	f, did := figures{}, map[string]float64{}
	if messages := running["messages"]; messages != nil {
		f.messages = messages.figure("messages_per_s")
		did["messages"] = f.messages
	}
	if hogs := running["hogs"]; hogs != nil {
		f.loops = hogs.hogResults().loops()
		did["hogs"] = f.loops
	}
	if sleeper := running["sleeper"]; sleeper != nil {
		wakeups, missed := sleeper.figure("wakeups"), sleeper.figure("missed")
		f.p50, f.p99 = sleeper.figure("latency_p50_us"), sleeper.figure("latency_p99_us")
		f.missed = 100 * ratio(missed, wakeups+missed)
		did["sleeper"] = wakeups
	}
	for _, load := range d.loads {
		d.FatalIf(did[load] <= 0, "the load %s did nothing:\n%s", load, &running[load].out)
	}
	return f
}

// demoGroups returns one group of eight tasks for every two CPUs.
func demoGroups(cpus int) int { return max(1, cpus/2) }

func (d *demonstration) demoLoad(args ...string) *process {
	args = append(args, "--seconds", strconv.Itoa(d.seconds))
	return d.child(exec.Command(binary("scxload"), args...), syscall.SIGKILL)
}

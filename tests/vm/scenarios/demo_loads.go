package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"
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

// The load generator's reports; see its --help.
type (
	messagesReport struct {
		PerSecond float64 `json:"messages_per_s"`
	}
	sleeperReport struct {
		Wakeups float64 `json:"wakeups"`
		Missed  float64 `json:"missed"`
		P50     float64 `json:"latency_p50_us"`
		P99     float64 `json:"latency_p99_us"`
	}
)

func newFigures(messages messagesReport, hogs hogResults, sleeper sleeperReport) figures {
	f := figures{messages: messages.PerSecond, p50: sleeper.P50, p99: sleeper.P99}
	for _, thread := range hogs.Threads {
		f.loops += ratio(float64(thread.Loops), thread.Wall/1e6)
	}
	f.missed = 100 * ratio(sleeper.Missed, sleeper.Wakeups+sleeper.Missed)
	return f
}

// measure runs all loads at the same time and calls tick every second.
func (d *demonstration) measure(tick func()) figures {
	messages := d.demoLoad("messages", "--groups", strconv.Itoa(demoGroups(runtime.NumCPU())), "--senders", "4", "--receivers", "4")
	hogs := d.demoLoad("hog", "--threads", strconv.Itoa(runtime.NumCPU()))
	sleeper := d.demoLoad("sleeper", "--period-us", "10000")
	for _, load := range []*process{messages, hogs, sleeper} {
		d.wait(load, tick)
	}
	var m messagesReport
	var h hogResults
	var s sleeperReport
	messages.report(time.Minute, &m)
	hogs.report(time.Minute, &h)
	sleeper.report(time.Minute, &s)
	if m.PerSecond <= 0 || len(h.Threads) == 0 || s.Wakeups <= 0 {
		d.Fatalf("a load did nothing:\n%s%s%s", &messages.out, &hogs.out, &sleeper.out)
	}
	return newFigures(m, h, s)
}

// demoGroups returns one group of eight tasks for every two CPUs.
func demoGroups(cpus int) int { return max(1, cpus/2) }

func (d *demonstration) demoLoad(args ...string) *process {
	args = append(args, "--seconds", strconv.Itoa(demoSeconds))
	return d.child(exec.Command(binary("scxload"), args...), syscall.SIGKILL)
}

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	scx "github.com/scxbridge/scxbridge/go"
)

func demoHeader(release string, cpus int, accel string) string {
	machine := map[string]string{
		"tcg":  "virtual machine emulated in software (QEMU's TCG): 10 to 20 times slower than a real one",
		"kvm":  "virtual machine (KVM)",
		"host": "this machine itself",
	}[accel]
	if machine == "" {
		machine = "unknown"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `
A Linux machine scheduled by a Go program

  kernel   %s
  CPUs     %d
  machine  %s

The same loads run under the kernel's default scheduler and under scx_goland, in turns, %d times
each, %d seconds at a time (about %d seconds in all):
  messages  %d tasks that write small messages to each other through sockets: many short wake-ups
  hogs      %d threads that never sleep, one per CPU
  sleeper   one thread that wakes up every 10 ms and notes how late it was

While scx_goland is attached, each task that wants a CPU is queued: a record goes to the Go policy,
which answers with a decision (where, how long, in which order). The agent's table, per second:
  queued      tasks that asked            dispatched  as Go decided
  rescued     run without an answer in time: the kernel side lets nothing starve
  gone        left before the answer      stale       answers whose task had left or was rescued
  congested   no room for the record      idle        woke up to an idle CPU: nothing to ask
  wakeups     of the agent, from sleep    parked, waiting   tasks now, for an answer, for a CPU
`, release, cpus, machine, demoRounds, demoSeconds, 2*demoRounds*(demoSeconds+2), 8*demoGroups(cpus), cpus)
	return b.String()
}

// comparison is the table of both schedulers' medians. A busy host can slow an emulated guest down
// by half from one moment to the next, so the ratios are of adjacent phases.
func comparison(kernel, agent []figures, name string, loads []string) string {
	rows := []struct {
		load, name, better string
		value              func(figures) float64
		ratio              bool
	}{
		{"messages", "messages/s", "more", func(f figures) float64 { return f.messages }, true},
		{"hogs", "hog loops/s", "more", func(f figures) float64 { return f.loops }, true},
		{"sleeper", "sleeper's wake-up latency p50, µs", "less", func(f figures) float64 { return f.p50 }, true},
		{"sleeper", "sleeper's wake-up latency p99, µs", "less", func(f figures) float64 { return f.p99 }, true},
		{"sleeper", "sleeper's periods missed, %", "less", func(f figures) float64 { return f.missed }, false},
	}
	var b strings.Builder
	const format = "%-34s %6s  %15s %15s %15s\n"
	fmt.Fprintf(&b, format, fmt.Sprintf("Same loads, medians of %d rounds", len(kernel)), "better", "kernel default", name, name+"/default")
	for _, row := range rows {
		if !slices.Contains(loads, row.load) {
			continue
		}
		var before, after, ratios []float64
		for i := range kernel {
			before, after = append(before, row.value(kernel[i])), append(after, row.value(agent[i]))
			ratios = append(ratios, ratio(after[i], before[i]))
		}
		share := ""
		if row.ratio {
			share = fmt.Sprintf("%.2f", median(ratios))
		}
		line := fmt.Sprintf(format, row.name, row.better, quantity(median(before)), quantity(median(after)), share)
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	fmt.Fprintf(&b, "(%s/default: of each round's two phases, then the median)\n", name)
	return b.String()
}

// accountTable says what became of every record. The sums were checked, round by round.
func accountTable(s scx.Stats, agentCPU float64) string {
	var b strings.Builder
	share := func(sign string, n, of uint64, name, what string) {
		fmt.Fprintf(&b, "  %s %-13s %12s  %6.2f %%  %s\n", sign, name, count(n), 100*ratio(float64(n), float64(of)), what)
	}
	sum := func(n uint64, name, what string) {
		fmt.Fprintf(&b, "  %-15s %12s            %s\n", name, count(n), what)
	}
	fmt.Fprintf(&b, "Where every record and every decision went (scx_goland, %d rounds)\n", demoRounds)
	sum(s.Queued, "queued", "tasks that asked the Go policy")
	share("=", s.Dispatched, s.Queued, "dispatched", "as it decided")
	share("+", s.Rescued, s.Queued, "rescued", "by the kernel side: no answer in time")
	share("+", s.Gone, s.Queued, "gone", "left before the answer: ended, or moved to other CPUs")
	sum(s.Decisions, "decisions", "written by the Go policy")
	share("=", s.Dispatched, s.Decisions, "dispatched", "carried out")
	share("+", s.Stale, s.Decisions, "stale", "the task had left or was rescued")
	share("+", s.Refused, s.Decisions, "refused", "malformed")
	b.WriteString("  both sums are exact: no task was lost\n")
	b.WriteString("Scheduled without asking\n")
	sum(s.IdleDirect, "idle_direct", "woke up to an idle CPU")
	sum(s.Congested, "congested", "the ring of records was full")
	sum(s.AgentDirect, "agent threads", fmt.Sprintf("the Go program itself, which used %.1f %% of the CPUs", 100*agentCPU))
	sum(s.KthreadDirect, "kernel threads", "of which a fault of the Go program may need one")
	return b.String()
}

func closing(accel string) string {
	next := `Next:  make test              each promise proven on the oldest and on the newest kernel
       KERNEL=6.16 make demo  the same on another kernel
       HOST=1 make demo       the same on this machine's own kernel, as root, if it has sched_ext
       README.md              a policy of your own in less than 40 lines of Go
`
	if accel == "tcg" {
		return "This was a slow, emulated guest: look at the ratios, not at the absolute numbers.\n" + next
	}
	return next
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	// The two in the middle, or the one in the middle twice.
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// quantity prints three digits or more, with thousands separators.
func quantity(v float64) string {
	switch {
	case v >= 100:
		return count(uint64(v + 0.5))
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

func count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

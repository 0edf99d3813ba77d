package main

import (
	"regexp"
	"strconv"

	scx "github.com/scxbridge/scxbridge/go"
)

const (
	moveEvent = tracefs + "/events/sched/sched_migrate_task"
	// How often tasks went from one CPU to another.
	moveHistogram = "hist:keys=orig_cpu,dest_cpu:size=4096"
)

// moves counts how often tasks went from one CPU to another, and how often CPUs switched tasks.
type moves struct {
	within float64 // to a CPU of the same last-level cache
	across float64 // to one of another cache
	nodes  float64 // those of them that went to another NUMA node
	// switches are those of the whole machine.
	switches float64
}

// since returns the moves since before.
func (m moves) since(before moves) moves {
	return moves{m.within - before.within, m.across - before.across, m.nodes - before.nodes, m.switches - before.switches}
}

// per1000 is a number of moves for 1,000 switches.
func (m moves) per1000(n float64) float64 { return ratio(1000*n, m.switches) }

// countMoves starts counting, and returns a function that reads the counts so far.
func (t *T) countMoves() (read func() moves) {
	topology, err := scx.ReadTopology()
	t.Check(err, "read the topology")
	t.mountTracefs()
	t.Check(appendTo(moveEvent+"/trigger", moveHistogram), "count moves of tasks; has this kernel histograms of events?")
	t.Cleanup(func() { t.Check(appendTo(moveEvent+"/trigger", "!"+moveHistogram), "end counting") })
	return func() moves {
		m := parseMoves(t.read(moveEvent+"/hist"), topology.CPUs)
		m.switches = float64(procNumber(t.read("/proc/stat"), "ctxt "))
		return m
	}
}

var moveEntry = regexp.MustCompile(`orig_cpu: +(\d+), dest_cpu: +(\d+) +} hitcount: +(\d+)`)

// parseMoves reads a histogram.
func parseMoves(histogram string, cpus []scx.CPU) (m moves) {
	for _, entry := range moveEntry.FindAllStringSubmatch(histogram, -1) {
		from, _ := strconv.Atoi(entry[1])
		to, _ := strconv.Atoi(entry[2])
		hits, _ := strconv.ParseFloat(entry[3], 64)
		if cpus[from].Cache == cpus[to].Cache {
			m.within += hits
		} else {
			m.across += hits
		}
		if cpus[from].Node != cpus[to].Node {
			m.nodes += hits
		}
	}
	return m
}

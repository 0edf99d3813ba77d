package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	moveEvent = tracefs + "/events/sched/sched_migrate_task"
	// How often tasks went from one CPU to another.
	moveHistogram = "hist:keys=orig_cpu,dest_cpu:size=4096"
	// Which went to another cache, and what made them go.
	causeHistogram = "hist:keys=comm,common_stacktrace:size=4096 if (orig_cpu<2&&dest_cpu>1)||(orig_cpu>1&&dest_cpu<2)"
)

// moves counts how often tasks went from one CPU to another, and how often CPUs switched tasks.
type moves struct{ within, across, switches float64 }

var moveEntry = regexp.MustCompile(`orig_cpu: +(\d+), dest_cpu: +(\d+) +} hitcount: +(\d+)`)

// countMoves starts counting, and returns a function that reads the counts so far.
func (t *T) countMoves() (read func() moves) {
	if _, err := os.Stat(tracefs + "/events"); err != nil {
		t.Check(unix.Mount("tracefs", tracefs, "tracefs", 0, ""), "mount tracefs")
	}
	t.Check(appendTo(moveEvent+"/trigger", moveHistogram), "count moves of tasks; has this kernel histograms of events?")
	t.Cleanup(func() { t.Check(appendTo(moveEvent+"/trigger", "!"+moveHistogram), "end counting") })
	return func() moves {
		var m moves
		for _, entry := range moveEntry.FindAllStringSubmatch(t.read(moveEvent+"/hist"), -1) {
			from, _ := strconv.Atoi(entry[1])
			to, _ := strconv.Atoi(entry[2])
			hits, _ := strconv.ParseFloat(entry[3], 64)
			if from/2 == to/2 {
				m.within += hits
			} else {
				m.across += hits
			}
		}
		_, after, _ := strings.Cut(t.read("/proc/stat"), "\nctxt ")
		_, err := fmt.Sscan(after, &m.switches)
		t.Check(err, "read the number of switches from /proc/stat")
		return m
	}
}

// movingLoads are loads that tempt a scheduler to move tasks, each with the moves across caches
// that are allowed for 1,000 switches. With one shared queue there are 160 to 300.
var movingLoads = []struct {
	name    string
	allowed float64
	args    []string
}{
	{"messages, 8 tasks", 20, []string{"messages", "--groups", "1"}},
	{"messenger and workers", 8, []string{"wakers", "--messengers", "1", "--workers", "3"}},
	{"messages, 16 tasks", 25, []string{"messages", "--groups", "2"}},
}

// Some moves are bounded by time, and an emulated machine that shares its host makes few switches in a time: then moves
// across caches must be few among all. With one shared queue they are two thirds.
const (
	fewSwitches = 2000 // in a second
	fewAcross   = 0.25
)

const movesFor = 1500 * time.Millisecond

// movesUnder returns the moves across caches for 1,000 switches, and whether they are as few as is allowed.
func (t *T) movesUnder(w way, read func() moves, name string, args []string, allowed float64) (across float64, few bool) {
	load := t.endless(args...)
	// So short a time will do: what is allowed is far from what no domains would do, and a run that fails is repeated.
	time.Sleep(500 * time.Millisecond)
	began := read()
	time.Sleep(movesFor)
	ended := read()
	load.end()
	switches := ended.switches - began.switches
	across = (ended.across - began.across) * 1000 / switches
	within := (ended.within - began.within) * 1000 / switches
	t.Logf("%s: %s: %.1f moves across caches, %.1f within one, per 1,000 of %.0f switches", w.name, name, across, within, switches)
	slow := switches < fewSwitches*movesFor.Seconds()
	return across, across <= allowed || slow && across <= fewAcross*(across+within)
}

var _ = register(Scenario{
	Name: "cache_moves", Shape: twoCaches,
	Doc: "tasks that wake each other stay on the CPUs of one last-level cache, but for some moves in 1,000 switches; with one domain they do not",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		read := t.countMoves()
		for _, w := range []way{kernelsOwn, byAgent("scx_goland"), vruntime, inKernelMode} {
			t.under(w, func() {
				for _, load := range movingLoads {
					t.Check(appendTo(moveEvent+"/trigger", causeHistogram), "note what moves tasks")
					t.quietRun(3, fmt.Sprintf("under %s, %s: more than %v moves for 1,000 switches", w.name, load.name, load.allowed), func() bool {
						_, few := t.movesUnder(w, read, load.name, load.args, load.allowed)
						return few
					})
					if t.failed {
						t.Logf("%s", t.read(moveEvent+"/hist"))
					}
					t.Check(appendTo(moveEvent+"/trigger", "!"+causeHistogram), "end noting what moves tasks")
				}
			})
		}
		one := byAgent("one domain", "--no-builtin-idle", "--one-domain")
		t.under(one, func() {
			load := movingLoads[0]
			across, few := t.movesUnder(one, read, load.name, load.args, load.allowed)
			t.ErrorIf(few, "with one domain for all caches only %.1f tasks moved: this load tells nothing", across)
		})
	},
})

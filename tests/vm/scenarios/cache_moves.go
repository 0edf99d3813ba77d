package main

import (
	"fmt"
	"time"
)

// Which moves went to another cache, and what made them.
const causeHistogram = "hist:keys=comm,common_stacktrace:size=4096 if (orig_cpu<2&&dest_cpu>1)||(orig_cpu>1&&dest_cpu<2)"

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
func (t *T) movesUnder(w way, read func() moves, name string, args []string, allowed float64) (perThousand float64, few bool) {
	load := t.endless(args...)
	// So short a time will do: what is allowed is far from what no domains would do, and a run that fails is repeated.
	time.Sleep(500 * time.Millisecond)
	began := read()
	time.Sleep(movesFor)
	made := read().since(began)
	load.end()
	across, within := made.per1000(made.across), made.per1000(made.within)
	t.Logf("%s: %s: %.1f moves across caches, %.1f within one, per 1,000 of %.0f switches", w.name, name, across, within, made.switches)
	slow := made.switches < fewSwitches*movesFor.Seconds()
	return across, across <= allowed || slow && across <= fewAcross*(across+within)
}

var _ = register(Scenario{
	Name: "cache_moves", Shape: twoCaches,
	Doc: "tasks that wake each other stay on the CPUs of one last-level cache, but for some moves in 1,000 switches; with one domain they do not",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		read := t.countMoves()
		byDefault := byAgent("scx_goland")
		for _, w := range []way{byDefault, vruntime, inKernelMode} {
			loads := movingLoads
			if w.name != byDefault.name {
				loads = loads[1:] // fewer tasks tempt less
			}
			t.under(w, func() {
				for _, load := range loads {
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

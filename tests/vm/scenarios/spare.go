package main

import (
	"fmt"
	"strconv"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// cpuTicks returns a CPU's user time, without that of niced tasks, in ticks; 0 if it is offline.
func (t *T) cpuTicks(cpu int) uint64 {
	return procNumber(t.read("/proc/stat"), fmt.Sprintf("cpu%d ", cpu))
}

var _ = register(Scenario{
	Name: "spare_cpus", Shape: spare,
	Doc: "of five CPUs three are offline, two of them since boot: decisions for these bounce, and none of them is selected",
	run: func(t *T) {
		t.Cleanup(func() { t.setCPU1("1") })
		t.setCPU1("0") // before the start: 0 and 2 are left
		online := map[int32]bool{0: true, 2: true}
		next := int32(0)
		s := t.schedule(decideBy(func(p *decideEach, task *scx.Task) scx.Decision {
			next = (next + 1) % int32(spare.MaxCPUs)
			return p.firstCome(task, next)
		}), parkLong)
		if n := s.stats().NrCPUs; n != spare.MaxCPUs {
			t.Errorf("the statistics count %d CPUs, not %d", n, spare.MaxCPUs)
		}
		hogs := t.moreHogs(2)
		t.messages(1, 50)
		t.forks(2, 5)
		sleeper := t.endless("sleeper", "--period-us", "10000")
		found := map[int32]int{}
		hogs.end()
		t.Await(time.Minute, "both CPUs were found idle", func() bool {
			if cpu, err := s.sched.SelectCPU(sleeper.pid(), -1); err == nil {
				found[cpu]++
			}
			return found[0] > 0 && found[2] > 0
		})
		for cpu := range found {
			t.ErrorIf(!online[cpu], "CPU %d was selected, which is offline", cpu)
		}
		st := s.stop()
		// Three of five decisions name an offline CPU.
		t.Logf("%d dispatched, %d bounced", st.Dispatched, st.Bounced)
		if share := float64(st.Bounced) / float64(st.Dispatched); share < 0.5 || share > 0.7 {
			t.Errorf("%d of %d decisions bounced, not 60 %%", st.Bounced, st.Dispatched)
		}
		t.ErrorIf(st.Refused != 0, "%d decisions were refused", st.Refused)
	},
})

var _ = register(Scenario{
	Name: "late_cpus", Shape: spare,
	Doc: "CPUs come that were offline as the scheduler started, one of them for the first time: decisions for them are obeyed, and hogs use them",
	run: func(t *T) {
		// The last one has not been online since boot.
		const again, new = 1, 4
		t.Cleanup(func() {
			t.setCPU(again, "1")
			t.setCPU(new, "0")
		})
		t.setCPU(again, "0")
		turn := 0
		s := t.schedule(decideBy(func(p *decideEach, task *scx.Task) scx.Decision {
			turn++
			switch {
			case task.NrCPUsAllowed == 1:
				return p.firstCome(task, scx.AnyCPU)
			case turn%2 == 0:
				return p.firstCome(task, again)
			default:
				return p.firstCome(task, new)
			}
		}), parkLong)
		stays := t.sameScheduler()
		t.hogs(7)
		s.awaitStats("decisions bounce", func(st scx.Stats) bool { return st.Bounced > 50 })
		for _, cpu := range []int{again, new} {
			t.setCPU(cpu, "1")
		}
		s.awaitMore("decisions for these CPUs are obeyed", func(more scx.Stats) bool {
			return more.Dispatched > more.Bounced+100
		})
		for _, cpu := range []int{again, new} {
			ticks := t.cpuTicks(cpu)
			t.Await(time.Minute, "the CPU has run hogs for half a second", func() bool { return t.cpuTicks(cpu) > ticks+50 })
			// Tasks that may run only there do so.
			t.load("hog", "--threads", "2", "--cpu", strconv.Itoa(cpu), "--seconds", "1").succeed(time.Minute)
		}
		stays()
	},
})

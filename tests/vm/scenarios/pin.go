package main

import (
	"fmt"
	"strconv"
	"strings"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name: "pin_by_cpu", Kernels: bothEnds,
	Doc: "a policy that names a CPU is obeyed, as the tasks' own getcpu shows, also when it changes its mind",
	run: func(t *T) {
		// The task's name, pin-CPU-N, says which CPU.
		p := decideBy(func(p *decideEach, task *scx.Task) scx.Decision {
			if fields := strings.Split(task.Name(), "-"); len(fields) == 3 && fields[0] == "pin" {
				cpu, _ := strconv.Atoi(fields[1])
				return p.firstCome(task, int32(cpu))
			}
			return p.firstCome(task, scx.PickIdle)
		})
		s := t.schedule(p, parkLong)

		const samples = 40
		tasks := make([]*task, 4)
		for i := range tasks {
			tasks[i] = t.startTask("where", strconv.Itoa(samples))
		}
		s.unrescued(4, func(round int) func(scx.Stats) {
			for i, task := range tasks {
				fmt.Fprintf(task.in, "pin-%d-%d\n", (i+round)%2, i)
			}
			wrong := 0
			for i, task := range tasks {
				t.FatalIf(!task.out.Scan(), "task %d ended", i)
				var n, bad int
				fmt.Sscan(task.out.Text(), &n, &bad)
				t.FatalIf(n != samples, "task %d answered %q", i, task.out.Text())
				wrong += bad
			}
			return func(st scx.Stats) {
				t.FatalIf(wrong != 0, "round %d: %d samples on another CPU than the decision's", round, wrong)
				if want := uint64(len(tasks) * samples); st.Dispatched < want {
					t.Fatalf("round %d: only %d decisions for %d sleeps", round, st.Dispatched, want)
				}
			}
		})
		if n := s.stop().Bounced; n != 0 {
			t.Errorf("%d decisions bounced", n)
		}
	},
})

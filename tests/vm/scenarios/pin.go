package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name:    "pin_by_cpu",
	Kernels: everyKernel,
	Doc:     "a policy that names a CPU is obeyed, as the tasks' own getcpu shows, also when it changes its mind",
	run: func(t *T) {
		// The task's name says where: pin-CPU-N.
		p := &decideEach{}
		p.decide = func(task *scx.Task) scx.Decision {
			if fields := strings.Split(task.Name(), "-"); len(fields) == 3 && fields[0] == "pin" {
				cpu, _ := strconv.Atoi(fields[1])
				return p.firstCome(task, int32(cpu))
			}
			return p.firstCome(task, scx.PickIdle)
		}
		s := t.schedule(p, scx.RunOptions{Options: scx.Options{
			Name: "pin", NoBuiltinIdle: true, Grace: time.Second}})

		const samples = 40
		tasks := make([]*task, 4)
		for i := range tasks {
			tasks[i] = t.startTask("where", strconv.Itoa(samples))
		}
		good := 0
		for round := 0; round < 12 && good < 4; round++ {
			before := s.stats()
			for i, task := range tasks {
				fmt.Fprintf(task.in, "pin-%d-%d\n", (i+round)%2, i)
			}
			wrong := 0
			for i, task := range tasks {
				if !task.out.Scan() {
					t.Fatalf("task %d ended", i)
				}
				var n, bad int
				fmt.Sscan(task.out.Text(), &n, &bad)
				if n != samples {
					t.Fatalf("task %d answered %q", i, task.out.Text())
				}
				wrong += bad
			}
			st := s.stats().Sub(before)
			if st.Rescued != 0 {
				t.Logf("round %d does not count: %d rescued on a slow machine", round, st.Rescued)
				continue
			}
			if wrong != 0 {
				t.Fatalf("round %d: %d samples on another CPU than the decision's", round, wrong)
			}
			if want := uint64(len(tasks) * samples); st.Dispatched < want {
				t.Fatalf("round %d: only %d decisions for %d sleeps", round, st.Dispatched, want)
			}
			good++
		}
		if good < 4 {
			t.Fatalf("only %d rounds without a rescue", good)
		}
		s.stop()
		if s.final.Bounced != 0 {
			t.Errorf("%d decisions bounced", s.final.Bounced)
		}
	},
})

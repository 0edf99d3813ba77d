package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name: "pin_by_cpu",
	Doc:  "a policy that names a CPU is obeyed, as the tasks' own getcpu shows, also when it changes its mind",
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

		const tasks, samples = 4, 40
		ins, outs := make([]io.Writer, tasks), make([]*bufio.Scanner, tasks)
		for i := range ins {
			ins[i], outs[i] = t.startTask("where", strconv.Itoa(samples))
		}
		good := 0
		for round := 0; round < 12 && good < 4; round++ {
			before := s.stats()
			for i, in := range ins {
				fmt.Fprintf(in, "pin-%d-%d\n", (i+round)%2, i)
			}
			wrong := 0
			for i, out := range outs {
				if !out.Scan() {
					t.Fatalf("task %d ended", i)
				}
				var n, bad int
				fmt.Sscan(out.Text(), &n, &bad)
				if n != samples {
					t.Fatalf("task %d answered %q", i, out.Text())
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
			if st.Dispatched < tasks*samples {
				t.Fatalf("round %d: only %d decisions for %d sleeps", round, st.Dispatched, tasks*samples)
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

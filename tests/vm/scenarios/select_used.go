package main

import (
	"sync/atomic"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

const selections = 40

// selecting sends the first tasks to the idle CPU that SelectCPU finds for each.
type selecting struct {
	decideEach
	sched *scx.Scheduler
	used  uint64
	// The kernel side has the decisions about all of them.
	flushed atomic.Bool
}

func (p *selecting) attached(sched *scx.Scheduler) { p.sched = sched }

func (p *selecting) Enqueue(tasks []scx.Task) {
	p.flushed.Store(p.used >= selections)
	for i := range tasks {
		// If no CPU is idle, none has to be woken: so hardly any other kicks are counted.
		cpu := tasks[i].CPU
		if p.used < selections {
			if selected, err := p.sched.SelectCPU(tasks[i].PID, -1); err == nil {
				cpu = selected
				p.used++
			}
		}
		p.Add(p.firstCome(&tasks[i], cpu))
	}
}

var _ = register(Scenario{
	Name: "select_cpu_used", Shapes: []Shape{smt},
	Doc: "an idle CPU that was selected for a task is woken as the task is sent there",
	run: func(t *T) {
		p := &selecting{}
		s := t.schedule(p, parkLong)
		t.endless("sleeper", "--threads", "2", "--period-us", "10000")
		t.Await(90*time.Second, "tasks are sent to the CPUs selected for them", p.flushed.Load)
		st := s.stop()
		// The answer cleared the CPU's idle mark, but it still sleeps. If its claim was forgotten, it
		// would not be woken, and the task would wait until the CPU wakes for another reason.
		n := p.used
		t.Logf("%d tasks were sent to the CPU selected for them, %d decisions were stale; %d kicks", n, st.Stale, st.Kicks)
		t.ErrorIf(st.Kicks+st.Stale < n, "%d tasks were sent to an idle CPU, but only %d times one was woken", n, st.Kicks)
	},
})

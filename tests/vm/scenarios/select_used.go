package main

import (
	"sync/atomic"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name:    "select_cpu_used",
	Kernels: everyKernel,
	Doc:     "an idle CPU that was selected for a task is woken as the task is sent there",
	Shapes:  []Shape{smt},
	run: func(t *T) {
		var sched *scx.Scheduler
		var used atomic.Uint64
		p := &decideEach{}
		p.decide = func(task *scx.Task) scx.Decision {
			// Where no CPU is idle, none has to be woken either: so hardly another kick is counted.
			cpu := task.CPU
			if selected, err := sched.SelectCPU(task.PID, -1); err == nil {
				cpu = selected
				used.Add(1)
			}
			return p.firstCome(task, cpu)
		}
		s := t.schedule(p, scx.RunOptions{
			Options:  scx.Options{NoBuiltinIdle: true, Grace: time.Second}, // late decisions count, too
			OnAttach: func(s *scx.Scheduler) { sched = s },
		})
		sleepers := t.load("sleeper", "--threads", "2", "--period-us", "10000", "--seconds", "1000")
		t.Await(90*time.Second, "40 tasks are sent to the CPU selected for them", func() bool { return used.Load() >= 40 })
		if !sleepers.running() {
			t.Errorf("the sleepers ended: %s", &sleepers.err)
		}
		s.stop()
		// The answer took the CPU: it is idle without being marked so. If its claim was forgotten, it
		// would not be woken, and the task would wait until that CPU wakes for another reason.
		n, st := used.Load(), s.final
		t.Logf("%d tasks were sent to the CPU selected for them, %d decisions were stale; %d kicks", n, st.Stale, st.Kicks)
		if st.Kicks+st.Stale < n {
			t.Errorf("%d tasks were sent to an idle CPU, but only %d times one was woken", n, st.Kicks)
		}
	},
})

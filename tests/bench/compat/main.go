// Command compat measures the package qumun: the API of scx_goland_core on our library, with one
// call for each step of each task.
package main

import (
	"fmt"
	"runtime"

	"github.com/Gthulhu/plugin/models"

	core "github.com/scxbridge/scxbridge/go/qumun"

	"github.com/scxbridge/scxbridge/tests/bench/internal/worker"
)

func init() { runtime.LockOSThread() }

type compat struct {
	sched *core.Sched
	tasks [worker.MaxBatch]models.QueuedTask
}

// round dequeues batch tasks, and then dispatches each.
func (c *compat) round(batch int, choose bool) {
	for i := range c.tasks[:batch] {
		if c.sched.DequeueTask(&c.tasks[i]); c.tasks[i].Pid == -1 {
			worker.Check(fmt.Errorf("a batch of %d records has %d", batch, i))
		}
	}
	for i := range c.tasks[:batch] {
		t := &c.tasks[i]
		d := core.NewDispatchedTask(t)
		d.Cpu, d.Vtime = core.RL_CPU_ANY, t.Vtime
		if choose {
			err, cpu := c.sched.SelectCPU(t)
			worker.Check(err)
			d.Cpu = cpu
		}
		worker.Check(c.sched.DispatchTask(d))
		worker.Check(core.NotifyComplete(uint64(batch - 1 - i)))
		worker.SeqSum += ^uint64(t.Pid) // as the kernel side numbers its records
	}
}

func main() {
	c := &compat{sched: core.LoadSched("")}
	c.sched.Start()
	worker.Check(c.sched.Attach())
	defer c.sched.Close()

	feed := func() { worker.Feed(worker.Fill) }
	worker.Serve(map[string]*worker.Measure{
		"round":        {Prepare: feed, Run: func(batch int) { c.round(batch, false) }, Sends: true},
		"round_select": {Prepare: feed, Run: func(batch int) { c.round(batch, true) }, Sends: true},
	})
}

// Command ours measures the Go package.
package main

import (
	"context"
	"fmt"
	"runtime"

	scxbridge "github.com/scxbridge/scxbridge/go"

	"github.com/scxbridge/scxbridge/tests/bench/internal/worker"
)

// The rounds stay on the first thread, like an agent's on its round thread; its system calls are counted.
func init() { runtime.LockOSThread() }

type ours struct {
	ctx       context.Context
	scheduler *scxbridge.Scheduler
	tasks     []scxbridge.Task
	decisions []scxbridge.Decision
	requests  []scxbridge.CPURequest
}

func (o *ours) receive(batch int) {
	n, err := o.scheduler.Receive(o.ctx, o.tasks[:batch])
	worker.Check(err)
	if n != batch {
		worker.Check(fmt.Errorf("a batch of %d records has %d", batch, n))
	}
}

func (o *ours) decide(batch int) {
	for i := range o.tasks[:batch] {
		t := &o.tasks[i]
		o.decisions[i] = t.Decide(scxbridge.PickIdle)
		worker.SeqSum += t.Seq
	}
}

func (o *ours) dispatch(batch int) {
	_, err := o.scheduler.Dispatch(o.decisions[:batch])
	worker.Check(err)
}

func (o *ours) dispatchBlank(batch int) {
	_, err := o.scheduler.Dispatch(blank[:batch])
	worker.Check(err)
}

var blank [worker.MaxBatch]scxbridge.Decision

func (o *ours) selectCPU(batch int) {
	for range batch {
		cpu, err := o.scheduler.SelectCPU(1, 0)
		worker.Check(err)
		if cpu != 0 {
			worker.Check(fmt.Errorf("select_cpu gave CPU %d", cpu))
		}
	}
}

func (o *ours) selectCPUs(batch int) {
	worker.Check(o.scheduler.SelectCPUs(o.requests[:batch]))
}

func (o *ours) round(batch int) {
	o.receive(batch)
	o.decide(batch)
	o.dispatch(batch)
}

func (o *ours) roundSelect(batch int) {
	o.receive(batch)
	for i := range o.tasks[:batch] {
		t := &o.tasks[i]
		o.requests[i] = scxbridge.CPURequest{PID: t.PID, PrevCPU: t.CPU}
	}
	o.selectCPUs(batch)
	o.decide(batch)
	for i := range o.decisions[:batch] {
		o.decisions[i].CPU = o.requests[i].CPU
	}
	o.dispatch(batch)
}

func main() {
	scheduler, err := scxbridge.Open(scxbridge.Options{})
	worker.Check(err)
	defer scheduler.Close()
	worker.Check(scheduler.Attach())
	// Cancellable, like an agent's.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()

	o := &ours{
		ctx:       ctx,
		scheduler: scheduler,
		tasks:     make([]scxbridge.Task, worker.MaxBatch),
		decisions: make([]scxbridge.Decision, worker.MaxBatch),
		requests:  make([]scxbridge.CPURequest, worker.MaxBatch),
	}
	feed := func() { worker.Feed(worker.Fill) }
	feedWaiting := func() { worker.FeedWaiting(worker.Fill) }
	worker.Serve(map[string]*worker.Measure{
		"receive":      {Prepare: feed, Run: o.receive},
		"dispatch":     {Run: o.dispatchBlank, Sends: true},
		"select_cpu":   {Run: o.selectCPU},
		"select_cpus":  {Run: o.selectCPUs},
		"round":        {Prepare: feed, Run: o.round, Sends: true},
		"idle_round":   {Prepare: feedWaiting, Finish: worker.FeedWaitingEnd, Run: o.round, Sends: true},
		"round_select": {Prepare: feed, Run: o.roundSelect, Sends: true},
	})
}

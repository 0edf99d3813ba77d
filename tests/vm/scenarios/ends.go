package main

import (
	"sync/atomic"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// endNoter is a policy that keeps the last Seq of each task until it ends.
type endNoter struct {
	*decideEach
	known        map[int32]uint64
	ended, wrong int
	size         atomic.Int64 // of known
}

func newEndNoter() *endNoter {
	n := &endNoter{known: make(map[int32]uint64)}
	n.decideEach = decideBy(func(p *decideEach, task *scx.Task) scx.Decision {
		n.known[task.PID] = task.Seq
		return p.firstCome(task, scx.PickIdle)
	})
	return n
}

func (n *endNoter) Enqueue(tasks []scx.Task) {
	n.decideEach.Enqueue(tasks)
	n.size.Store(int64(len(n.known)))
}

// End forgets tasks.
func (n *endNoter) End(tasks []scx.Task) {
	for i := range tasks {
		t := &tasks[i]
		n.ended++
		switch seq, known := n.known[t.PID]; {
		case !known || seq < t.Seq:
			n.wrong++ // it had a record, which we must have seen, and it was its last
		case seq == t.Seq:
			delete(n.known, t.PID)
		}
	}
	n.size.Store(int64(len(n.known)))
}

var _ = register(Scenario{
	Name: "task_ends", Kernels: bothEnds,
	Doc: "a policy that keeps something about each task is told when tasks end, once each, and so keeps no more than there are tasks",
	run: func(t *T) {
		n := newEndNoter()
		s := t.schedule(n, parkLong)
		t.forks(4, 150)
		t.messages(2, 20)
		// The last records of ended tasks come with those of others.
		t.hogs(3)
		s.awaitStats("ends are told", func(st scx.Stats) bool { return st.EndsTold >= 150 })
		t.Await(time.Minute, "the policy forgets what has ended", func() bool { return n.size.Load() < 100 })
		st := s.stop()
		t.Logf("%d ends of %d told were received, %d lost; %d tasks are known at the end", n.ended, st.EndsTold, st.EndsLost, len(n.known))
		t.ErrorIf(n.wrong != 0, "of %d ended tasks, the policy did not know the last record", n.wrong)
		t.ErrorIf(st.EndsLost != 0, "%d ends were lost", st.EndsLost)
		t.ErrorIf(uint64(n.ended) > st.EndsTold, "%d ends were received, %d told", n.ended, st.EndsTold)
	},
})

package main

import (
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// twoRings has room for two rings of records, each as small as one can be where there are several.
var twoRings = scx.Options{
	NoBuiltinIdle: true, QueuedBytes: 128 << 10, Grace: time.Millisecond, Slice: time.Millisecond, Timeout: 30 * time.Second,
}

// hogsAt starts threads that compute, and binds them to these CPUs.
func (t *T) hogsAt(threads int, cpus ...int) *process {
	load := t.hogs(threads)
	t.Await(time.Minute, "the load has its threads", func() bool { return len(load.threads()) > threads })
	for _, tid := range load.threads() {
		t.bind(tid, cpus...)
	}
	return load
}

// held is first come, first served, but decides nothing while the gate is held.
type held struct {
	*decideEach
	gate sync.Mutex
}

func (p *held) Enqueue(tasks []scx.Task) {
	p.gate.Lock()
	defer p.gate.Unlock()
	p.decideEach.Enqueue(tasks)
}

var _ = register(Scenario{
	Name: "rings_apart", Shape: twoCaches, Kernels: bothEnds,
	Doc: "with two last-level caches, CPUs of one fill their ring of records while the agent is late; those of the other still send records",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		p := &held{decideEach: newFirstCome()}
		s := t.schedule(p, twoRings)
		for _, cpus := range [][]int{{0, 1}, {2, 3}} {
			before := s.stats()
			others := []int{2 - cpus[0], 3 - cpus[0]}
			other := t.hogsAt(4, others...)
			s.awaitStats("decisions are carried out", func(st scx.Stats) bool { return st.Dispatched >= before.Dispatched+200 })
			other.signal(syscall.SIGSTOP)
			load := t.hogsAt(6, cpus...)
			p.gate.Lock()
			release := sync.OnceFunc(p.gate.Unlock)
			t.Cleanup(release) // if it fails
			s.awaitStats("a ring is full", func(st scx.Stats) bool { return st.Congested >= before.Congested+50 })
			load.end()
			before = s.stats()
			other.signal(syscall.SIGCONT)
			s.awaitStats("the other ring takes records", func(st scx.Stats) bool { return st.Queued >= before.Queued+150 })
			sent := s.stats().Sub(before)
			t.Logf("CPUs %v filled their ring; then %v sent %d records, and %d tasks found no room", cpus, others, sent.Queued, sent.Congested)
			t.ErrorIf(sent.Congested > sent.Queued/5, "while the ring of the CPUs %v was full, %d tasks found no room, and only %d did",
				cpus, sent.Congested, sent.Queued)
			release()
			s.awaitStats("decisions flow again", func(st scx.Stats) bool { return st.Dispatched >= before.Dispatched+100 })
			other.end()
		}
	},
})

// orderChecker is a policy that is late now and then, and sees whether the records of each task come in order.
type orderChecker struct {
	*sleepy
	last    map[int32]uint64
	records atomic.Uint64
	moved   atomic.Uint64 // records that came from another cache than the one before
	cache   map[int32]int32
	wrong   atomic.Uint64
}

func newOrderChecker() *orderChecker {
	return &orderChecker{sleepy: newSleepy(), last: make(map[int32]uint64), cache: make(map[int32]int32)}
}

func (c *orderChecker) Enqueue(tasks []scx.Task) {
	for i := range tasks {
		task := &tasks[i]
		if task.Seq <= c.last[task.PID] {
			c.wrong.Add(1)
		}
		c.last[task.PID] = task.Seq
		if cache, known := c.cache[task.PID]; known && cache != task.CPU/2 {
			c.moved.Add(1)
		}
		c.cache[task.PID] = task.CPU / 2
	}
	c.records.Add(uint64(len(tasks)))
	c.sleepy.Enqueue(tasks)
}

var _ = register(Scenario{
	Name: "rings_order", Shape: twoCaches, Kernels: bothEnds,
	Doc: "tasks move between two caches, with decisions and without: the records of each come in order, although through two rings",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		p := newOrderChecker()
		s := t.schedule(p, twoRings)
		load := t.hogs(6)
		t.Await(time.Minute, "the load has its threads", func() bool { return len(load.threads()) > 6 })
		tids := load.threads()
		before := s.stats()
		round := 0
		t.Await(3*time.Minute, "tasks move between the caches, are decided about and rescued", func() bool {
			if round++; round%4 == 0 {
				p.nap.Store(int64(20 * time.Millisecond))
			}
			for i, tid := range tids {
				first := (round + i) % 2 * 2
				t.bind(tid, first, first+1)
			}
			st := s.stats().Sub(before)
			return st.Rescued >= 200 && st.Dispatched >= 500 && p.moved.Load() >= 200
		})
		t.Logf("%d records, %d of them from another cache than the one before", p.records.Load(), p.moved.Load())
		t.ErrorIf(p.wrong.Load() != 0, "%d records came after a later one of their task", p.wrong.Load())
	},
})

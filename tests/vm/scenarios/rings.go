package main

import (
	"runtime"
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

// hogsAt starts threads that compute, which were never on other CPUs than these.
func (t *T) hogsAt(threads int, cpus ...int) *process {
	// A process is bound as the thread that starts it.
	runtime.LockOSThread()
	t.bind(0, cpus...)
	load := t.hogs(threads)
	t.bind(0, t.onlineCPUs()...)
	runtime.UnlockOSThread()
	t.Await(time.Minute, "the load has its threads", func() bool { return len(load.threads()) > threads })
	return load
}

// held is a policy that sees no records while the gate is held.
type held struct {
	scx.Policy
	gate sync.Mutex
}

func (p *held) Enqueue(tasks []scx.Task) {
	p.gate.Lock()
	defer p.gate.Unlock()
	p.Policy.Enqueue(tasks)
}

// othersStillSend fills the ring of these CPUs while the policy is held, and expects that the tasks of the other CPUs still
// find room for their records. Those have sent records from these CPUs before, and then found no room there.
func (s *session) othersStillSend(p *held, cpus, others []int) {
	t := s.t
	other := t.hogsAt(4, cpus...)
	s.awaitMore("tasks send records from the one ring", func(more scx.Stats) bool { return more.Queued >= 100 })
	other.bind(others...)
	s.awaitMore("and from the other", func(more scx.Stats) bool { return more.Queued >= 200 })
	other.signal(syscall.SIGSTOP)
	load := t.hogsAt(6, cpus...)
	p.gate.Lock()
	release := sync.OnceFunc(p.gate.Unlock)
	t.Cleanup(release) // if it fails
	s.awaitMore("a ring is full", func(more scx.Stats) bool { return more.Congested >= 50 })
	load.end()
	other.bind(cpus...)
	other.signal(syscall.SIGCONT)
	s.awaitMore("tasks that come to its CPUs find no room", func(more scx.Stats) bool { return more.Congested >= 50 })
	other.bind(others...)
	before := s.stats()
	s.awaitMore("the other ring takes records", func(more scx.Stats) bool { return more.Queued+more.Congested >= 150 })
	sent := s.stats().Sub(before)
	t.Logf("CPUs %v filled their ring; then %v sent %d records, and %d tasks found no room", cpus, others, sent.Queued, sent.Congested)
	t.ErrorIf(sent.Congested > sent.Queued/5, "while the ring of the CPUs %v was full, %d tasks found no room, and only %d did",
		cpus, sent.Congested, sent.Queued)
	release()
	s.awaitMore("records flow again", func(more scx.Stats) bool { return more.Queued >= 100 })
	other.end()
}

var _ = register(Scenario{
	Name: "rings_apart", Shape: twoCaches,
	Doc: "with two last-level caches, CPUs of one fill their ring of records while the agent is late; those of the other still send records",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		first, second := []int{0, 1}, []int{2, 3}
		p := &held{Policy: newFirstCome()}
		s := t.schedule(p, twoRings)
		s.othersStillSend(p, first, second)
		s.othersStillSend(p, second, first)
		s.stop()
		// One that has read a record knows of it, though it decides nothing.
		p = &held{Policy: &silent{}}
		t.schedule(p, twoRings).othersStillSend(p, first, second)
	},
})

var _ = register(Scenario{
	Name: "rings_of_one_cache", Shape: eightCPUs,
	Doc: "two of eight CPUs, which share one last-level cache, fill their ring of records while the agent is late; two others still send records",
	run: func(t *T) {
		t.expectCaches("0-7")
		p := &held{Policy: newFirstCome()}
		options := twoRings
		options.QueuedBytes *= 2 // there are four
		t.schedule(p, options).othersStillSend(p, []int{0, 1}, []int{6, 7})
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
	Name: "rings_order", Shape: twoCaches,
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

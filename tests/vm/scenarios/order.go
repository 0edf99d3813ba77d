package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

const orderTasks = 6

// byName holds the tasks called ord-* until all want to run, and then lets them
// run in the order of their names. It decides about all others at once.
type byName struct {
	decideEach
	mu   sync.Mutex
	held map[int32]scx.Task // by pid, the newest record
}

func (p *byName) Enqueue(tasks []scx.Task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range tasks {
		if strings.HasPrefix(tasks[i].Name(), "ord-") {
			p.held[tasks[i].PID] = tasks[i]
		} else {
			p.Add(p.firstCome(&tasks[i], scx.PickIdle))
		}
	}
	if len(p.held) < orderTasks {
		return
	}
	inOrder := slices.SortedFunc(maps.Values(p.held), func(a, b scx.Task) int { return strings.Compare(a.Name(), b.Name()) })
	for i := range inOrder {
		p.Add(p.firstCome(&inOrder[i], scx.AnyCPU))
	}
	clear(p.held)
}

// forget drops the records of tasks that ran without a decision and no longer wait.
func (p *byName) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.held)
}

// orderWoken is the order in which the tasks are woken.
var orderWoken = []int{3, 5, 0, 4, 1, 2}

// Held tasks must not be rescued, so the grace is the longest possible.
var orderOptions = scx.Options{Name: "by_name", NoBuiltinIdle: true, Grace: time.Second, Slice: 20 * time.Millisecond}

// orderRounds wakes tasks called ord-0, ord-1 and so on, for some rounds, under the policy byName; judge gets the times
// at which they ran.
func (t *T) orderRounds(rounds int, judge func(ran []int64)) {
	// All on one CPU, so that there is an order.
	tasks, woken := make([]*task, orderTasks), make([]*task, orderTasks)
	for i, n := range orderWoken {
		tasks[n] = t.startTask("wait", fmt.Sprintf("ord-%d", n), "1")
		woken[i] = tasks[n]
	}
	p := &byName{held: map[int32]scx.Task{}}
	s := t.schedule(p, orderOptions)
	s.unrescued(rounds, func(int) func(scx.Stats) {
		// A task that answered but was preempted before it slept still wants to run.
		t.awaitAsleep(tasks)
		p.forget()
		wake(woken)
		ran := t.answers(tasks)
		return func(scx.Stats) { judge(ran) }
	})
	s.stop()
}

var _ = register(Scenario{
	Name: "order_by_name",
	Doc:  "tasks run in the order that the policy gives them, as they see themselves",
	run: func(t *T) {
		t.orderRounds(5, func(ran []int64) {
			t.FatalIf(!slices.IsSorted(ran), "not in the order of names: %v", ran)
		})
	},
})

package scxtest

import (
	"math"
	"math/rand/v2"
	"time"
)

// Behavior is what a task does. Next is called when the task's last action is
// over and the task is on a CPU, and returns the next action. It is called in
// virtual time, one call at a time, and must not call the machine.
//
// What it returns should depend only on the thread: then the load is the same
// whatever the policy does.
type Behavior interface {
	Next(t *Thread) Action
}

// BehaviorFunc is a function that is a [Behavior].
type BehaviorFunc func(t *Thread) Action

// Next calls f.
func (f BehaviorFunc) Next(t *Thread) Action { return f(t) }

// Action is a step of a task: [Compute], [Sleep], [Wait], [Wake], [Fork],
// [Move] or [Exit]. The zero Action is Exit.
type Action struct {
	kind  actionKind
	d     time.Duration
	pid   int32
	child *Workload
	group string
}

type actionKind uint8

const (
	actExit actionKind = iota
	actCompute
	actSleep
	actWait
	actWake
	actFork
	actMove
)

// Forever is a duration without end, for [Compute].
const Forever time.Duration = math.MaxInt64

// Compute uses a CPU for this long. 0 or less does nothing.
func Compute(d time.Duration) Action { return Action{kind: actCompute, d: d} }

// Sleep sleeps for this long, like nanosleep. 0 or less does nothing.
func Sleep(d time.Duration) Action { return Action{kind: actSleep, d: d} }

// Wait sleeps until another task wakes this one. If one has done so since the
// last Wait, it returns at once, like a semaphore: no wake-up is lost.
func Wait() Action { return Action{kind: actWait} }

// Wake wakes the task pid from its present or next [Wait]. A task that does not
// exist is no error.
func Wake(pid int32) Action { return Action{kind: actWake, pid: pid} }

// Fork starts one task of the workload child; its Tasks and Start are ignored.
// If child sets no Weight, CPUs or Group, the new task has its parent's. The task
// counts in the report of the workload with child's name. Use the same
// *Workload for all forks of a kind.
func Fork(child *Workload) Action { return Action{kind: actFork, child: child} }

// Move moves the task itself to the group with this path, "/" for the root.
func Move(path string) Action { return Action{kind: actMove, group: path} }

// Exit ends the task.
func Exit() Action { return Action{} }

// PID returns the task's id, as in its records.
func (t *Thread) PID() int32 { return t.pid }

// Parent returns the id of the task that forked this one, or 0.
func (t *Thread) Parent() int32 { return t.parent }

// Index returns the task's number in its workload, from 0.
func (t *Thread) Index() int { return t.index }

// Peer returns the id of the task with this number in the same workload. Both
// must have been added with it, not forked.
func (t *Thread) Peer(index int) int32 { return t.pid + int32(index-t.index) }

// Now returns the virtual time since the start of the simulation.
func (t *Thread) Now() time.Duration { return time.Duration(t.m.now - epoch) }

// Rand returns the task's own source of random numbers.
func (t *Thread) Rand() *rand.Rand {
	if t.rng == nil {
		t.rng = rand.New(rand.NewPCG(t.m.cfg.Seed, t.stream))
	}
	return t.rng
}

// Dist is a distribution of times.
type Dist func(*rand.Rand) time.Duration

// Always is always d.
func Always(d time.Duration) Dist { return func(*rand.Rand) time.Duration { return d } }

// Uniform is uniform between low and high, both included.
func Uniform(low, high time.Duration) Dist {
	return func(r *rand.Rand) time.Duration {
		if high <= low {
			return low
		}
		return low + time.Duration(r.Int64N(int64(high-low)+1))
	}
}

// Exponential is exponential with this mean, like the times between independent
// events. It is cut off at 20 times the mean.
func Exponential(mean time.Duration) Dist {
	return func(r *rand.Rand) time.Duration {
		return time.Duration(float64(mean) * min(r.ExpFloat64(), 20))
	}
}

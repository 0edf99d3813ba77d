package scxbridge

import "time"

// Policy decides how tasks run. [Run] calls its methods from one OS thread,
// one call at a time. A policy is on the path of every task: it should not
// block, and should allocate nothing in the steady state.
type Policy interface {
	// Enqueue takes tasks that want to run. The slice is valid only during
	// the call: copy what you keep.
	Enqueue(tasks []Task)

	// Dispatch fills decisions, from the front, with those to carry out now,
	// and returns how many. If it fills the whole slice, it is called again
	// at once. The slice holds old values: assign each Decision as a whole.
	Dispatch(decisions []Decision) int
}

// Ender is a [Policy] that keeps something about tasks, and wants to know when they end. [Run] sets Options.Ends for it.
type Ender interface {
	// End takes the last records of tasks that have ended. They come in the order in which things happened, but
	// wake nobody: so they may come late. The kernel gives the id of a task to another one soon: what you know
	// of a task with the same PID, but a greater Seq, is of that other one. A task whose record found no room (see
	// Stats.EndsLost) is not told of. The slice is valid only during the call.
	End(tasks []Task)
}

// Ticker is a [Policy] that holds tasks back: it wants Dispatch to be called
// later even if no record comes.
type Ticker interface {
	// Tick is called before each wait. It returns how long Run may wait for
	// records before it calls Dispatch again; 0 or less is without limit.
	// [Scheduler.Wake], from any goroutine, ends the wait too.
	Tick() time.Duration
}

// Observer is a [Policy] that looks at the scheduler's counters, for instance
// at how many tasks wait.
type Observer interface {
	// Observe is called on the policy's thread, before Enqueue, at most
	// every 10 ms and only while records come.
	Observe(Stats)
}

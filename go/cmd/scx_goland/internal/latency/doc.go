// Package latency measures how long tasks wait, in the rounds themselves: from the time that a task was queued to its
// decision, and from there to the time that it ran.
//
// The first is known of every decision. The second is told by the task's next record, which says when it last started to
// run: so it is known only if the task ran once in between, and without a lease. What is not known is counted.
//
// The round's part allocates nothing and waits for nobody. Readers copy what it counted.
package latency

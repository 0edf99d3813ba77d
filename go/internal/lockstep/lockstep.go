// Package lockstep tells a test what the simulated kernel side of package scxtest is asked to
// do, and what it does: tests/differential asks the true one to do the same, and compares.
package lockstep

import scxbridge "github.com/scxbridge/scxbridge/go"

// Kind says what a step is.
type Kind uint32

// Calls: what the kernel, the agent or a timer asks of the kernel side. In all of them At is
// the time, CPU the one that it happens on, and PID the task. tests/differential/host/step.h
// has the same numbers.
const (
	// Begin is a new machine: Args are those that the test makes of its configuration.
	Begin Kind = 1 + iota
	// Init is a new task: ops.init_task. Flags is its tgid; Args are its CPUs (a mask), weight,
	// cgroup and, in two words, comm.
	Init
	// Register makes the task the agent.
	Register
	// Wake is a task that wakes up, or is new if Flags is 0: ops.select_cpu if it may use
	// several CPUs, then ops.enqueue unless that found an idle one.
	Wake
	// Enqueue is ops.enqueue of a task that used up its slice or was preempted.
	Enqueue
	// Dispatch is ops.dispatch.
	Dispatch
	// Run is the next task of the CPU's local queue that begins to run: ops.running.
	Run
	// Stop is the end of that: ops.stopping. Flags: [StillRuns], [Sleeps] (ops.quiescent
	// as well) or [Exits] (and ops.exit_task).
	Stop
	// Idle is a CPU that found nothing to run.
	Idle
	// Wait is the agent that waits from now on (Flags 1), or no longer.
	Wait
	// Receive takes Args[0] records out of the ring.
	Receive
	// Decision is a decision for the next Flush: PID and CPU are its own; Args are slice, vtime,
	// flags, sequence number, lease in ns, and lease count | reserved << 32.
	Decision
	// Flush has the decisions carried out.
	Flush
	// Fire is a timer (Flags) that fires.
	Fire
	// Ask asks for an idle CPU: Args[0] is the CPU to prefer. Flags are the request's.
	Ask
	// Revoke ends the lease of a task, or all (PID 0).
	Revoke
	// End is the end of the machine.
	End
)

// Effects: what the kernel side does in the call before.
const (
	// Insert is a task that comes to a queue (Args[0]), with a vtime (Args[1], 0 for a local
	// queue) and a slice (Args[2]). Flags is [Preempts] or 0.
	Insert Kind = 64 + iota
	// Kick wakes a CPU, if it is idle, or, with Flags [Preempts], interrupts it.
	Kick
	// Timer starts a timer (Flags), to fire in Args[0] ns.
	Timer
	// Record is a record: Flags are its own; Args are tgid | CPUs allowed << 32, start, stop,
	// exec runtime, weight and vtime.
	Record
	// RecordMore is the rest of it: cgroup, sequence number, run time, leased, and, in two words, comm.
	RecordMore
	// Wakeup wakes the agent that waits.
	Wakeup
	// Answer answers an Ask: CPU or -errno.
	Answer
	// Counter is a counter that grew by Args[0]; PID is its place in struct scxb_stats, in words.
	Counter
)

// What Flags of some steps mean.
const (
	StillRuns = 0 // Stop: the task still wants to run
	Sleeps    = 1
	Exits     = 2

	Preempts = 1 // Insert, Kick

	Watch  = 0 // Fire, Timer: which timer
	Window = 1
)

// Queues of Insert: the CPU of a queue of its own is added to OfCPU or Local, the number of a PARK
// to Park.
const (
	OfCPU  = 0
	Local  = 1 << 16
	Shared = 1 << 17
	System = 1 << 18
	Park   = 1 << 19
)

// AgentPID is the agent's, which has no number of its own in a simulation.
const AgentPID = 1 << 20

// Step is a call or an effect.
type Step struct {
	At    uint64
	Kind  Kind
	CPU   int32
	PID   int32
	Flags uint32
	Args  [6]uint64
}

// Follow, if a test has set it, is called for each machine that is made, with its counters.
// What it returns is told each step of that machine; the step is valid during the call only.
var Follow func(counters *scxbridge.Stats) func(*Step)

// Package lockstep reports each call of package scxtest's simulated kernel side, and its effects,
// to a test: tests/differential makes the same calls to the real one, and compares.
package lockstep

import scxbridge "github.com/scxbridge/scxbridge/go"

// Kind says what a step is.
type Kind uint32

// Calls: what the kernel, the agent or a timer asks of the kernel side. In each, At is the time,
// CPU the CPU that it happens on, and PID the task. tests/differential/host/step.h has the same
// numbers.
const (
	// Begin is a new machine: Args are the test's encoding of its configuration.
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
	// Run starts the next task of the CPU's local queue: ops.running.
	Run
	// Stop ends that run: ops.stopping. Flags: [StillRuns], [Sleeps] (ops.quiescent as well)
	// or [Exits] (and ops.exit_task).
	Stop
	// Idle is a CPU that found nothing to run.
	Idle
	// Wait says that the agent waits from now on (Flags 1), or no longer.
	Wait
	// Receive takes Args[0] records out of the ring.
	Receive
	// Decision is a decision for the next Flush: PID and CPU are the decision's; Args are slice,
	// vtime, flags, sequence number, lease in ns, and lease count | reserved << 32.
	Decision
	// Flush carries out the decisions.
	Flush
	// Fire fires a timer (Flags).
	Fire
	// Ask asks for an idle CPU: Args[0] is the preferred CPU; Flags are the request's.
	Ask
	// Revoke ends the lease of a task, or all leases (PID 0).
	Revoke
	// Domains sets the domains: Args are the domain of each CPU, 4 bits for each in two words, and the closed
	// ones (a mask).
	Domains
	// End is the end of the machine.
	End
)

// Effects: what the kernel side does during the preceding call.
const (
	// Insert puts a task on a queue (Args[0]), with a vtime (Args[1], 0 for a local queue) and
	// a slice (Args[2]). Flags is [Preempts] or 0.
	Insert Kind = 64 + iota
	// Kick wakes a CPU if it is idle or, with Flags [Preempts], preempts what it runs.
	Kick
	// Timer starts a timer (Flags), to fire in Args[0] ns.
	Timer
	// Record is a record: Flags are the record's; Args are tgid | CPUs allowed << 32, ready, start, stop,
	// exec runtime and vtime.
	Record
	// RecordWeights goes on with it: Args are weight and own weight.
	RecordWeights
	// RecordMore is the rest of a record: Flags is leased; Args are cgroup, sequence number, run time, weighted
	// run time and, in two words, comm.
	RecordMore
	// Wakeup wakes the waiting agent.
	Wakeup
	// Answer answers an Ask: CPU or -errno.
	Answer
	// Counter says that a counter grew by Args[0]; PID is its index in struct scxb_stats, in words.
	Counter
)

// Values of Flags, for some steps.
const (
	StillRuns = 0 // Stop: the task still wants to run
	Sleeps    = 1
	Exits     = 2

	Preempts = 1 // Insert, Kick

	Watch  = 0 // Fire, Timer: which timer, in the order in which the kernel side makes them
	Window = 1
	Steal  = 3
)

// Queues of Insert: the CPU is added to OfCPU or Local, the number of a domain to Shared, that of a PARK to Park.
const (
	OfCPU  = 0
	Local  = 1 << 16
	Shared = 1 << 17
	System = 1 << 18
	Park   = 1 << 19
)

// AgentPID is the agent's PID, since a simulation gives the agent none.
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

// Follow, if a test sets it, is called for each new machine, with its counters. The function that
// it returns is called for each step of that machine; the step is valid only during the call.
var Follow func(counters *scxbridge.Stats) func(*Step)

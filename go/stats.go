package scxbridge

import (
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// Stats are the scheduler's counters since it was loaded, and a few gauges that
// say "now". Two sums hold, exactly when nothing is on its way:
//
//	Queued    = Dispatched + Rescued + Gone + InFlight
//	Decisions = Dispatched + Stale + Refused
type Stats struct {
	// NrCPUs counts the machine's CPUs.
	NrCPUs int `json:"nr_cpus"`

	// Queued: records sent, each for a task that was parked.
	Queued uint64 `json:"queued"`
	// Congested: tasks that BPF scheduled by itself, without a record: the ring was full.
	Congested uint64 `json:"congested"`
	// Received: records that Receive handed out.
	Received uint64 `json:"received"`
	// Dispatched: parked tasks that a decision moved.
	Dispatched uint64 `json:"dispatched"`
	// Rescued: parked tasks that the kernel side ran since their decision was late.
	Rescued uint64 `json:"rescued"`
	// Gone: parked tasks that left by themselves: other affinity or class, killed.
	Gone uint64 `json:"gone"`
	// InFlight: tasks parked now.
	InFlight uint64 `json:"in_flight"`
	// Decisions: decisions written to the ring.
	Decisions uint64 `json:"decisions"`
	// Stale: decisions whose task was no longer parked.
	Stale uint64 `json:"stale"`
	// Refused: decisions that were malformed.
	Refused uint64 `json:"refused"`
	// Bounced: dispatched to the shared queue since the CPU was not allowed or does not exist (part of Dispatched).
	Bounced uint64 `json:"bounced"`
	// IdleDirect: tasks that found an idle CPU as they woke and ran without a record.
	IdleDirect uint64 `json:"idle_direct"`
	// AgentDirect: threads of this process, and of who traces it, scheduled by the
	// kernel side alone.
	AgentDirect uint64 `json:"agent_direct"`
	// KthreadDirect: kernel threads, scheduled by the kernel side alone.
	KthreadDirect uint64 `json:"kthread_direct"`
	// KernelDirect: any other tasks, scheduled by the kernel side alone in kernel mode.
	KernelDirect uint64 `json:"kernel_direct"`
	// Kicks: idle CPUs kicked.
	Kicks uint64 `json:"kicks"`
	// Preempts: times that a task preempted what ran on its CPU, by a decision or a lease.
	Preempts uint64 `json:"preempts"`
	// Flushes: batches carried out by a system call.
	Flushes uint64 `json:"flushes"`
	// Drains: batches carried out by a CPU that looked for work.
	Drains uint64 `json:"drains"`
	// Retries: moves that had to look twice.
	Retries uint64 `json:"retries"`
	// AgentWakeups: times the kernel side woke this process.
	AgentWakeups uint64 `json:"agent_wakeups"`
	// Late: times the kernel side began to rescue after decisions had flowed.
	Late uint64 `json:"late"`
	// Starved: decided tasks that waited for half of the watchdog's time and then
	// went ahead of their order.
	Starved uint64 `json:"starved"`
	// Leases: decisions with a lease that were carried out (part of Dispatched).
	Leases uint64 `json:"leases"`
	// Leased: times that a task was queued by its lease, without a record.
	Leased uint64 `json:"leased"`
	// Revoked: leases that ended before their time.
	Revoked uint64 `json:"revoked"`
	// BoundDirect: times that the kernel side alone scheduled a task of one CPU, see Options.DirectBound.
	BoundDirect uint64 `json:"bound_direct"`
	// SyncDirect: wake-ups that stayed on the waker's CPU, see Options.DirectSync.
	SyncDirect uint64 `json:"sync_direct"`
	// Batched: records for which this process was left asleep, see Options.BatchWindow.
	Batched uint64 `json:"batched"`
	// Resumed: times that a task which gave way to this process went back to its place in
	// order, for the rest of its slice, without a record.
	Resumed uint64 `json:"resumed"`
	// SyncSpared: times that a waker which was about to sleep was not preempted for the task
	// that it woke.
	SyncSpared uint64 `json:"sync_spared"`
	// SharedWaiting: tasks on the shared queue now.
	SharedWaiting uint64 `json:"shared_waiting"`
	// LocalWaiting: tasks on all per-CPU queues now.
	LocalWaiting uint64 `json:"local_waiting"`

	// HeartbeatAge is how long ago this process last received or dispatched.
	HeartbeatAge time.Duration `json:"heartbeat_age_ns"`
}

func newStats(c *capi.Stats) Stats {
	return Stats{
		NrCPUs:        int(c.NrCPUs),
		Queued:        c.Queued,
		Congested:     c.Congested,
		Received:      c.Received,
		Dispatched:    c.Dispatched,
		Rescued:       c.Rescued,
		Gone:          c.Gone,
		InFlight:      c.InFlight,
		Decisions:     c.Decisions,
		Stale:         c.Stale,
		Refused:       c.Refused,
		Bounced:       c.Bounced,
		IdleDirect:    c.IdleDirect,
		AgentDirect:   c.AgentDirect,
		KthreadDirect: c.KthreadDirect,
		KernelDirect:  c.KernelDirect,
		Kicks:         c.Kicks,
		Preempts:      c.Preempts,
		Flushes:       c.Flushes,
		Drains:        c.Drains,
		Retries:       c.Retries,
		AgentWakeups:  c.AgentWakeups,
		Late:          c.Late,
		Starved:       c.Starved,
		Leases:        c.Leases,
		Leased:        c.Leased,
		Revoked:       c.Revoked,
		BoundDirect:   c.BoundDirect,
		SyncDirect:    c.SyncDirect,
		Batched:       c.Batched,
		Resumed:       c.Resumed,
		SyncSpared:    c.SyncSpared,
		SharedWaiting: c.SharedWaiting,
		LocalWaiting:  c.LocalWaiting,
		HeartbeatAge:  time.Duration(c.HeartbeatAgeNS),
	}
}

// counters returns the fields that only grow; the others are gauges.
func (s *Stats) counters() [30]*uint64 {
	return [...]*uint64{
		&s.Queued,
		&s.Congested,
		&s.Received,
		&s.Dispatched,
		&s.Rescued,
		&s.Gone,
		&s.Decisions,
		&s.Stale,
		&s.Refused,
		&s.Bounced,
		&s.IdleDirect,
		&s.AgentDirect,
		&s.KthreadDirect,
		&s.KernelDirect,
		&s.Kicks,
		&s.Preempts,
		&s.Flushes,
		&s.Drains,
		&s.Retries,
		&s.AgentWakeups,
		&s.Late,
		&s.Starved,
		&s.Leases,
		&s.Leased,
		&s.Revoked,
		&s.BoundDirect,
		&s.SyncDirect,
		&s.Batched,
		&s.Resumed,
		&s.SyncSpared,
	}
}

// Sub returns the counters' growth since an earlier reading. Gauges stay as
// they are.
func (s Stats) Sub(earlier Stats) Stats {
	from := earlier.counters()
	for i, c := range s.counters() {
		*c -= *from[i]
	}
	return s
}

// Add returns the sum of the counters of two schedulers, such as before and
// after a restart. Gauges stay as they are.
func (s Stats) Add(other Stats) Stats {
	more := other.counters()
	for i, c := range s.counters() {
		*c += *more[i]
	}
	return s
}

// Unaccounted returns how far the two sums are from holding: what is missing of
// the records and of the decisions. Both are 0 once nothing is on its way.
func (s *Stats) Unaccounted() (records, decisions int64) {
	return int64(s.Queued - s.Dispatched - s.Rescued - s.Gone - s.InFlight),
		int64(s.Decisions - s.Dispatched - s.Stale - s.Refused)
}

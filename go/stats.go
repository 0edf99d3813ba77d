// Code generated from rust/wire.rs by `make generate`; DO NOT EDIT.

package scxbridge

import (
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// Stats are counters of a scheduler since it was loaded, and a few values of this moment.
//
// Three sums are exact whenever nothing is in motion, always after detach: queued =
// dispatched + rescued + gone + InFlight, decisions = dispatched + stale + refused and
// throttled = unthrottled + ThrottledLeft + ThrottledNow.
type Stats struct {
	// NrCPUs: CPUs that this machine can have.
	NrCPUs int `json:"nr_cpus"`
	// InFlight: tasks that are parked now.
	InFlight uint64 `json:"in_flight"`
	// ThrottledNow: tasks that wait for the quota of their cgroup now.
	ThrottledNow uint64 `json:"throttled_now"`
	// SharedWaiting: tasks on the shared queue now.
	SharedWaiting uint64 `json:"shared_waiting"`
	// LocalWaiting: tasks on the queues of single CPUs now.
	LocalWaiting uint64 `json:"local_waiting"`
	// HeartbeatAge: time since the agent last received or dispatched, ns.
	HeartbeatAge time.Duration `json:"heartbeat_age_ns"`
	// Received: records handed to the agent.
	Received uint64 `json:"received"`
	// Decisions: decisions written.
	Decisions uint64 `json:"decisions"`
	// Queued: tasks parked, each with a record.
	Queued uint64 `json:"queued"`
	// Congested: tasks that found the ring of records full, and were queued by BPF alone,
	// without a record.
	Congested uint64 `json:"congested"`
	// Dispatched: parked tasks moved by their decision.
	Dispatched uint64 `json:"dispatched"`
	// Rescued: parked tasks run by the kernel side since their decision was late.
	Rescued uint64 `json:"rescued"`
	// Gone: parked tasks that left by themselves: affinity, class or cgroup changed, or
	// killed.
	Gone uint64 `json:"gone"`
	// Stale: decisions whose parking was already over, or whose task does not exist.
	Stale uint64 `json:"stale"`
	// Refused: decisions that were malformed: bad pid, CPU code, flags or sequence.
	Refused uint64 `json:"refused"`
	// Bounced: decisions for a CPU that the task may not use: the shared queue instead (part
	// of dispatched).
	Bounced uint64 `json:"bounced"`
	// IdleDirect: tasks that found an idle CPU when they woke up, and ran there without a
	// record.
	IdleDirect uint64 `json:"idle_direct"`
	// AgentDirect: times that a thread of the agent, or one that traces it, was scheduled by
	// BPF alone.
	AgentDirect uint64 `json:"agent_direct"`
	// KthreadDirect: times that a kernel thread was scheduled by BPF alone.
	KthreadDirect uint64 `json:"kthread_direct"`
	// KernelDirect: times that any other task was queued by BPF alone, in kernel mode.
	KernelDirect uint64 `json:"kernel_direct"`
	// Kicks: idle CPUs that were kicked.
	Kicks uint64 `json:"kicks"`
	// Preempts: times that a task preempted what ran on its CPU, by a decision or a lease.
	Preempts uint64 `json:"preempts"`
	// Flushes: batches of decisions drained by a system call of the agent.
	Flushes uint64 `json:"flushes"`
	// Drains: batches of decisions drained by a CPU that looked for work (ops.dispatch).
	Drains uint64 `json:"drains"`
	// MoveRetries: moves that needed a second try, with a fresh iterator.
	MoveRetries uint64 `json:"move_retries"`
	// AgentWakeups: times that the agent was woken from its wait, by a record or the end of
	// the batching window.
	AgentWakeups uint64 `json:"agent_wakeups"`
	// LateEpisodes: times that rescue began after decisions had flowed: the agent fell behind.
	LateEpisodes uint64 `json:"late_episodes"`
	// Starved: decided tasks that waited for half of the watchdog's time, and went ahead of
	// their order.
	Starved uint64 `json:"starved"`
	// LeasesGranted: decisions with a lease that were carried out (part of dispatched).
	LeasesGranted uint64 `json:"leases_granted"`
	// LeaseUses: times that a task was queued by its lease, without a record.
	LeaseUses uint64 `json:"lease_uses"`
	// Revoked: leases that ended before their time: revoked, or the task's affinity or weight
	// changed.
	Revoked uint64 `json:"revoked"`
	// BoundDirect: times that a task of one CPU was scheduled by BPF alone (option).
	BoundDirect uint64 `json:"bound_direct"`
	// SyncDirect: synchronous wake-ups that BPF alone sent to the waker's CPU (option).
	SyncDirect uint64 `json:"sync_direct"`
	// WakeupsDeferred: records for which the agent was left asleep, for the batching window
	// (option).
	WakeupsDeferred uint64 `json:"wakeups_deferred"`
	// Resumed: times that a task which gave way to the agent, or to a higher class, went back
	// to its place, without a record.
	Resumed uint64 `json:"resumed"`
	// SyncSpared: times that a waker which was about to sleep was not preempted for the task
	// that it woke.
	SyncSpared uint64 `json:"sync_spared"`
	// Throttled: times that a task began to wait for the quota of its cgroup (cpu.max).
	Throttled uint64 `json:"throttled"`
	// Unthrottled: of these: waits that ended since there was quota again, or the task could
	// not wait on.
	Unthrottled uint64 `json:"unthrottled"`
	// Touched: of these: waits that were so long that the task ran for a moment without quota
	// (part of unthrottled).
	Touched uint64 `json:"touched"`
	// ThrottledLeft: waits for quota that a task left by itself: affinity, class or cgroup
	// changed, or killed.
	ThrottledLeft uint64 `json:"throttled_left"`
	// ThrottleCuts: times that a task was stopped as it started to run, since its cgroup's
	// quota was used up meanwhile.
	ThrottleCuts uint64 `json:"throttle_cuts"`
	// CgroupsUntracked: cgroups for which there was no room: they count as parts of their
	// parents.
	CgroupsUntracked uint64 `json:"cgroups_untracked"`
	// Stolen: tasks that a CPU of another domain took, since it was idle or they came much
	// earlier in order.
	Stolen uint64 `json:"stolen"`
	// LeftCrowded: tasks that woke up on an idle CPU of another domain: their own was full at
	// several wake-ups in a row.
	LeftCrowded uint64 `json:"left_crowded"`
	// EndsTold: records that said that a task has ended (option); no part of queued.
	EndsTold uint64 `json:"ends_told"`
	// EndsLost: tasks whose end was not told, since the ring of records was full.
	EndsLost uint64 `json:"ends_lost"`
	// AgentMoved: times that the thread of the rounds began to run in another domain than
	// before.
	AgentMoved uint64 `json:"agent_moved"`
}

func newStats(c *capi.Stats) Stats {
	return Stats{
		NrCPUs:           int(c.NrCPUs),
		InFlight:         c.InFlight,
		ThrottledNow:     c.ThrottledNow,
		SharedWaiting:    c.SharedWaiting,
		LocalWaiting:     c.LocalWaiting,
		HeartbeatAge:     time.Duration(c.HeartbeatAgeNS),
		Received:         c.Received,
		Decisions:        c.Decisions,
		Queued:           c.Queued,
		Congested:        c.Congested,
		Dispatched:       c.Dispatched,
		Rescued:          c.Rescued,
		Gone:             c.Gone,
		Stale:            c.Stale,
		Refused:          c.Refused,
		Bounced:          c.Bounced,
		IdleDirect:       c.IdleDirect,
		AgentDirect:      c.AgentDirect,
		KthreadDirect:    c.KthreadDirect,
		KernelDirect:     c.KernelDirect,
		Kicks:            c.Kicks,
		Preempts:         c.Preempts,
		Flushes:          c.Flushes,
		Drains:           c.Drains,
		MoveRetries:      c.MoveRetries,
		AgentWakeups:     c.AgentWakeups,
		LateEpisodes:     c.LateEpisodes,
		Starved:          c.Starved,
		LeasesGranted:    c.LeasesGranted,
		LeaseUses:        c.LeaseUses,
		Revoked:          c.Revoked,
		BoundDirect:      c.BoundDirect,
		SyncDirect:       c.SyncDirect,
		WakeupsDeferred:  c.WakeupsDeferred,
		Resumed:          c.Resumed,
		SyncSpared:       c.SyncSpared,
		Throttled:        c.Throttled,
		Unthrottled:      c.Unthrottled,
		Touched:          c.Touched,
		ThrottledLeft:    c.ThrottledLeft,
		ThrottleCuts:     c.ThrottleCuts,
		CgroupsUntracked: c.CgroupsUntracked,
		Stolen:           c.Stolen,
		LeftCrowded:      c.LeftCrowded,
		EndsTold:         c.EndsTold,
		EndsLost:         c.EndsLost,
		AgentMoved:       c.AgentMoved,
	}
}

// counters returns the fields that only grow; the others are gauges.
func (s *Stats) counters() [41]*uint64 {
	return [...]*uint64{
		&s.Received,
		&s.Decisions,
		&s.Queued,
		&s.Congested,
		&s.Dispatched,
		&s.Rescued,
		&s.Gone,
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
		&s.MoveRetries,
		&s.AgentWakeups,
		&s.LateEpisodes,
		&s.Starved,
		&s.LeasesGranted,
		&s.LeaseUses,
		&s.Revoked,
		&s.BoundDirect,
		&s.SyncDirect,
		&s.WakeupsDeferred,
		&s.Resumed,
		&s.SyncSpared,
		&s.Throttled,
		&s.Unthrottled,
		&s.Touched,
		&s.ThrottledLeft,
		&s.ThrottleCuts,
		&s.CgroupsUntracked,
		&s.Stolen,
		&s.LeftCrowded,
		&s.EndsTold,
		&s.EndsLost,
		&s.AgentMoved,
	}
}

package policy

import (
	"fmt"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// VRuntimeOptions configure a [VRuntime]. Zero values are defaults.
type VRuntimeOptions struct {
	// Slice is how long a task runs without a break when no other waits.
	// Default 20 ms.
	Slice time.Duration
	// SliceMin is the least slice. Default 1 ms.
	SliceMin time.Duration
	// MaxWait is about how long a task may wait, whatever the others weigh.
	// Keep it well below the scheduler's Timeout. Default 2.5 s.
	MaxWait time.Duration
	// Tasks is how many tasks are remembered from run to run; tasks beyond
	// that are scheduled a little inexactly. Default 16384, in 384 KiB.
	Tasks int
	// Lease, if not 0, is how long the kernel side may repeat the decision, without
	// asking, for a task that wakes up often and runs briefly: at most
	// [scxbridge.LeaseMax]. Default 0: each decision is the policy's.
	Lease time.Duration
}

// VRuntime shares the CPUs by weight, and prefers tasks that sleep a lot to
// tasks that compute: it orders them by
//
//	deadline = vruntime + bonus
//	vruntime = CPU time × 100 / weight, summed over all runs
//	bonus    = CPU time since the last sleep × 100 / weight, at most one slice
//
// all in ns, the rule of scx_rustland. A decision's VTime is the deadline, so
// the next record brings back the deadline, not the vruntime. Taking it for the
// vruntime would charge the bonus as CPU time, again and again, to the very tasks
// that compute; so a [history] keeps the vruntime. Without an entry, a task that did
// not sleep is still computed exactly, since its bonus follows from the record; one
// that slept is charged its last bonus, once.
//
// Three bounds, relative to now, the vruntime of the furthest task that ran:
//
//   - vruntime ≥ now − slice: sleep is no credit beyond one slice;
//   - vruntime ≤ now + 2.5 slices: the debt of one run is bounded, however
//     light the task. (Below weight 100 the slice shrinks with the weight, so
//     that light tasks get their share in small pieces, not rarely.)
//   - now advances with real time, at least so fast that the last task in the
//     order gets its turn within MaxWait. This matters only if the runnable
//     tasks' weights add up to thousands; the order then tends to that of
//     arrival.
//
// The slice is Slice / (1 + tasks waiting), at least SliceMin.
//
// Time is read only from the records, so the policy is deterministic.
type VRuntime struct {
	slice, sliceMin uint64
	lag, lead       uint64
	bonusMax        uint64
	creepDiv        uint64 // now creeps by real time / creepDiv
	lease           uint64

	now     uint64 // virtual
	clock   uint64 // real: the latest StopTS seen
	waiting uint64

	past  history
	ready *Pool[ready]
}

// ready is a task in the pool. Its deadline is the pool's key.
type ready struct {
	pid    int32
	weight uint16
	woke   bool
	lease  bool
	seq    uint64
}

// A leased task may change its behaviour, so the decision is made anew after this many uses.
const leaseCount = 64

// Virtual time starts here, not at 0, since VTime 0 means a new task.
const genesis = uint64(time.Hour)

// A VTime beyond this is no virtual time, but a policy's way to say "last".
const foreignMax = 1 << 62

// NewVRuntime returns the policy, or an error for an option out of range.
func NewVRuntime(o VRuntimeOptions) (*VRuntime, error) {
	def := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.Slice, 20*time.Millisecond)
	def(&o.SliceMin, min(time.Millisecond, o.Slice))
	def(&o.MaxWait, 2500*time.Millisecond)
	if o.Tasks == 0 {
		o.Tasks = 1 << 14
	}
	switch {
	case o.Slice < 0 || o.SliceMin < 0 || o.SliceMin > o.Slice:
		return nil, fmt.Errorf("policy: slice %v must be at least the minimum slice %v, and both positive", o.Slice, o.SliceMin)
	case o.MaxWait < o.Slice:
		return nil, fmt.Errorf("policy: the longest wait %v must be at least the slice %v", o.MaxWait, o.Slice)
	case o.Tasks < 0 || o.Tasks > 1<<22:
		return nil, fmt.Errorf("policy: %d tasks to remember: must be 1 to %d", o.Tasks, 1<<22)
	case o.Lease < 0 || o.Lease > scxbridge.LeaseMax:
		return nil, fmt.Errorf("policy: a lease of %v: must be 0 to %v", o.Lease, scxbridge.LeaseMax)
	}
	v := &VRuntime{
		slice:    uint64(o.Slice),
		sliceMin: uint64(o.SliceMin),
		lag:      uint64(o.Slice),
		lead:     uint64(o.Slice) * 5 / 2,
		bonusMax: uint64(o.Slice),
		lease:    uint64(o.Lease),
		now:      genesis,
		past:     newHistory(o.Tasks),
		ready:    NewPool[ready](defaultCapacity),
	}
	// A newcomer is placed at now − lag or later, so a waiting task is first in
	// line once now has moved by the most that the task can be ahead, plus lag.
	v.creepDiv = max(1, uint64(o.MaxWait)/(v.lead+v.bonusMax+v.lag))
	return v, nil
}

// Observe implements [scxbridge.Observer]: the slice depends on how many tasks wait.
func (v *VRuntime) Observe(s scxbridge.Stats) {
	v.waiting = s.SharedWaiting + s.LocalWaiting + s.InFlight
}

// Enqueue implements [scxbridge.Policy].
func (v *VRuntime) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		t := &tasks[i]
		v.creep(t.StopTS)
		known := v.past.find(t.PID)
		vruntime := v.charge(t, known)
		deadline := vruntime + v.bonus(t, t.ExecRuntime)
		*known = past{pid: t.PID, seq: t.Seq, vruntime: vruntime}
		v.ready.Push(deadline, ready{pid: t.PID, weight: uint16(weight(t)), woke: t.Woke(), lease: v.leases(t), seq: t.Seq})
	}
}

// Dispatch implements [scxbridge.Policy]. It dispatches all tasks at once: the
// queues, shared and per CPU, keep their order.
func (v *VRuntime) Dispatch(decisions []scxbridge.Decision) int {
	for i := range decisions {
		deadline, t, ok := v.ready.Pop()
		if !ok {
			return i
		}
		decisions[i] = scxbridge.Decision{
			PID:     t.pid,
			CPU:     scxbridge.PickIdle,
			SliceNS: v.sliceOf(uint64(t.weight)),
			VTime:   deadline,
			Seq:     t.seq,
		}
		if t.woke {
			decisions[i].Flags = scxbridge.PreemptLater
		}
		if t.lease {
			decisions[i].LeaseNS, decisions[i].LeaseCount = v.lease, leaseCount
		}
	}
	return len(decisions)
}

// charge returns the task's vruntime, with its last run added, and moves now.
func (v *VRuntime) charge(t *scxbridge.Task, known *past) uint64 {
	if t.VTime == 0 {
		return v.now // new
	}
	var base, ran uint64
	if known.before(t) {
		base, ran = known.vruntime, t.RunNS
	} else {
		base, ran = t.VTime, min(t.RunNS, t.StopTS-min(t.StartTS, t.StopTS))
		if !t.Woke() && t.ExecRuntime >= ran {
			base -= min(base, v.bonus(t, t.ExecRuntime-ran))
		}
		// A VTime beyond what this policy can set is from another agent, whose
		// tasks still wait on the queues. Continue from there, or they would wait
		// until this policy's time had caught up.
		if ahead := v.lead + v.bonusMax; t.VTime > v.now+ahead && t.VTime < foreignMax {
			v.now = t.VTime - ahead
		}
		base = min(base, v.now+v.lead)
	}
	if ran > 0 {
		v.now = max(v.now, base)
	}
	vruntime := base + scale(ran, weight(t))
	return min(max(vruntime, v.now-v.lag), v.now+v.lead)
}

// leases reports whether a task gets a lease: one that woke up, and whose runs since its
// last record were so short that the policy is unlikely to decide differently.
func (v *VRuntime) leases(t *scxbridge.Task) bool {
	return v.lease > 0 && t.Woke() && t.VTime != 0 && t.RunNS <= v.sliceMin*uint64(1+t.Leased)
}

// creep advances now with real time, by the least that MaxWait requires.
func (v *VRuntime) creep(ts uint64) {
	if ts <= v.clock {
		return
	}
	if v.clock != 0 {
		v.now += (ts - v.clock) / v.creepDiv
	}
	v.clock = ts
}

func (v *VRuntime) bonus(t *scxbridge.Task, exec uint64) uint64 {
	return min(scale(exec, weight(t)), v.bonusMax)
}

func (v *VRuntime) sliceOf(weight uint64) uint64 {
	s := v.slice / (v.waiting + 1)
	if weight < 100 {
		s = s * weight / 100
	}
	return max(s, v.sliceMin)
}

// scale turns CPU time into virtual time. A run of years does not overflow.
func scale(ns, weight uint64) uint64 { return ns / weight * 100 }

// weight guards against a weight of 0, which the kernel never gives.
func weight(t *scxbridge.Task) uint64 { return min(max(t.Weight, 1), 10000) }

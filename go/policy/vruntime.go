package policy

import (
	"fmt"
	"math"
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
	// that are scheduled a little inexactly. Default 16384, in 512 KiB.
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
// all in ns, the rule of scx_rustland. The weight is what the task is worth among
// all that want a CPU (see Task.Weight), so cgroups get their shares as well.
//
// A decision's VTime is the deadline, so the next record brings back the deadline,
// not the vruntime. Taking it for the vruntime would charge the bonus as CPU time,
// again and again, to the very tasks that compute; so a [history] keeps the
// vruntime. Without an entry, a task that did not sleep is still computed exactly,
// since its bonus follows from the record; one that slept is charged its last
// bonus, once.
//
// All is relative to now, the vruntime at which tasks get their turn. It follows
// the tasks that had to wait, and otherwise those that ran:
//
//   - A task that is new or slept begins at now − slice at least: sleep is no
//     credit beyond that.
//   - One that did not sleep may be behind a little more: heavy tasks are behind
//     light ones.
//   - A task may be ahead by as much as passes within MaxWait, at most 2 s and at
//     least 2.5 slices. So the debt of one run is bounded, however light the task.
//     (Below an own weight of 100 the slice shrinks, so that light tasks get their share in
//     small pieces, not rarely.)
//   - It advances with real time, at least so fast that the last task in the
//     order gets its turn within MaxWait. This matters only if the runnable
//     tasks' weights add up to thousands; the order then tends to that of
//     arrival.
//
// A decision preempts what comes later by 1 ms at least: else a light task would
// run for a slice whenever a heavy one waits for its decision.
//
// The slice is Slice / (1 + tasks waiting), at least SliceMin.
//
// Time is read only from the records, so the policy is deterministic.
type VRuntime struct {
	slice, sliceMin uint64
	lag             uint64
	leadMin         uint64
	bonusMax        uint64
	maxWait         uint64
	creepDiv        uint64 // now creeps by real time / creepDiv
	lease           uint64

	now     uint64 // virtual
	least   uint64 // now does not fall below
	clock   uint64 // real: the latest StopTS seen
	waiting uint64
	lead    uint64 // how far ahead of now a task may be

	// The window in which the speed of now is measured: how it began, and the least now in it.
	windowNow, windowClock, windowLeast uint64

	past  history
	ready *Pool[ready]
}

// ready is a task in the pool. Its deadline is the pool's key.
type ready struct {
	pid   int32
	slice uint32 // ns
	lease bool
	seq   uint64
}

// A leased task may change its behaviour, so the decision is made anew after this many uses.
const leaseCount = 64

// Virtual time starts here, not at 0, since VTime 0 means a new task.
const genesis = uint64(time.Hour)

// The speed of now is measured over this long.
const window = uint64(100 * time.Millisecond)

// A task waited if it was off the CPU for longer than a decision takes.
const waited = uint64(time.Millisecond)

// However slowly tasks get their turns, one may not be ahead by more.
const leadMax = uint64(2 * time.Second)

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
		leadMin:  uint64(o.Slice) * 5 / 2,
		bonusMax: uint64(o.Slice),
		maxWait:  uint64(o.MaxWait),
		lease:    uint64(o.Lease),
		now:      genesis,
		past:     newHistory(o.Tasks),
		ready:    NewPool[ready](defaultCapacity),
	}
	// A newcomer is placed at now − lag or later, so a waiting task is first in
	// line once now has moved by the most that the task can be ahead, plus lag.
	v.creepDiv = max(1, v.maxWait/(v.leadMin+v.bonusMax+v.lag+v.leadMin/4))
	v.lead = max(v.leadMin, min(v.maxWait, leadMax))
	v.move(v.now)
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
		*known = past{pid: t.PID, seq: t.Seq, vruntime: vruntime, stopTS: t.StopTS}
		v.ready.Push(deadline, ready{pid: t.PID, slice: v.sliceOf(t), lease: v.leases(t), seq: t.Seq})
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
			SliceNS: uint64(t.slice),
			VTime:   deadline,
			Flags:   scxbridge.PreemptLater,
			Seq:     t.seq,
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
	base, weighted := known.vruntime, t.WeightedNS
	remembered := known.before(t)
	if !remembered {
		base = t.VTime
		if last := t.StopTS - min(t.StartTS, t.StopTS); last < t.RunNS {
			weighted = scale(last, weight(t)) // its VTime has the time before that already
		}
		if !t.Woke() && scale(t.ExecRuntime, weight(t)) >= weighted {
			base -= min(base, v.bonusOf(scale(t.ExecRuntime, weight(t))-weighted))
		}
		// A VTime beyond what this policy can set is from another agent, whose
		// tasks still wait on the queues. Continue from there, or they would wait
		// until this policy's time had caught up.
		if t.VTime > v.now+leadMax+v.bonusMax && t.VTime < foreignMax {
			v.move(t.VTime - v.leadMin - v.bonusMax)
		}
		base = min(base, v.now+v.lead)
	}
	if t.RunNS > 0 {
		v.ran(t, base, remembered && t.Leased == 0 && t.StartTS-min(known.stopTS, t.StartTS) < waited)
	}
	floor := v.now - v.lag
	if !t.Woke() {
		floor -= v.lead / 4
	}
	return min(max(base+weighted, floor), v.now+v.lead)
}

// ran moves now after a run that began at this vruntime. A task that had to wait since it ran
// before shows where the others are: they had their turns first. If it went on at once, or slept, it
// may be far behind or ahead of them; then it shows only that time went on.
func (v *VRuntime) ran(t *scxbridge.Task, began uint64, atOnce bool) {
	switch {
	case began > v.now && (atOnce || t.Woke()):
		v.now = min(began, v.now+t.RunNS)
	case began > v.now:
		v.now += (began - v.now + 3) / 4
	case !atOnce && !t.Woke() && t.ExecRuntime > t.RunNS:
		v.now = max(v.now-(v.now-began)/4, v.least)
		v.windowLeast = min(v.windowLeast, v.now)
	}
}

// move sets now where it has not come by itself.
func (v *VRuntime) move(now uint64) {
	v.now, v.least, v.windowNow, v.windowLeast = now, now, now, now
}

// leases reports whether a task gets a lease: one that woke up, and whose runs since its
// last record were so short that the policy is unlikely to decide differently.
func (v *VRuntime) leases(t *scxbridge.Task) bool {
	return v.lease > 0 && t.Woke() && t.VTime != 0 && t.RunNS <= v.sliceMin*uint64(1+t.Leased)
}

// creep advances now with real time, by the least that MaxWait requires, and measures how fast it is.
func (v *VRuntime) creep(ts uint64) {
	if ts <= v.clock {
		return
	}
	if v.clock != 0 {
		v.least += (ts - v.clock) / v.creepDiv
		v.now = max(v.now, v.least)
	}
	v.clock = ts
	passed := ts - v.windowClock
	if passed < window {
		return
	}
	if v.windowClock != 0 {
		moved := v.now - min(v.windowNow, v.now)
		within := uint64(float64(v.maxWait) * min(float64(moved)/float64(passed), 1))
		v.lead = (3*v.lead + max(v.leadMin, min(within, leadMax))) / 4
	}
	v.least = max(v.least, v.windowLeast)
	v.windowNow, v.windowClock, v.windowLeast = v.now, ts, v.now
}

func (v *VRuntime) bonus(t *scxbridge.Task, exec uint64) uint64 {
	return v.bonusOf(scale(exec, weight(t)))
}

func (v *VRuntime) bonusOf(weighted uint64) uint64 { return min(weighted, v.bonusMax) }

func (v *VRuntime) sliceOf(t *scxbridge.Task) uint32 {
	s := v.slice / (v.waiting + 1)
	if own := uint64(t.OwnWeight); own < 100 {
		s = s * own / 100
	}
	if t.Weight <= 1 {
		s = 0 // among others, it is worth next to nothing
	}
	return uint32(min(max(s, v.sliceMin), math.MaxUint32))
}

// scale turns CPU time into virtual time. A run of years does not overflow.
func scale(ns, weight uint64) uint64 { return ns / weight * 100 }

// weight guards against a weight of 0, which the kernel never gives.
func weight(t *scxbridge.Task) uint64 { return min(max(t.Weight, 1), 10000) }

package scxtest

import (
	"fmt"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/lockstep"
)

// lease is a decision that the kernel side repeats by itself.
type lease struct {
	decision scxbridge.Decision // its slice is bounded
	until    uint64
	epoch    uint64 // the lease is valid while the machine's is the same
	left     uint32 // uses left; 0: there is no lease
}

const uncounted = ^uint32(0)

func (m *Machine) grant(t *Thread, d *scxbridge.Decision) {
	if d.LeaseNS == 0 && d.LeaseCount == 0 {
		return
	}
	m.stats.LeasesGranted++
	lasts := d.LeaseNS
	if lasts == 0 || lasts > uint64(scxbridge.LeaseMax) {
		lasts = uint64(scxbridge.LeaseMax)
	}
	t.lease = lease{decision: *d, until: m.now + lasts, epoch: m.leaseEpoch, left: d.LeaseCount}
	t.lease.decision.SliceNS = t.slice
	if t.lease.left == 0 {
		t.lease.left = uncounted
	}
}

// enqueueLeased queues the task by its lease; it returns false if it has none that is valid.
func (m *Machine) enqueueLeased(t *Thread, woke bool) bool {
	l := &t.lease
	if l.left == 0 {
		return false
	}
	if l.epoch != m.leaseEpoch {
		m.revoke(t)
		return false
	}
	cpu := int(l.decision.CPU)
	if m.now >= l.until || cpu >= 0 && (cpu >= m.cfg.CPUs || !t.allowed.allows(cpu)) || namesDomain(cpu) && m.allowedDomain(t, cpu) < 0 {
		l.left = 0 // the policy has to choose
		return false
	}
	if l.left != uncounted {
		l.left--
	}
	t.vtime += t.weighted - t.wcharged
	t.charged, t.wcharged = t.ran, t.weighted
	t.leased++
	m.stats.LeaseUses++
	t.slice = l.decision.SliceNS
	t.sliceLeft = t.slice

	if !woke || !m.enterLeasedNow(t) {
		m.enterInOrder(t)
	}
	return true
}

// enterLeasedNow runs a task that woke up at once, if its lease asks for an idle CPU or preempts
// and there is a CPU for it.
func (m *Machine) enterLeasedNow(t *Thread) bool {
	d := &t.lease.decision
	preempt := d.Flags&scxbridge.Preempt != 0
	later := d.Flags&scxbridge.PreemptLater != 0
	cpu := int(d.CPU)
	if d.CPU == scxbridge.PickIdle || cpu < 0 && (preempt || later) {
		if m.enterIdle(t) {
			return true
		}
		cpu = t.cpu
	}
	if !preempt && !(later && cpu >= 0 && m.runsLater(cpu, t.vtime)) {
		return false
	}
	m.stats.Preempts++
	m.jump(t, cpu)
	m.ask()
	return true
}

// forgetDomain notes that the task may not use the domain of its decision: it belongs where it ran. Its lease ends, as one
// for a CPU does.
func (t *Thread) forgetDomain() {
	t.decided, t.lease.left = int(scxbridge.AnyCPU), 0
}

// RevokeLease does what [scxbridge.Scheduler.RevokeLease] does.
func (m *Machine) RevokeLease(pid int32) error {
	if pid <= 0 {
		return fmt.Errorf("scxtest: revoke lease: pid %d is not positive: %w", pid, scxbridge.ErrInvalid)
	}
	if m.follow != nil {
		m.follow(&lockstep.Step{At: m.now, Kind: lockstep.Revoke, CPU: int32(m.agentCPU()), PID: pid})
	}
	t := m.known(pid)
	if t == nil {
		return fmt.Errorf("scxtest: revoke lease: pid %d: %w", pid, scxbridge.ErrNoSuchTask)
	}
	m.revoke(t)
	return nil
}

// RevokeLeases does what [scxbridge.Scheduler.RevokeLeases] does: each lease ends, and is counted,
// when it would next be used.
func (m *Machine) RevokeLeases() error {
	m.call(lockstep.Revoke, m.agentCPU(), nil, 0)
	m.leaseEpoch++
	return nil
}

func (m *Machine) revoke(t *Thread) {
	if t.lease.left != 0 {
		t.lease.left = 0
		m.stats.Revoked++
	}
}

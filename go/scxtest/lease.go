package scxtest

import (
	"fmt"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// lease is a decision that the kernel side repeats by itself.
type lease struct {
	decision scxbridge.Decision // its slice is bounded
	until    uint64
	left     uint32 // how often it may be used; 0: there is none
	charged  uint64 // of the time since the last record: counted in the virtual time already
}

const uncounted = ^uint32(0)

func (m *Machine) grant(t *Thread, d *scxbridge.Decision) {
	if d.LeaseNS == 0 && d.LeaseCount == 0 {
		return
	}
	m.stats.Leases++
	lasts := d.LeaseNS
	if lasts == 0 || lasts > uint64(scxbridge.LeaseMax) {
		lasts = uint64(scxbridge.LeaseMax)
	}
	t.lease = lease{decision: *d, until: m.now + lasts, left: d.LeaseCount, charged: t.ran}
	t.lease.decision.SliceNS = t.slice
	if t.lease.left == 0 {
		t.lease.left = uncounted
	}
}

// enqueueLeased queues the task by its lease. If it returns false there is none.
func (m *Machine) enqueueLeased(t *Thread, woke bool) bool {
	l := &t.lease
	if l.left == 0 {
		return false
	}
	cpu := int(l.decision.CPU)
	if m.now >= l.until || cpu >= 0 && (cpu >= m.cfg.CPUs || !t.allowed.allows(cpu)) {
		l.left = 0 // the policy has to choose
		return false
	}
	if l.left != uncounted {
		l.left--
	}
	t.vtime += (t.ran - l.charged) * 100 / t.weight
	l.charged = t.ran
	t.leased++
	m.stats.Leased++
	t.slice = l.decision.SliceNS

	preempt := woke && l.decision.Flags&scxbridge.Preempt != 0
	if cpu >= 0 && !preempt {
		m.enterCPU(t, &m.cpus[cpu], t.vtime)
		return true
	}
	if l.decision.CPU == scxbridge.PickIdle && woke {
		if cpu = m.claimIdle(t, t.cpu); cpu >= 0 {
			m.cpus[cpu].local.push(t)
			m.kick(cpu)
			return true
		}
	}
	if preempt {
		if cpu < 0 {
			cpu = t.cpu
		}
		m.stats.Preempts++
		m.jump(t, cpu)
		return true
	}
	m.share(t, t.vtime)
	return true
}

// RevokeLease does what [scxbridge.Scheduler.RevokeLease] does.
func (m *Machine) RevokeLease(pid int32) error {
	if pid <= 0 {
		return fmt.Errorf("scxtest: revoke lease: pid %d is not positive: %w", pid, scxbridge.ErrInvalid)
	}
	t := m.thread(pid)
	if t == nil {
		return fmt.Errorf("scxtest: revoke lease: pid %d: %w", pid, scxbridge.ErrNoSuchTask)
	}
	m.revoke(t)
	return nil
}

// RevokeLeases does what [scxbridge.Scheduler.RevokeLeases] does.
func (m *Machine) RevokeLeases() error {
	for _, t := range m.threads {
		if t != nil {
			m.revoke(t)
		}
	}
	return nil
}

func (m *Machine) revoke(t *Thread) {
	if t.lease.left != 0 {
		t.lease.left = 0
		m.stats.Revoked++
	}
}

package scxtest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// Check is a set of checks of a run. All are made except those in Config.Unchecked
// and, unless Config.FairBound is set, [CheckFair].
//
// Two things need no check, since the simulator ensures them: that each task is on
// exactly one queue or CPU, and that the sums of [scxbridge.Stats] hold.
type Check uint

const (
	// CheckLost: the policy got a task's record, but has returned no decision for
	// it when, after the grace, the kernel side rescues the task or the run ends.
	// A policy that holds tasks back on purpose needs a longer Options.Grace. A
	// task whose record the policy did not get in time, or whose decision was on
	// its way, is late, not lost.
	CheckLost Check = 1 << iota
	// CheckIdle is work conservation: a CPU was idle for longer than
	// Config.IdleBound while a task that may run there waited all that time,
	// wherever the policy put it. The check is made four times per bound. A task that
	// waits for the quota of its group may not run; nor one that closed domains keep from the CPU.
	CheckIdle
	// CheckAffinity: a decision names a CPU that does not exist, or that its task
	// may not use, or a domain where it may use none. The decision bounces.
	CheckAffinity
	// CheckStarved: a task waited for a CPU for longer than Config.WaitBound, or for the
	// quota of its group for longer than Options.Timeout.
	CheckStarved
	// CheckDecisions: a decision is malformed, answers no record, or answers one
	// a second time. A decision that comes too late is no violation.
	CheckDecisions
	// CheckFair: shares by weight. It looks at the tasks that existed from the
	// start to the end and never slept. Those with the same CPUs must have shared
	// their total CPU time in proportion to their weights, each within
	// Config.FairBound. A task can use no more than one CPU: what its weight would
	// give it beyond that belongs to the others. With groups these weights are the effective ones,
	// so the check is made only if no task of any group slept, came later or moved, no group was
	// changed, and no limit counts. A record's weight is a whole number: a small one is inexact.
	CheckFair
	// CheckLimit: the tasks of a group have run for longer than its limit allows: by more than
	// 4 ms and two ticks per CPU over what the quota of all periods until then, with the burst,
	// sums up to. Runs that began without quota do not count: see docs/cgroups.md, "Limits".
	CheckLimit

	checkAll = 1<<iota - 1
)

var checkNames = []string{"lost", "idle", "affinity", "starved", "decisions", "fair", "limit"}

// String returns the names of the checks: lost, idle, affinity, starved, decisions, fair, limit.
func (c Check) String() string {
	var names []string
	for i, name := range checkNames {
		if c>>i&1 != 0 {
			names = append(names, name)
		}
	}
	if rest := c &^ checkAll; rest != 0 || c == 0 {
		names = append(names, fmt.Sprintf("Check(%#x)", uint(rest)))
	}
	return strings.Join(names, "+")
}

// Violation is something that a check found.
type Violation struct {
	// Check is the check that found it.
	Check Check
	// At is the time since the start of the simulation.
	At time.Duration
	// PID is the task's, or the decision's.
	PID int32
	// CPU is the CPU that it is about, or -1.
	CPU int
	// Text says what happened.
	Text string
}

// String returns the time, the check and the text.
func (v Violation) String() string { return fmt.Sprintf("%v: %v: %s", v.At, v.Check, v.Text) }

// violations keeps the first violations of each check.
type violations struct {
	list   []Violation
	counts [8]int // by the check's bit
}

// How many violations of each check a report keeps: a broken policy causes them all the time.
const keptViolations = 20

func (m *Machine) violate(check Check, pid int32, cpu int, format string, args ...any) {
	if m.cfg.Unchecked&check != 0 {
		return
	}
	bit := 0
	for check>>bit != 1 {
		bit++
	}
	if m.violations.counts[bit]++; m.violations.counts[bit] <= keptViolations {
		m.violations.list = append(m.violations.list, Violation{
			Check: check, At: ns(m.now - epoch), PID: pid, CPU: cpu, Text: fmt.Sprintf(format, args...)})
	}
}

func (m *Machine) lost(t *Thread, how string) {
	m.violate(CheckLost, t.pid, -1, "task %s (pid %d) %s after %v: the policy got its record and decided nothing",
		t.name, t.pid, how, ns(m.now-t.parkedAt))
}

func (m *Machine) bounced(t *Thread, cpu int) {
	if namesDomain(cpu) {
		m.violate(CheckAffinity, t.pid, -1, "a decision for task %s (pid %d) names domain %d, where it may use no CPU",
			t.name, t.pid, int(scxbridge.Domain(0))-cpu)
		return
	}
	why := "it may not use"
	if cpu >= m.cfg.CPUs {
		why = "does not exist"
	}
	m.violate(CheckAffinity, t.pid, cpu, "a decision for task %s (pid %d) names CPU %d, which %s", t.name, t.pid, cpu, why)
}

func (m *Machine) starved(t *Thread, waited uint64) {
	m.violate(CheckStarved, t.pid, -1, "task %s (pid %d) waited %v for a CPU", t.name, t.pid, ns(waited))
}

func (m *Machine) badDecision(d *scxbridge.Decision, how string) {
	m.violate(CheckDecisions, d.PID, -1, "the decision %+v %s", *d, how)
}

// answers checks a decision when the policy returns it.
func (m *Machine) answers(d *scxbridge.Decision) {
	t := m.thread(d.PID)
	switch {
	case t == nil:
		if d.PID > int32(len(m.threads)) {
			m.badDecision(d, "is for a task that never was")
		}
	case d.Seq > t.seq || d.Seq == t.parked && !t.received:
		m.badDecision(d, "answers a record that the policy has not got")
	case d.Seq == t.answered:
		m.badDecision(d, "is the second one for its record")
	default:
		t.answered = max(t.answered, d.Seq)
	}
}

func (m *Machine) postCheck() {
	if m.cfg.Unchecked&CheckIdle == 0 {
		m.events.Push(m.now+max(uint64(m.cfg.IdleBound)/4, 1), event{kind: evCheck})
	}
}

// checkIdle looks for a pair of a CPU and a task that both waited for too long.
func (m *Machine) checkIdle() {
	bound := uint64(m.cfg.IdleBound)
	if t := m.waiting.first; t == nil || m.now-t.waitsFrom <= bound {
		return
	}
	some := false
	for i := range m.cpus {
		if c := &m.cpus[i]; c.curr == nil && m.now-c.idleSince > bound {
			m.longIdle.set(i)
			some = true
		} else {
			m.longIdle.clear(i)
		}
	}
	if !some {
		return
	}
	// One violation per check is enough.
	for t := m.waiting.first; t != nil && m.now-t.waitsFrom > bound; t = m.waiting.next(t) {
		if cpu := m.longIdleFor(t); cpu >= 0 {
			m.violate(CheckIdle, t.pid, cpu, "CPU %d was idle for %v while task %s (pid %d), which may run there, waited %v",
				cpu, ns(m.now-m.cpus[cpu].idleSince), t.name, t.pid, ns(m.now-t.waitsFrom))
			return
		}
	}
}

// longIdleFor returns a CPU that has been idle for too long and that the task may run on, or -1.
func (m *Machine) longIdleFor(t *Thread) int {
	if m.domains.someClosed {
		home := m.homeOf(t)
		for n := range m.domains.domains {
			if cpu := m.domains.domains[n].first(m.longIdle, t.allowed.mask); cpu >= 0 && m.mayLeave(t, home, n) {
				return cpu
			}
		}
		return -1
	}
	// For tasks with the same CPUs the answer is the same.
	a := t.allowed
	if a.check.at != m.now {
		a.check.at, a.check.cpu = m.now, m.longIdle.firstCommon(a.mask, 0)
	}
	return a.check.cpu
}

// finish closes the books at the end of the simulation.
func (m *Machine) finish() {
	for i := range m.cpus {
		if m.cpus[i].curr != nil {
			m.account(&m.cpus[i])
		}
	}
	for t := m.waiting.first; t != nil; t = m.waiting.next(t) {
		waited := m.now - t.waitsFrom
		t.stat.LongestWait = max(t.stat.LongestWait, ns(waited))
		if waited > m.waitBound {
			m.starved(t, waited)
		}
	}
	for t := m.parked.first; t != nil && m.now-t.parkedAt > m.grace; t = m.parked.next(t) {
		if t.received && t.answered != t.seq {
			m.lost(t, "was still parked")
		}
	}
	for t := m.throttled.first; t != nil; t = m.throttled.next(t) {
		m.checkThrottled(t, m.now-t.throttledAt)
	}
	if m.cfg.FairBound > 0 {
		m.checkFair()
	}
	s, _ := m.Stats()
	if s.Throttled != s.Unthrottled+s.ThrottledLeft+s.ThrottledNow {
		m.fail("bug: of %d waits for quota, %d have ended by release and %d otherwise, and %d go on",
			s.Throttled, s.Unthrottled, s.ThrottledLeft, s.ThrottledNow)
	}
	if records, decisions := s.Unaccounted(); records != 0 || decisions != 0 {
		m.fail("bug: %d records and %d decisions are unaccounted for", records, decisions)
	}
}

// Err returns nil if no check found anything, or else an error that lists the violations.
func (r *Report) Err() error {
	if len(r.Violations) == 0 {
		return nil
	}
	errs := make([]error, 0, len(r.Violations)+1)
	for _, v := range r.Violations {
		errs = append(errs, errors.New(v.String()))
	}
	if r.Omitted > 0 {
		errs = append(errs, fmt.Errorf("and %d more", r.Omitted))
	}
	return errors.Join(errs...)
}

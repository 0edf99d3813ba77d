package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

const sysSchedExt = "/sys/kernel/sched_ext/"

// extState reads one of sched_ext's files in sysfs, or returns "" if there is none.
func extState(file string) string {
	text, _ := os.ReadFile(sysSchedExt + file)
	return strings.TrimSpace(string(text))
}

func (t *T) expectState(want string) {
	if got := extState("state"); got != want {
		t.Fatalf("sched_ext is %q, not %q", got, want)
	}
}

// scheduled reports whether the active scheduler is the one of this name.
func scheduled(by string) bool { return extState("state") == "enabled" && extState("root/ops") == by }

// awaitScheduling waits until the process's scheduler is active.
func (p *process) awaitScheduling(name string) {
	p.await(name+" schedules the machine", func() bool { return scheduled(name) })
}

// awaitDisabled waits until the kernel's own scheduler is active.
func (t *T) awaitDisabled() {
	t.Await(time.Minute, "sched_ext is disabled", func() bool { return extState("state") == "disabled" })
}

// session is a scheduler that runs in this process.
type session struct {
	t      *T
	cancel context.CancelFunc
	done   chan error
	sched  *scx.Scheduler // while attached
	final  scx.Stats      // after detach
	exit   scx.ExitInfo   // after detach
	over   bool
}

var (
	// parkAll lets the policy decide about every task.
	parkAll = scx.Options{NoBuiltinIdle: true}
	// parkLong is parkAll with the longest possible grace, so that late decisions count, too.
	parkLong = scx.Options{NoBuiltinIdle: true, Grace: time.Second}
)

// schedule runs a policy and returns when it is attached. The scenario's end is session.stop.
func (t *T) schedule(policy scx.Policy, opts scx.Options) *session {
	if opts.Name == "" {
		opts.Name = "scenario"
	}
	if opts.Timeout == 0 {
		// A short timeout, so that the watchdog finds what it can.
		opts.Timeout = 5 * time.Second
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{t: t, cancel: cancel, done: make(chan error, 1)}
	attached := make(chan struct{})
	run := scx.RunOptions{
		Options: opts,
		OnAttach: func(sched *scx.Scheduler) {
			s.sched = sched
			if p, asks := policy.(interface{ attached(*scx.Scheduler) }); asks {
				p.attached(sched)
			}
			close(attached)
		},
		OnDetach: func(sched *scx.Scheduler) {
			s.final, _ = sched.Stats()
			s.exit, _ = sched.ExitInfo()
		},
	}
	go func() { s.done <- scx.Run(ctx, policy, run) }()
	t.Cleanup(func() { s.stop() })
	select {
	case <-attached:
	case err := <-s.done:
		s.over = true
		t.Fatalf("run %s: %v", opts.Name, err)
	}
	t.expectState("enabled")
	if got := extState("root/ops"); got != opts.Name {
		t.Fatalf("the active scheduler is %q, not %q", got, opts.Name)
	}
	return s
}

// wait returns how Run ended.
func (s *session) wait(limit time.Duration) error {
	s.over = true
	select {
	case err := <-s.done:
		return err
	case <-time.After(limit):
		s.t.Fatalf("the scheduler did not end within %v", limit)
		return nil
	}
}

// stop detaches, which must succeed and leave every record and decision accounted for.
func (s *session) stop() scx.Stats {
	if !s.over {
		s.cancel()
		s.t.Check(s.wait(time.Minute), "run the scheduler")
		s.t.expectState("disabled")
		s.t.conserved(s.final)
	}
	return s.final
}

// ended waits until the kernel has ended the scheduler, for the expected reason.
func (s *session) ended(kind scx.ExitKind) scx.ExitInfo {
	err := s.wait(time.Minute)
	var ended *scx.EndedError
	s.t.FatalIf(!errors.As(err, &ended) || ended.Info.Kind != kind || !errors.Is(err, scx.ErrEnded), "Run ended with %v", err)
	s.t.conserved(s.final)
	return ended.Info
}

// once returns a function that stops a scheduler, and returns its counters; only the first call does, and the scenario's
// end is one.
func (t *T) once(stop func() scx.Stats) func() scx.Stats {
	stop = sync.OnceValue(stop)
	t.Cleanup(func() { stop() })
	return stop
}

// conserved checks the sums, which are exact after detach.
func (t *T) conserved(st scx.Stats) {
	t.Logf("queued %d = dispatched %d + rescued %d + gone %d + in flight %d",
		st.Queued, st.Dispatched, st.Rescued, st.Gone, st.InFlight)
	t.Logf("decisions %d = dispatched %d + stale %d + refused %d; congested %d, received %d, retries %d, drains %d, idle %d",
		st.Decisions, st.Dispatched, st.Stale, st.Refused, st.Congested, st.Received, st.MoveRetries, st.Drains, st.IdleDirect)
	if st.Throttled != 0 {
		t.Logf("throttled %d = let go %d, of which touched %d + left %d + waiting %d",
			st.Throttled, st.Unthrottled, st.Touched, st.ThrottledLeft, st.ThrottledNow)
	}
	if err := balance(st); err != nil {
		t.Errorf("after detach: %v", err)
	}
}

func balance(st scx.Stats) error {
	switch records, decisions := st.Unaccounted(); {
	case records != 0 || decisions != 0:
		return fmt.Errorf("unaccounted for: %d records, %d decisions", records, decisions)
	case st.InFlight != 0:
		return fmt.Errorf("%d tasks are parked", st.InFlight)
	case st.Throttled != st.Unthrottled+st.ThrottledLeft || st.ThrottledNow != 0:
		return fmt.Errorf("waits for the quota of a cgroup do not add up: %d began, %d were let go, %d left, %d wait",
			st.Throttled, st.Unthrottled, st.ThrottledLeft, st.ThrottledNow)
	case st.Received > st.Queued+st.EndsTold:
		return fmt.Errorf("%d records were received, only %d were sent", st.Received, st.Queued+st.EndsTold)
	}
	return nil
}

// statsOf reads the counters of a scheduler.
func (t *T) statsOf(sched *scx.Scheduler) scx.Stats {
	st, err := sched.Stats()
	t.Check(err, "read the statistics")
	return st
}

func (s *session) stats() scx.Stats { return s.t.statsOf(s.sched) }

// awaitStats waits until holds returns true for the counters.
func (s *session) awaitStats(what string, holds func(scx.Stats) bool) {
	s.t.Await(time.Minute, what, func() bool { return holds(s.stats()) })
}

// awaitMore is awaitStats for the counters' growth from now on.
func (s *session) awaitMore(what string, holds func(more scx.Stats) bool) {
	before := s.stats()
	s.awaitStats(what, func(st scx.Stats) bool { return holds(st.Sub(before)) })
}

// awaitDispatched waits until more than this many further decisions were carried out.
func (s *session) awaitDispatched(many uint64, what string) {
	s.awaitMore(what, func(more scx.Stats) bool { return more.Dispatched > many })
}

// underHogs returns hogs once decisions run them.
func (s *session) underHogs(threads int) *process {
	hogs := s.t.hogs(threads)
	s.awaitDispatched(20, "the hogs run")
	return hogs
}

// underMoreHogs returns this many more hogs than there are CPUs, once decisions run them.
func (s *session) underMoreHogs(more int) *process { return s.underHogs(len(s.t.onlineCPUs()) + more) }

// during returns the counters' growth while f runs.
func (s *session) during(f func()) scx.Stats {
	before := s.stats()
	f()
	return s.stats().Sub(before)
}

// detach detaches a scheduler that schedule did not start, and returns its counters, whose sums must be exact.
func (t *T) detach(sched *scx.Scheduler) scx.Stats {
	t.Check(sched.Detach(), "detach")
	t.expectState("disabled")
	st := t.statsOf(sched)
	t.conserved(st)
	return st
}

// sysrqS makes the kernel end the scheduler.
func (t *T) sysrqS() { t.write("/proc/sysrq-trigger", "S") }

package main

import (
	"context"
	"os"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

const sysSchedExt = "/sys/kernel/sched_ext/"

// extState reads one of sched_ext's files; "" if it is not there.
func extState(file string) string {
	text, _ := os.ReadFile(sysSchedExt + file)
	return strings.TrimSpace(string(text))
}

func (t *T) expectState(want string) {
	if got := extState("state"); got != want {
		t.Fatalf("sched_ext is %q, not %q", got, want)
	}
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

// schedule runs a policy and returns when it is attached. The scenario's end stops it.
func (t *T) schedule(policy scx.Policy, opts scx.RunOptions) *session {
	if opts.Name == "" {
		opts.Name = "scenario"
	}
	if opts.Timeout == 0 {
		// A short watchdog: what it would find must not happen.
		opts.Timeout = 5 * time.Second
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &session{t: t, cancel: cancel, done: make(chan error, 1)}
	attached := make(chan *scx.Scheduler, 1)
	hook := opts.OnAttach
	opts.OnAttach = func(sched *scx.Scheduler) {
		if hook != nil {
			hook(sched)
		}
		attached <- sched
	}
	opts.OnDetach = func(sched *scx.Scheduler) {
		s.final, _ = sched.Stats()
		s.exit, _ = sched.ExitInfo()
	}
	go func() { s.done <- scx.Run(ctx, policy, opts) }()
	t.Cleanup(func() { s.stop() })
	select {
	case s.sched = <-attached:
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

// stop detaches, which must go well and leave every record and decision accounted for.
func (s *session) stop() {
	if s.over {
		return
	}
	s.cancel()
	s.t.Check(s.wait(time.Minute), "run the scheduler")
	s.t.expectState("disabled")
	s.t.conserved(s.final)
}

// conserved checks the two sums, which are exact after detach.
func (t *T) conserved(st scx.Stats) {
	t.Logf("queued %d = dispatched %d + rescued %d + gone %d + in flight %d",
		st.Queued, st.Dispatched, st.Rescued, st.Gone, st.InFlight)
	t.Logf("decisions %d = dispatched %d + stale %d + refused %d; congested %d, received %d, retries %d, drains %d, idle %d",
		st.Decisions, st.Dispatched, st.Stale, st.Refused, st.Congested, st.Received, st.Retries, st.Drains, st.IdleDirect)
	if st.Queued != st.Dispatched+st.Rescued+st.Gone+st.InFlight || st.InFlight != 0 {
		t.Errorf("records are not conserved after detach")
	}
	if st.Decisions != st.Dispatched+st.Stale+st.Refused {
		t.Errorf("decisions are not conserved")
	}
	if st.Received > st.Queued {
		t.Errorf("more records received than sent")
	}
}

func (s *session) stats() scx.Stats {
	st, err := s.sched.Stats()
	s.t.Check(err, "read the statistics")
	return st
}

// awaitStats waits until the counters are so.
func (s *session) awaitStats(limit time.Duration, what string, holds func(scx.Stats) bool) {
	s.t.Await(limit, what, func() bool { return holds(s.stats()) })
}

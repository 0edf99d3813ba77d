package scxbridge

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// echo dispatches what it gets, in order.
type echo struct {
	held    []Decision
	maximum int // of Enqueue
	seen    int
	after   func()
}

func (e *echo) Enqueue(tasks []Task) {
	e.maximum = max(e.maximum, len(tasks))
	e.seen += len(tasks)
	for i := range tasks {
		e.held = append(e.held, tasks[i].Decide(AnyCPU))
	}
}

func (e *echo) Dispatch(decisions []Decision) int {
	n := copy(decisions, e.held)
	e.held = e.held[:copy(e.held, e.held[n:])]
	if e.after != nil {
		e.after()
	}
	return n
}

func TestRunRounds(t *testing.T) {
	f := newFake(t)
	for i := 1; i <= 10; i++ {
		f.queue(Task{PID: int32(i), Seq: uint64(i * 10)})
	}
	ctx, cancel := context.WithCancel(context.Background())
	policy := &echo{}
	policy.after = func() {
		if policy.seen == 10 { // the last batch is carried out all the same
			cancel()
		}
	}
	var log bytes.Buffer
	var attached, detached *Scheduler
	err := run(ctx, policy, RunOptions{
		Batch:    4,
		Logger:   slog.New(slog.NewTextHandler(&log, nil)),
		OnAttach: func(s *Scheduler) { attached = s },
		OnDetach: func(s *Scheduler) {
			detached = s
			if stats, err := s.Stats(); err != nil || stats.Decisions != 10 {
				t.Errorf("Stats() in OnDetach = %+v, %v", stats, err)
			}
			if f.attached != 0 {
				t.Error("OnDetach before detach")
			}
		},
	}, openFakes(f))
	if err != nil {
		t.Fatalf("run() = %v", err)
	}
	if attached == nil || attached != detached || !f.closed {
		t.Errorf("attached %p, detached %p, closed %v", attached, detached, f.closed)
	}
	if len(f.decisions) != 10 || f.batches != 3 || policy.maximum != 4 {
		t.Errorf("%d decisions in %d batches, at most %d tasks at a time; want 10 in 3, 4", len(f.decisions), f.batches, policy.maximum)
	}
	for i, d := range f.decisions {
		if d.PID != int32(i+1) || d.Seq != uint64(i+1)*10 || d.CPU != AnyCPU {
			t.Errorf("decision %d = %+v", i, d)
		}
	}
	if !strings.Contains(log.String(), "msg=attached") || !strings.Contains(log.String(), "msg=detached") {
		t.Errorf("log: %s", log.String())
	}
}

func TestRunIsStoppedWhileItWaits(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancelCause(context.Background())
	f.onceBlocked(func() { cancel(errors.New("why not")) })
	if err := run(ctx, &echo{}, RunOptions{}, openFakes(f)); err != nil {
		t.Errorf("run() = %v, want nil", err)
	}
	if err := run(ctx, &echo{}, RunOptions{}, nil); err != nil {
		t.Errorf("run() with a context that is done = %v, want nil", err)
	}
	if f.attached != 0 || !f.closed {
		t.Error("not detached and closed")
	}
}

func TestRunEnded(t *testing.T) {
	f := newFake(t)
	f.onceBlocked(func() {
		f.end(capi.ExitInfo{Kind: capi.ExitErrorStall, Reason: "runnable task stall", Message: "x[1] failed to run for 5.1s"})
	})
	err := run(context.Background(), &echo{}, RunOptions{Restart: true}, openFakes(f))
	var ended *EndedError
	if !errors.Is(err, ErrEnded) || errors.Is(err, ErrRestart) || !errors.As(err, &ended) || ended.Info.Dump != "the dump" {
		t.Fatalf("run() = %v", err)
	}
	want := "scxbridge: the kernel ended the scheduler: runnable task stall: x[1] failed to run for 5.1s"
	if err.Error() != want {
		t.Errorf("error text %q, want %q", err, want)
	}
	if !f.closed {
		t.Error("not closed")
	}
}

func TestRunRestarts(t *testing.T) {
	hotplug := capi.ExitInfo{Kind: capi.ExitUnregKern, Code: capi.EcodeActRestart}
	first, second, third := newFake(t), newFake(t), newFake(t)
	first.end(hotplug)
	if err := run(context.Background(), &echo{}, RunOptions{}, openFakes(first)); !errors.Is(err, ErrRestart) || !errors.Is(err, ErrEnded) {
		t.Errorf("run() = %v, want ErrRestart", err)
	}
	first = newFake(t)
	first.end(hotplug)
	// The second one finds that another CPU has gone when it attaches.
	second.statuses["attach"] = -int32(syscall.ESHUTDOWN)
	second.exit = hotplug
	ctx, cancel := context.WithCancel(context.Background())
	attached := 0
	err := run(ctx, &echo{}, RunOptions{Restart: true, OnAttach: func(*Scheduler) {
		if attached++; attached == 2 {
			cancel()
		}
	}}, openFakes(first, second, third))
	if err != nil || attached != 2 {
		t.Errorf("run() = %v after %d attachments, want nil after 2", err, attached)
	}
	if !first.closed || !second.closed || !third.closed {
		t.Error("not closed")
	}
}

func TestRunCannotStart(t *testing.T) {
	f := newFake(t)
	f.statuses["attach"] = -int32(syscall.EBUSY)
	err := run(context.Background(), &echo{}, RunOptions{OnDetach: func(*Scheduler) { t.Error("OnDetach without OnAttach") }}, openFakes(f))
	var e *Error
	if !errors.Is(err, ErrBusy) || !errors.As(err, &e) || e.Op != "attach" || !f.closed {
		t.Errorf("run() = %v, closed %v", err, f.closed)
	}
	if err := run(context.Background(), &echo{}, RunOptions{Batch: -1}, nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("run() with a negative batch: %v", err)
	}
}

func TestRunCallFails(t *testing.T) {
	f := newFake(t)
	f.statuses["dispatch"] = -int32(syscall.EIO)
	f.queue(Task{PID: 1})
	if err := run(context.Background(), &echo{}, RunOptions{}, openFakes(f)); !errors.Is(err, syscall.EIO) {
		t.Errorf("run() = %v, want EIO", err)
	}
	if f.attached != 0 || !f.closed {
		t.Error("not detached and closed")
	}
}

func TestRunPolicyPanics(t *testing.T) {
	f := newFake(t)
	f.queue(Task{PID: 1})
	detached := false
	err := run(context.Background(), &echo{after: func() { panic(ErrBusy) }}, RunOptions{OnDetach: func(*Scheduler) { detached = true }}, openFakes(f))
	var p *PanicError
	if !errors.As(err, &p) || !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "run_test.go") {
		t.Errorf("run() = %v, want a PanicError with its stack", err)
	}
	if f.attached != 0 || !f.closed || !detached {
		t.Error("not detached and closed")
	}
}

type tooMany struct{ echo }

func (tooMany) Dispatch(d []Decision) int { return len(d) + 1 }

func TestRunPolicyReturnsTooMany(t *testing.T) {
	f := newFake(t)
	f.queue(Task{PID: 1})
	if err := run(context.Background(), &tooMany{}, RunOptions{Batch: 3}, openFakes(f)); err == nil || !strings.Contains(err.Error(), "4 of 3") {
		t.Errorf("run() = %v", err)
	}
}

// holder holds tasks back until its third tick.
type holder struct {
	echo
	ticks int
}

func (h *holder) Tick() time.Duration { h.ticks++; return time.Millisecond }

func (h *holder) Dispatch(d []Decision) int {
	if h.ticks < 3 {
		return 0
	}
	return h.echo.Dispatch(d)
}

func TestRunTicker(t *testing.T) {
	f := newFake(t)
	f.queue(Task{PID: 1})
	ctx, cancel := context.WithCancel(context.Background())
	h := &holder{}
	h.after = cancel
	if err := run(ctx, h, RunOptions{}, openFakes(f)); err != nil {
		t.Fatal(err)
	}
	if len(f.decisions) != 1 || h.ticks < 3 {
		t.Errorf("%d decisions after %d ticks", len(f.decisions), h.ticks)
	}
}

type watcher struct {
	echo
	cpus int
}

func (w *watcher) Observe(s Stats) { w.cpus += s.NrCPUs }

func TestRunObserverAndStats(t *testing.T) {
	f := newFake(t)
	f.queue(Task{PID: 1})
	ctx, cancel := context.WithCancel(context.Background())
	w := &watcher{}
	var stats atomic.Int64
	if err := run(ctx, w, RunOptions{StatsInterval: time.Millisecond, OnStats: func(s Stats) {
		if stats.Add(1) == 3 {
			cancel()
		}
	}}, openFakes(f)); err != nil {
		t.Fatal(err)
	}
	if w.cpus != 2 || stats.Load() < 3 {
		t.Errorf("observed %d CPUs, %d statistics", w.cpus, stats.Load())
	}
}

// A whole round, with all of its parts, allocates nothing.
func TestRoundDoesNotAllocate(t *testing.T) {
	s, f := openFake(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w := &watcher{}
	l := newLoop(s, w, 64)
	records := make([]capi.Task, 64)
	round := func() {
		f.waiting = append(f.waiting[:0], records...)
		f.decisions = f.decisions[:0]
		l.observed = time.Time{}
		if err := l.round(ctx); err != nil {
			t.Fatal(err)
		}
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("allocations per round = %v, want 0", n)
	}
	if len(f.decisions) != 64 {
		t.Errorf("%d decisions, want 64", len(f.decisions))
	}
}

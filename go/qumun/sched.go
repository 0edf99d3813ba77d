package core

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Gthulhu/plugin/plugin"
	scx "github.com/scxbridge/scxbridge/go"
)

// schedulerName is the scheduler's name in /sys/kernel/sched_ext/root/ops.
const schedulerName = "goland"

// kernel is the part of *scx.Scheduler that core uses, or a fake in tests.
type kernel interface {
	Attach() error
	Receive(ctx context.Context, tasks []scx.Task) (int, error)
	TryReceive(tasks []scx.Task) (int, error)
	Dispatch(decisions []scx.Decision) (int, error)
	SelectCPU(pid, prev int32) (int32, error)
	SetPriority(pid int32, level int, slice time.Duration) error
	RemovePriority(pid int32) error
	PreemptCPU(cpu int32) error
	Stats() (scx.Stats, error)
	ExitInfo() (scx.ExitInfo, error)
	Close() error
}

// Sched is a scheduler. Make it with [LoadSched], configure it, then call Start, Attach, and
// Close at the end.
type Sched struct {
	open   func(scx.Options) (kernel, error)
	plugin plugin.CustomScheduler

	// mu guards the fields up to closed. It is never held while a call blocks.
	mu      sync.Mutex
	config  config
	failed  error // why it cannot be attached
	started bool
	closed  bool
	kern    atomic.Pointer[kernel] // set by Start
	nrCPUs  atomic.Uint64          // set by Attach

	in         inbox
	out        outbox
	priorities priorities
}

// loaded is the Sched that the functions without a receiver act on.
var loaded atomic.Pointer[Sched]

var (
	errNotLoaded  = errors.New("qumun: no scheduler is loaded: call LoadSched first")
	errNotStarted = errors.New("qumun: the scheduler is not started: call Start first")
)

// LoadSched makes a scheduler, and does not change the system yet. The path does not matter:
// the kernel side is part of the library.
func LoadSched(objPath string) *Sched {
	return newSched(func(opts scx.Options) (kernel, error) { return scx.Open(opts) })
}

func newSched(open func(scx.Options) (kernel, error)) *Sched {
	s := &Sched{open: open}
	s.in.init()
	loaded.Store(s)
	return s
}

// SetPlugin gives the scheduler its plugin. Call it before the loop begins.
func (s *Sched) SetPlugin(p plugin.CustomScheduler) { s.plugin = p }

// Start loads the kernel side. It returns nothing, so Attach returns its error, such as a
// missing privilege.
func (s *Sched) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		s.fail(errors.New("qumun: start: the scheduler is closed"))
		return
	case s.started:
		s.fail(errors.New("qumun: start: the scheduler is started already"))
		return
	}
	s.started = true
	opts, err := s.config.options()
	if err != nil {
		s.fail(err)
		return
	}
	kern, err := s.open(opts)
	if err != nil {
		s.fail(fmt.Errorf("qumun: start: %w", err))
		return
	}
	s.kern.Store(&kern)
}

// fail keeps the first error for Attach. The caller holds mu.
func (s *Sched) fail(err error) {
	if s.failed == nil {
		s.failed = err
	}
}

// kernel returns the kernel side, or nil before Start or if Start failed.
func (s *Sched) kernel() kernel {
	if k := s.kern.Load(); k != nil {
		return *k
	}
	return nil
}

// Scheduler returns the scheduler that this one is built on, for what this API lacks, such as exact
// counters; nil before Start or if Start failed. Do not receive or dispatch on it: the Sched does.
func (s *Sched) Scheduler() *scx.Scheduler {
	sched, _ := s.kernel().(*scx.Scheduler)
	return sched
}

// Attach makes the scheduler the system's. It fails if Start or a setter failed, and while
// another sched_ext scheduler is active.
func (s *Sched) Attach() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		return s.failed
	}
	k := s.kernel()
	if k == nil {
		return errNotStarted
	}
	if err := k.Attach(); err != nil {
		return fmt.Errorf("qumun: attach: %w", err)
	}
	st, err := k.Stats()
	if err != nil {
		return fmt.Errorf("qumun: attach: count the CPUs: %w", err)
	}
	s.nrCPUs.Store(uint64(st.NrCPUs))
	if s.config.kernelMode {
		return s.priorities.handOver(k)
	}
	return nil
}

// Close returns the machine to the kernel's own scheduler and releases everything. Decisions
// not yet carried out are dropped: their tasks are the kernel's again. A blocked
// BlockTilReadyForDequeue returns. Calling Close again does nothing.
func (s *Sched) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	if k := s.kernel(); k != nil {
		k.Close()
	}
}

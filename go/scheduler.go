package scxbridge

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// library is the library's handle, or a fake in tests. Only the handle knows whether it
// is closed: Close ends blocked calls and waits for the calls under way; all later ones
// fail with ECANCELED.
type library interface {
	priorityCalls
	cgroupCalls
	domainCalls

	Load() int32
	Attach() int32
	Detach() int32
	Receive([]capi.Task) (int, int32)
	ReceiveWait([]capi.Task, int64) (int, int32)
	Wake() int32
	Dispatch([]capi.Decision) (int, int32)
	SelectCPU(pid, prevCPU int32) (int32, int32)
	SelectCPUs([]capi.CPURequest) int32
	LeaseRevoke(pid int32) int32
	Stats() (capi.Stats, int32)
	ExitInfo() (capi.ExitInfo, int32)
	ExitDump() (string, int32)
	ErrorText() string
	Close()
}

// The records are the same in both packages: otherwise these conversions would not compile.
var (
	_ = capi.Task(Task{})
	_ = capi.Decision(Decision{})
	_ = capi.CPURequest(CPURequest{})
)

// asNative returns the same array with the wrapper's element type.
func asNative[N, P Task | Decision | CPURequest | capi.Task | capi.Decision | capi.CPURequest](public []P) []N {
	return unsafe.Slice((*N)(unsafe.Pointer(unsafe.SliceData(public))), len(public))
}

// Scheduler is a scheduler that is loaded into the kernel; [Scheduler.Attach]
// makes it the system's. It owns file descriptors and memory that only
// [Scheduler.Close] releases.
//
// All methods may be called from any goroutine, at any time; after Close they
// return [ErrClosed]. One goroutine at a time may receive.
type Scheduler struct {
	lib   library
	woken atomic.Bool // by the method Wake, not by a context

	receiving sync.Mutex // held, by TryLock, by the receiver; guards the fields below
	watched   <-chan struct{}
	unwatch   func() bool
}

// Open opens the library and loads the scheduler's kernel side, without yet
// attaching it. Nothing on the system changes.
//
// It fails with ErrPermission, ErrNotSupported, ErrInvalid (an option out of
// range), ErrNoLibrary or ErrABI; the error's Detail says more.
func Open(opts Options) (*Scheduler, error) {
	if err := checkLibrary(opOpen); err != nil {
		return nil, err
	}
	o, err := opts.native(capi.Defaults())
	if err != nil {
		return nil, err
	}
	h, status, text := capi.Open(o)
	if status < 0 {
		return nil, optionError(status, text)
	}
	return load(h)
}

// Adopt takes over the pinned scheduler called name, whose agent was killed, or
// closed its Scheduler for an upgrade. This process becomes its agent. The
// Scheduler is attached, and receives the records that wait.
//
// It fails with ErrBusy (the agent is alive), ErrEnded (the kernel has ended it),
// ErrNotSupported (a library of another layout made it), fs.ErrNotExist (none is
// pinned under this name) or ErrPermission.
func Adopt(name string) (*Scheduler, error) {
	if err := checkLibrary(opAdopt); err != nil {
		return nil, err
	}
	h, status, text := capi.Adopt(name)
	if status < 0 {
		return nil, newError(opAdopt, status, text)
	}
	return newScheduler(h), nil
}

// DetachPinned detaches the pinned scheduler called name, which has no agent, and
// removes its pins, even if the kernel has ended it. Otherwise it fails as Adopt does.
func DetachPinned(name string) error {
	if err := checkLibrary(opDetach); err != nil {
		return err
	}
	if status, text := capi.DetachPinned(name); status < 0 {
		return newError(opDetach, status, text)
	}
	return nil
}

// LibraryVersion returns the version of the linked library; nothing without one, see [ErrNoLibrary].
func LibraryVersion() string { return capi.Version() }

// checkLibrary reports whether there is a library, and one that this package can use.
func checkLibrary(op string) error {
	if capi.Missing != "" {
		return &Error{Op: op, Detail: op + ": " + capi.Missing, is: ErrNoLibrary}
	}
	return checkABI(capi.ABIVersion())
}

func checkABI(version uint32) error {
	if major := version >> 16; major != capi.ABIMajor {
		return &Error{
			Op:     opOpen,
			Detail: fmt.Sprintf("the library has ABI major %d, this program was built for %d", major, capi.ABIMajor),
			is:     ErrABI,
		}
	}
	return nil
}

// load takes ownership of an open handle.
func load(lib library) (*Scheduler, error) {
	s := newScheduler(lib)
	if err := s.call(opLoad, lib.Load); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func newScheduler(lib library) *Scheduler {
	return &Scheduler{lib: lib}
}

// call makes a native call that has no result.
func (s *Scheduler) call(op string, f func() int32) error {
	return s.check(op, f())
}

// check turns a status into an error. The text is that of the handle's last error, which
// may be that of another goroutine's call that fails at the same time.
func (s *Scheduler) check(op string, status int32) error {
	if status >= 0 {
		return nil
	}
	if syscall.Errno(-status) == syscall.ECANCELED {
		return newError(op, status, "") // ErrClosed says it all
	}
	return newError(op, status, s.lib.ErrorText())
}

// Attach makes the scheduler the system's: from now on tasks are parked and
// records flow. It fails with ErrBusy while another sched_ext scheduler is
// active.
//
// If the goroutine that will receive is locked to its thread, call Attach on that thread.
func (s *Scheduler) Attach() error { return s.call(opAttach, s.lib.Attach) }

// Detach returns the machine to the kernel's own scheduler. The Scheduler stays
// loaded: its counters can be read, and it can be attached again. A blocked
// Receive ends with ErrNotAttached.
func (s *Scheduler) Detach() error { return s.call(opDetach, s.lib.Detach) }

// Receive copies the records of waiting tasks into tasks and returns how many.
// If there are any, it makes no system call; otherwise it blocks until there are.
// Only [Scheduler.Wake] makes it return 0 and no error.
//
// It fails with ctx.Err() when ctx is done, ErrEnded when the kernel ended the
// scheduler, ErrClosed when it is closed, even while Receive blocks, ErrNotAttached,
// and ErrBusy if another goroutine receives. It allocates nothing as long as the
// context's Done channel is the same as in the call before.
func (s *Scheduler) Receive(ctx context.Context, tasks []Task) (int, error) {
	return s.receive(ctx, -1, tasks)
}

// TryReceive is Receive that never blocks: no record is 0 and no error.
func (s *Scheduler) TryReceive(tasks []Task) (int, error) {
	if !s.receiving.TryLock() {
		return 0, errReceiving
	}
	defer s.receiving.Unlock()
	n, status := s.lib.Receive(asNative[capi.Task](tasks))
	return n, s.check(opReceive, status)
}

// receive waits at most until the timeout; a negative one is no limit.
func (s *Scheduler) receive(ctx context.Context, timeout time.Duration, tasks []Task) (int, error) {
	if len(tasks) == 0 {
		return 0, invalid(opReceive, "no room for a record")
	}
	if !s.receiving.TryLock() {
		return 0, errReceiving
	}
	defer s.receiving.Unlock()

	s.watch(ctx)
	for {
		// Look before each try, so that a flood of records cannot hide the context's end.
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, status := s.lib.ReceiveWait(asNative[capi.Task](tasks), int64(timeout))
		switch syscall.Errno(-status) {
		case 0:
			return n, nil
		case syscall.EINTR:
			// If the context's end woke it, the check above sees that; if Detach did, the next try fails.
			if s.woken.Swap(false) {
				return 0, nil
			}
		case syscall.ETIMEDOUT:
			return 0, nil
		case syscall.ECANCELED:
			s.watch(context.Background())
			fallthrough
		default:
			return 0, s.check(opReceive, status)
		}
	}
}

// watch lets the context's end wake the receiver. The registration stays until
// another context comes, so that a steady caller pays for it once. The Done
// channel stands for the context: not every context can be compared.
func (s *Scheduler) watch(ctx context.Context) {
	done := ctx.Done()
	if done == s.watched {
		return
	}
	if s.unwatch != nil {
		s.unwatch()
		s.unwatch = nil
	}
	s.watched = done
	if done != nil {
		s.unwatch = context.AfterFunc(ctx, s.nudge)
	}
}

// nudge ends the present or next wait, so that the receiver looks at its context.
func (s *Scheduler) nudge() { s.lib.Wake() }

// Wake makes the Receive that blocks, or else the next one, return 0 and no error.
// Records that wait then are left to the Receive after it.
func (s *Scheduler) Wake() error {
	s.woken.Store(true)
	return s.check(opWake, s.lib.Wake())
}

// Dispatch carries out decisions, all of them with one system call if they fit
// the ring, and returns how many were accepted: fewer only with an error. A
// decision that comes too late is no error, see [Decision]. Dispatch does not keep
// the slice and never blocks. It fails with ErrNotAttached, ErrEnded, ErrClosed,
// and ErrBusy if another goroutine is in Dispatch.
func (s *Scheduler) Dispatch(decisions []Decision) (int, error) {
	n, status := s.lib.Dispatch(asNative[capi.Decision](decisions))
	return n, s.check(opDispatch, status)
}

// SelectCPU finds an idle CPU that the task may use, close to prev (-1: the CPU
// it last ran on), and marks it busy. It is one system call; prefer [PickIdle],
// which costs none, or [Scheduler.SelectCPUs]. It fails with ErrNoIdleCPU and
// ErrNoSuchTask, without allocating.
func (s *Scheduler) SelectCPU(pid, prev int32) (int32, error) {
	cpu, status := s.lib.SelectCPU(pid, prev)
	switch syscall.Errno(-status) {
	case 0:
		return cpu, nil
	case syscall.EBUSY:
		return -1, errNoIdleCPU
	case syscall.ESRCH:
		return -1, errNoSuchTask
	}
	return -1, s.check(opSelectCPU, status)
}

// SelectCPUs answers many requests in one system call: see [CPURequest]. The
// error is for the call as a whole; each request has its own.
func (s *Scheduler) SelectCPUs(requests []CPURequest) error {
	return s.check(opSelectCPUs, s.lib.SelectCPUs(asNative[capi.CPURequest](requests)))
}

// RevokeLease ends the lease of a task at once: the next time that the task wants
// to run, there is a record. It is no error if the task has no lease. It is one
// system call, and fails with ErrNoSuchTask, without allocating.
func (s *Scheduler) RevokeLease(pid int32) error {
	if pid <= 0 {
		return invalid(opRevoke, "pid %d is not positive", pid)
	}
	return s.revoke(pid)
}

// RevokeLeases ends all leases at once, see [Scheduler.RevokeLease].
func (s *Scheduler) RevokeLeases() error { return s.revoke(0) }

func (s *Scheduler) revoke(pid int32) error {
	status := s.lib.LeaseRevoke(pid)
	if syscall.Errno(-status) == syscall.ESRCH {
		return errRevokeNoTask
	}
	return s.check(opRevoke, status)
}

// Stats reads the counters; it works even after Detach and after the scheduler ended.
func (s *Scheduler) Stats() (Stats, error) {
	c, status := s.lib.Stats()
	if status < 0 {
		return Stats{}, s.check(opStats, status)
	}
	return newStats(&c), nil
}

// ExitInfo says how and why the scheduler ended; Kind is [ExitNone] while it
// runs.
func (s *Scheduler) ExitInfo() (ExitInfo, error) {
	c, status := s.lib.ExitInfo()
	if status < 0 {
		return ExitInfo{}, s.check(opExit, status)
	}
	info := ExitInfo{Kind: ExitKind(c.Kind), Code: c.Code, Reason: c.Reason, Message: c.Message}
	if info.Kind != ExitNone {
		dump, status := s.lib.ExitDump()
		if status < 0 {
			return info, s.check(opExit, status)
		}
		info.Dump = dump
	}
	return info, nil
}

// Close detaches, if attached, and releases all that the Scheduler owns. It ends
// a blocked Receive and waits for calls under way. Calling it again only waits
// for a Close under way. It never fails.
func (s *Scheduler) Close() error {
	s.lib.Close()
	// A receiver is on its way out.
	s.receiving.Lock()
	defer s.receiving.Unlock()
	s.watch(context.Background())
	return nil
}

package scxbridge

import (
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

const (
	statusEnded   = -int32(syscall.ESHUTDOWN)
	statusTimeout = -int32(syscall.ETIMEDOUT)
	statusWoken   = -int32(syscall.EINTR)
	statusClosed  = -int32(syscall.ECANCELED)
)

// fake stands in for the library: records go in, and decisions come out.
// Like the library it allocates nothing while it runs.
type fake struct {
	t *testing.T

	mu        sync.Mutex
	waiting   []capi.Task
	decisions []capi.Decision
	batches   int
	revoked   []int32
	attached  int
	ended     bool
	exit      capi.ExitInfo
	domains   capi.Domains
	statuses  map[string]int32 // to fail a call

	calls   sync.RWMutex  // read-locked by each call under way
	closed  bool          // for good; guarded by calls
	closing chan struct{} // ends a wait
	close   sync.Once

	wake    chan struct{} // holds a wake that came before the wait
	news    chan struct{}
	blocked chan struct{} // holds that a call found nothing, and waits
}

func newFake(t *testing.T) *fake {
	return &fake{
		t: t, statuses: map[string]int32{}, closing: make(chan struct{}),
		wake: make(chan struct{}, 1), news: make(chan struct{}, 1), blocked: make(chan struct{}, 1),
	}
}

// onceBlocked makes the call from another goroutine once a call waits for records.
func (f *fake) onceBlocked(call func()) {
	select {
	case <-f.blocked: // an earlier one
	default:
	}
	go func() {
		<-f.blocked
		call()
	}()
}

// openFakes returns an open function for run that hands out these fakes in turn.
func openFakes(fakes ...*fake) func(Options) (*Scheduler, error) {
	return func(Options) (*Scheduler, error) {
		f := fakes[0]
		fakes = fakes[1:]
		return load(f)
	}
}

func openFake(t *testing.T) (*Scheduler, *fake) {
	t.Helper()
	f := newFake(t)
	s, err := load(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Attach(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		if !f.closed {
			t.Error("the handle was left open")
		}
	})
	return s, f
}

// enter begins a call and returns the status that it is to return.
func (f *fake) enter(op string) int32 {
	f.calls.RLock()
	if f.closed {
		return statusClosed
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.statuses[op]
}

func (f *fake) leave() { f.calls.RUnlock() }

func (f *fake) Load() int32 { defer f.leave(); return f.enter("load") }

func (f *fake) Attach() int32 {
	status := f.enter("attach")
	defer f.leave()
	if status == 0 {
		f.mu.Lock()
		f.attached++
		f.mu.Unlock()
	}
	return status
}

func (f *fake) Detach() int32 {
	status := f.enter("detach")
	defer f.leave()
	if status == 0 {
		f.mu.Lock()
		f.attached = 0
		f.mu.Unlock()
	}
	return status
}

func (f *fake) queue(tasks ...Task) {
	f.mu.Lock()
	for _, t := range tasks {
		f.waiting = append(f.waiting, capi.Task(t))
	}
	f.mu.Unlock()
	f.signal()
}

func (f *fake) end(info capi.ExitInfo) {
	f.mu.Lock()
	f.ended, f.exit = true, info
	f.mu.Unlock()
	f.signal()
}

func (f *fake) signal() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

func (f *fake) Receive(tasks []capi.Task) (int, int32) {
	status := f.enter("receive")
	defer f.leave()
	return f.take(tasks, status)
}

func (f *fake) take(tasks []capi.Task, status int32) (int, int32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case status != 0:
		return 0, status
	case f.ended:
		return 0, statusEnded
	}
	n := copy(tasks, f.waiting)
	f.waiting = f.waiting[:copy(f.waiting, f.waiting[n:])]
	return n, 0
}

func (f *fake) ReceiveWait(tasks []capi.Task, timeoutNS int64) (int, int32) {
	status := f.enter("receive")
	defer f.leave()
	var after <-chan time.Time
	if timeoutNS >= 0 {
		after = time.After(time.Duration(timeoutNS))
	}
	for status == 0 {
		select { // a wake comes before records
		case <-f.wake:
			return 0, statusWoken
		default:
		}
		if n, status := f.take(tasks, 0); n > 0 || status != 0 {
			return n, status
		}
		select {
		case f.blocked <- struct{}{}:
		default:
		}
		select {
		case <-f.closing:
			status = statusClosed
		case <-f.wake:
			status = statusWoken
		case <-f.news:
		case <-after:
			status = statusTimeout
		}
	}
	return 0, status
}

func (f *fake) Wake() int32 {
	select {
	case <-f.closing: // Wake does not wait for a Close under way
		return statusClosed
	default:
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
	return 0
}

func (f *fake) Dispatch(decisions []capi.Decision) (int, int32) {
	status := f.enter("dispatch")
	defer f.leave()
	f.mu.Lock()
	defer f.mu.Unlock()
	if status != 0 {
		return 0, status
	}
	f.batches++
	f.decisions = append(f.decisions, decisions...)
	return len(decisions), 0
}

func (f *fake) SelectCPU(pid, prev int32) (int32, int32) {
	defer f.leave()
	return prev, f.enter("select")
}

func (f *fake) SelectCPUs(requests []capi.CPURequest) int32 {
	defer f.leave()
	for i := range requests {
		requests[i].CPU = int32(i) - 1
	}
	return f.enter("selects")
}

func (f *fake) LeaseRevoke(pid int32) int32 {
	defer f.leave()
	f.revoked = append(f.revoked, pid)
	if pid == 404 {
		f.enter("revokes")
		return -int32(syscall.ESRCH)
	}
	return f.enter("revokes")
}

func (f *fake) Stats() (capi.Stats, int32) {
	status := f.enter("stats")
	defer f.leave()
	f.mu.Lock()
	defer f.mu.Unlock()
	return capi.Stats{NrCPUs: 2, Decisions: uint64(len(f.decisions))}, status
}

func (f *fake) ExitInfo() (capi.ExitInfo, int32) {
	status := f.enter("exit")
	defer f.leave()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.exit, status
}

func (f *fake) ExitDump() (string, int32) { return "the dump", 0 }

func (f *fake) ErrorText() string { return "the library's text" }

func (f *fake) Close() {
	f.close.Do(func() { close(f.closing) })
	f.calls.Lock()
	defer f.calls.Unlock()
	f.closed = true
}

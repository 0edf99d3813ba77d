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
)

// fake stands for the library: records are put into it, and decisions come out.
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
	inside    int // calls under way
	closed    bool
	statuses  map[string]int32 // to fail a call

	wake chan struct{} // holds a wake that came before the wait
	news chan struct{}
}

func newFake(t *testing.T) *fake {
	return &fake{t: t, statuses: map[string]int32{}, wake: make(chan struct{}, 1), news: make(chan struct{}, 1)}
}

// fakes returns an open function for run that gives out these fakes in turn.
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

// enter is called by each method, and checks what the library demands.
func (f *fake) enter(op string) int32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		f.t.Errorf("%s after close", op)
	}
	f.inside++
	return f.statuses[op]
}

func (f *fake) leave() {
	f.mu.Lock()
	f.inside--
	f.mu.Unlock()
}

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
	f.mu.Lock()
	f.attached = 0
	f.mu.Unlock()
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
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return 0, statusEnded
	}
	n := copy(tasks, f.waiting)
	f.waiting = f.waiting[:copy(f.waiting, f.waiting[n:])]
	return n, status
}

func (f *fake) Wait(timeoutNS int64) int32 {
	status := f.enter("wait")
	defer f.leave()
	if status != 0 {
		return status
	}
	var after <-chan time.Time
	if timeoutNS >= 0 {
		after = time.After(time.Duration(timeoutNS))
	}
	select {
	case <-f.wake:
		return statusWoken
	case <-f.news:
		return 0
	case <-after:
		return statusTimeout
	}
}

func (f *fake) Wake() int32 {
	status := f.enter("wake")
	defer f.leave()
	select {
	case f.wake <- struct{}{}:
	default:
	}
	return status
}

func (f *fake) Dispatch(decisions []capi.Decision) (int, int32) {
	status := f.enter("dispatch")
	defer f.leave()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.batches++
	f.decisions = append(f.decisions, decisions...)
	return len(decisions), status
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

func (f *fake) RevokeLease(pid int32) int32 {
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
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		f.t.Error("closed twice")
	}
	if f.inside != 0 {
		f.t.Errorf("closed with %d calls under way", f.inside)
	}
	f.closed = true
}

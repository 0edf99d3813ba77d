package scxbridge

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// TestMain fails on a library handle that a test left open.
func TestMain(m *testing.M) {
	code := m.Run()
	if n := capi.Live(); n != 0 {
		println("leaked library handles:", n)
		code = 1
	}
	os.Exit(code)
}

func TestReceive(t *testing.T) {
	s, f := openFake(t)
	tasks := make([]Task, 2)
	if n, err := s.TryReceive(tasks); n != 0 || err != nil {
		t.Fatalf("TryReceive() of nothing = %d, %v", n, err)
	}
	f.queue(Task{PID: 1}, Task{PID: 2}, Task{PID: 3})
	if n, err := s.Receive(context.Background(), tasks); n != 2 || err != nil || tasks[1].PID != 2 {
		t.Fatalf("Receive() = %d, %v, %v", n, err, tasks)
	}
	if n, err := s.TryReceive(tasks); n != 1 || err != nil || tasks[0].PID != 3 {
		t.Fatalf("TryReceive() = %d, %v, %v", n, err, tasks)
	}
	f.onceBlocked(func() { f.queue(Task{PID: 4}) })
	if n, err := s.Receive(context.Background(), tasks); n != 1 || err != nil || tasks[0].PID != 4 {
		t.Fatalf("Receive() that blocks = %d, %v, %v", n, err, tasks)
	}
	if _, err := s.Receive(context.Background(), nil); !errors.Is(err, ErrInvalid) {
		t.Errorf("Receive() without room: %v, want ErrInvalid", err)
	}
}

func TestReceiveContext(t *testing.T) {
	s, f := openFake(t)
	tasks := make([]Task, 1)
	for i := 0; i < 3; i++ {
		ctx, cancel := context.WithCancel(context.Background())
		f.onceBlocked(cancel)
		if n, err := s.Receive(ctx, tasks); n != 0 || err != context.Canceled {
			t.Fatalf("Receive() = %d, %v; want context.Canceled", n, err)
		}
		// Even if records wait.
		f.queue(Task{PID: 1})
		if _, err := s.Receive(ctx, tasks); err != context.Canceled {
			t.Fatalf("Receive() with a context that is done: %v", err)
		}
		// The next Receive does not notice.
		if n, err := s.Receive(context.Background(), tasks); n != 1 || err != nil {
			t.Fatalf("Receive() afterwards = %d, %v", n, err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	if _, err := s.Receive(ctx, tasks); err != context.DeadlineExceeded {
		t.Errorf("Receive() past its deadline: %v", err)
	}
}

func TestWake(t *testing.T) {
	s, f := openFake(t)
	tasks := make([]Task, 1)
	if err := s.Wake(); err != nil { // before the wait
		t.Fatal(err)
	}
	if n, err := s.Receive(context.Background(), tasks); n != 0 || err != nil {
		t.Fatalf("Receive() after Wake() = %d, %v", n, err)
	}
	f.onceBlocked(func() { s.Wake() })
	if n, err := s.Receive(context.Background(), tasks); n != 0 || err != nil {
		t.Fatalf("Receive() = %d, %v", n, err)
	}
}

// A context that ends after its Receive does not wake the next one.
func TestLateContextDoesNotWake(t *testing.T) {
	s, f := openFake(t)
	tasks := make([]Task, 1)
	ctx, cancel := context.WithCancel(context.Background())
	f.queue(Task{PID: 1})
	if _, err := s.Receive(ctx, tasks); err != nil {
		t.Fatal(err)
	}
	cancel()
	f.onceBlocked(func() { f.queue(Task{PID: 2}) })
	if n, err := s.Receive(context.Background(), tasks); n != 1 || err != nil {
		t.Fatalf("Receive() = %d, %v; want 1, nil", n, err)
	}
}

// After Close, no context refers to the Scheduler any more.
func TestClosedIsForgotten(t *testing.T) {
	s, f := openFake(t)
	tasks := make([]Task, 1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	f.queue(Task{PID: 1})
	if _, err := s.Receive(ctx, tasks); err != nil || s.unwatch == nil {
		t.Fatalf("Receive() = %v; watches the context: %v", err, s.unwatch != nil)
	}
	s.Close()
	if s.unwatch != nil {
		t.Error("the context is watched after Close")
	}
	if _, err := s.Receive(ctx, tasks); !errors.Is(err, ErrClosed) || s.unwatch != nil {
		t.Errorf("Receive() after Close = %v; watches the context: %v", err, s.unwatch != nil)
	}
}

// A wake is seen before records that wait; the next Receive returns those.
func TestWakeGoesFirst(t *testing.T) {
	s, f := openFake(t)
	tasks := make([]Task, 1)
	f.queue(Task{PID: 1})
	s.Wake()
	if n, err := s.Receive(context.Background(), tasks); n != 0 || err != nil {
		t.Errorf("Receive() after Wake() = %d, %v", n, err)
	}
	if n, err := s.Receive(context.Background(), tasks); n != 1 || err != nil {
		t.Errorf("Receive() of what waited = %d, %v", n, err)
	}
}

func TestOneReceiver(t *testing.T) {
	s, f := openFake(t)
	done := make(chan error)
	go func() {
		for {
			_, err := s.Receive(context.Background(), make([]Task, 1))
			if !errors.Is(err, ErrBusy) { // this goroutine received, not the loop below
				done <- err
				return
			}
		}
	}()
	tasks := make([]Task, 1)
	for {
		_, err := s.TryReceive(tasks)
		if errors.Is(err, ErrBusy) && errors.Is(err, syscall.EBUSY) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	f.queue(Task{PID: 1})
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestCloseUnblocksAndIsIdempotent(t *testing.T) {
	for i := 0; i < 50; i++ {
		s, _ := openFake(t)
		var wg sync.WaitGroup
		for j := 0; j < 3; j++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for {
					_, err := s.Receive(context.Background(), make([]Task, 1))
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil && !errors.Is(err, ErrBusy) {
						t.Errorf("Receive() during Close: %v", err)
						return
					}
				}
			}()
			wg.Add(1)
			go func() {
				defer wg.Done()
				for {
					if _, err := s.Stats(); err != nil {
						if !errors.Is(err, ErrClosed) {
							t.Errorf("Stats() during Close: %v", err)
						}
						return
					}
				}
			}()
		}
		time.Sleep(time.Millisecond)
		for j := 0; j < 2; j++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				if err := s.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
			}()
		}
		wg.Wait()
	}
}

func TestAllAfterClose(t *testing.T) {
	s, _ := openFake(t)
	s.Close()
	_, errReceive := s.Receive(context.Background(), make([]Task, 1))
	_, errTry := s.TryReceive(make([]Task, 1))
	_, errDispatch := s.Dispatch(make([]Decision, 1))
	_, errCPU := s.SelectCPU(1, -1)
	_, errStats := s.Stats()
	_, errExit := s.ExitInfo()
	_, errNothing := s.Dispatch(nil)
	for i, err := range []error{s.Attach(), s.Detach(), s.Wake(), s.SelectCPUs(make([]CPURequest, 1)), s.SelectCPUs(nil), errNothing, errReceive, errTry, errDispatch, errCPU, errStats, errExit} {
		var e *Error
		if !errors.Is(err, ErrClosed) || !errors.Is(err, os.ErrClosed) || !errors.As(err, &e) || e.Op == "" {
			t.Errorf("call %d after Close: %v, want ErrClosed", i, err)
		}
	}
}

func TestLoadFailureCloses(t *testing.T) {
	f := newFake(t)
	f.statuses["load"] = -int32(syscall.EPERM)
	s, err := load(f)
	if s != nil || !errors.Is(err, ErrPermission) || err.Error() != "scxbridge: the library's text" {
		t.Errorf("load() = %v, %v", s, err)
	}
	if !f.closed {
		t.Error("the handle was left open")
	}
}

func TestSelectCPU(t *testing.T) {
	s, f := openFake(t)
	if cpu, err := s.SelectCPU(1, 3); cpu != 3 || err != nil {
		t.Errorf("SelectCPU() = %d, %v", cpu, err)
	}
	for errno, want := range map[syscall.Errno]error{syscall.EBUSY: ErrNoIdleCPU, syscall.ESRCH: ErrNoSuchTask, syscall.EINVAL: ErrInvalid} {
		f.statuses["select"] = -int32(errno)
		if cpu, err := s.SelectCPU(1, 3); cpu >= 0 || !errors.Is(err, want) || !errors.Is(err, errno) {
			t.Errorf("SelectCPU() with %v = %d, %v; want %v", errno, cpu, err, want)
		}
	}
	requests := make([]CPURequest, 3)
	if err := s.SelectCPUs(requests); err != nil || requests[2].CPU != 1 || requests[2].Err() != nil {
		t.Errorf("SelectCPUs() = %v, %v", err, requests)
	}
	for errno, want := range map[syscall.Errno]error{syscall.EBUSY: ErrNoIdleCPU, syscall.ESRCH: ErrNoSuchTask, syscall.EINVAL: ErrInvalid} {
		if err := (&CPURequest{CPU: -int32(errno)}).Err(); !errors.Is(err, want) {
			t.Errorf("Err() of -%v = %v, want %v", errno, err, want)
		}
	}
}

func TestExitInfo(t *testing.T) {
	s, f := openFake(t)
	if info, err := s.ExitInfo(); err != nil || info.Kind != ExitNone || info.Dump != "" || info.RestartRequested() {
		t.Errorf("ExitInfo() while it runs = %+v, %v", info, err)
	}
	f.end(capi.ExitInfo{Kind: capi.ExitUnregKern, Code: capi.EcodeActRestart, Reason: "r", Message: "m"})
	if info, err := s.ExitInfo(); err != nil || info.Kind != ExitUnregKern || info.Dump != "the dump" || !info.RestartRequested() {
		t.Errorf("ExitInfo() = %+v, %v", info, err)
	}
	if _, err := s.Receive(context.Background(), make([]Task, 1)); !errors.Is(err, ErrEnded) {
		t.Errorf("Receive() after the end: %v", err)
	}
}

// A hand-written loop allocates nothing in its steady state, even with a context
// that can be cancelled, whether it waits or not; nor do the errors that a
// healthy scheduler meets.
func TestCallsDoNotAllocate(t *testing.T) {
	s, f := openFake(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tasks, decisions := make([]Task, 8), make([]Decision, 8)
	requests := make([]CPURequest, 8)
	var wakes atomic.Int64
	round := func() {
		f.waiting = append(f.waiting[:0], make([]capi.Task, 8)...)
		if wakes.Add(1)%2 == 0 {
			s.Wake()
			f.waiting = f.waiting[:0]
		}
		n, err := s.Receive(ctx, tasks)
		if err != nil {
			t.Fatal(err)
		}
		for i := range tasks[:n] {
			decisions[i] = tasks[i].Decide(PickIdle)
		}
		f.decisions = f.decisions[:0]
		if _, err := s.Dispatch(decisions[:n]); err != nil {
			t.Fatal(err)
		}
		s.SelectCPU(1, -1)
		s.SelectCPUs(requests)
		s.Stats()
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("allocations per round = %v, want 0", n)
	}
	f.statuses["select"] = -int32(syscall.EBUSY)
	if n := testing.AllocsPerRun(100, func() { s.SelectCPU(1, -1) }); n != 0 {
		t.Errorf("allocations of ErrNoIdleCPU = %v, want 0", n)
	}
}

func TestABIMismatch(t *testing.T) {
	if err := checkABI(capi.ABIMajor<<16 | 99); err != nil {
		t.Errorf("a newer minor is refused: %v", err)
	}
	if err := checkABI((capi.ABIMajor + 1) << 16); !errors.Is(err, ErrABI) {
		t.Errorf("another major: %v, want ErrABI", err)
	}
}

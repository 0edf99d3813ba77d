package core

import (
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Gthulhu/plugin/models"
	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/qumun/internal/enums"
)

func TestSettersBecomeOptions(t *testing.T) {
	_, f := start(t)
	if o := f.opts; o.Name != "goland" || !o.NoBuiltinIdle || o.Debug || o.Slice != 0 || o.Timeout != 5*time.Second {
		t.Errorf("unset: %+v", o)
	}
	_, f = start(t, func(s *Sched) {
		s.SetBuiltinIdle(true)
		s.SetDebug(true)
		s.SetDefaultSlice(7_000_000)
		s.SetEarlyProcessing(true)
		s.DisableMaxTimeWatchdog()
	})
	if o := f.opts; o.NoBuiltinIdle || !o.Debug || o.Slice != 7*time.Millisecond || o.Timeout != 30*time.Second {
		t.Errorf("set: %+v", o)
	}
}

func TestStartsErrorsComeFromAttach(t *testing.T) {
	denied := errors.New("denied")
	s := newSched(func(scx.Options) (kernel, error) { return nil, denied })
	if err := s.Attach(); err != errNotStarted {
		t.Errorf("before Start: %v", err)
	}
	s.Start()
	if err := s.Attach(); !errors.Is(err, denied) {
		t.Errorf("after it failed: %v", err)
	}
	s.Close()

	s, _ = start(t)
	s.SetDebug(true)
	if err := s.Attach(); err == nil || !strings.Contains(err.Error(), "SetDebug must be called before Start") {
		t.Errorf("a setter after Start: %v", err)
	}

	s = newSched(nil)
	s.SetDefaultSlice(math.MaxUint64)
	s.Start()
	if err := s.Attach(); err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("an impossible slice: %v", err)
	}
}

func TestCallsOutOfOrder(t *testing.T) {
	s := newSched(nil)
	var task models.QueuedTask
	if s.DequeueTask(&task); task.Pid != -1 {
		t.Errorf("dequeued %+v", task)
	}
	if s.ReadyForDequeue() || s.GetNrQueued() != 0 || !s.Stopped() {
		t.Error("a scheduler that was not started has tasks or runs")
	}
	if err := s.DispatchTask(&DispatchedTask{Pid: 1}); err != nil {
		t.Errorf("collecting fails: %v", err)
	}
	if err := NotifyComplete(0); err != errNotStarted {
		t.Errorf("carrying out: %v", err)
	}
	for _, err := range []error{s.DispatchTask(nil), third(s.GetBssData()), third(s.GetUeiData()), third(s.GetRoData()), first(s.DefaultSelectCPU(&task)), s.PreemptCpu(0)} {
		if err == nil {
			t.Error("a call before Start succeeds")
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.BlockTilReadyForDequeue(ctx)
	s.Close()
	s.Close()
	s.Start()
	if err := s.Attach(); err == nil {
		t.Error("attached after Close")
	}
	loaded.Store(nil)
	if err := NotifyComplete(0); err != errNotLoaded {
		t.Errorf("without a scheduler: %v", err)
	}
	if GetNrQueued() != 0 || GetNrScheduled() != 0 || GetUserSchedPid() != 0 {
		t.Error("without a scheduler there is something")
	}
}

func third[T any](_ T, err error) error { return err }
func first[T any](err error, _ T) error { return err }

func TestOnlyThisProcessDecides(t *testing.T) {
	s := newSched(nil)
	if err := s.AssignUserSchedPid(1); err == nil {
		t.Error("another process was assigned")
	}
	if err := s.AssignUserSchedPid(os.Getpid()); err != nil || GetUserSchedPid() != os.Getpid() {
		t.Errorf("%v, %d", err, GetUserSchedPid())
	}
}

func TestDequeueConverts(t *testing.T) {
	s, f := start(t)
	f.queue(scx.Task{PID: 7, TGID: 6, CPU: 3, NrCPUsAllowed: 2, Flags: scx.EnqWakeup, StartTS: 100, StopTS: 150,
		ExecRuntime: 40, Weight: 200, VTime: 9, Seq: 5},
		scx.Task{PID: 8, Flags: scx.EnqReenq, StartTS: 100, StopTS: 90, Seq: 6})
	got := dequeue(s)
	want := []models.QueuedTask{
		{Pid: 7, Tgid: 6, Cpu: 3, NrCpusAllowed: 2, Flags: 1, StartTs: 100, StopTs: 150, SumExecRuntime: 40, Weight: 200, Vtime: 9},
		// Programs divide by Weight, so it is not 0, and subtract StartTs from StopTs, so StopTs is not less.
		{Pid: 8, Flags: enums.EnqReenq, StartTs: 100, StopTs: 100, Weight: 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDispatchConverts(t *testing.T) {
	s, f := start(t)
	f.queue(task(7, 70))
	q := dequeue(s)[0]
	for _, d := range []DispatchedTask{
		{Pid: 7, Cpu: 1, SliceNs: 5, Vtime: 9},
		{Pid: 7, Cpu: RL_CPU_ANY, Vtime: 1},
		{Pid: 7, Cpu: -22, Vtime: 1},
		{Pid: 7, Cpu: 1, Flags: enums.EnqPreempt | enums.EnqWakeup, Vtime: 1},
		{Pid: 8, Cpu: 0, Vtime: 1},
	} {
		if err := s.DispatchTask(&d); err != nil {
			t.Fatal(err)
		}
	}
	s.DispatchTask(NewDispatchedTask(&q))
	if err := NotifyComplete(0); err != nil {
		t.Fatal(err)
	}
	got, batches := f.decisions()
	want := []scx.Decision{
		{PID: 7, CPU: 1, SliceNS: 5, VTime: 9, Seq: 70},
		{PID: 7, CPU: scx.AnyCPU, VTime: 1, Seq: 70},
		{PID: 7, CPU: scx.AnyCPU, VTime: 1, Seq: 70},
		{PID: 7, CPU: 1, VTime: 1, Flags: scx.Preempt, Seq: 70},
		{PID: 8, CPU: 0, VTime: 1, Seq: noTask},
		{PID: 7, CPU: 0, Seq: 70},
	}
	if !slices.Equal(got, want) || batches != 1 {
		t.Errorf("in %d batches: got  %+v\nwant %+v", batches, got, want)
	}
}

// A task that was run without a decision and queued again has two records: the decision is for
// the newer one, whichever the program looked at.
func TestDecisionIsForTheNewestRecord(t *testing.T) {
	s, f := start(t)
	f.queue(task(7, 70), task(8, 80), task(7, 71))
	for _, q := range dequeue(s) {
		s.DispatchTask(NewDispatchedTask(&q))
	}
	NotifyComplete(0)
	got, _ := f.decisions()
	if len(got) != 3 || got[0].Seq != 71 || got[1].Seq != 80 || got[2].Seq != 71 {
		t.Errorf("%+v", got)
	}
}

func TestSequencesAreBounded(t *testing.T) {
	var q sequences
	q.init()
	for pid := int32(1); pid <= 3*generation; pid++ {
		q.set(pid, uint64(pid)+10)
	}
	if n := len(q.young) + len(q.old); n > 2*generation {
		t.Errorf("%d are remembered", n)
	}
	for _, pid := range []int32{3 * generation, 2*generation + 1, generation + 1} {
		if got := q.get(pid); got != uint64(pid)+10 {
			t.Errorf("pid %d: %d", pid, got)
		}
	}
	if q.get(1) != noTask || q.get(0) != noTask {
		t.Error("a forgotten or unknown pid has a number")
	}
}

func TestWhenDecisionsAreCarriedOut(t *testing.T) {
	dispatch := func(s *Sched, f *fake, n int) {
		for i := range n {
			f.queue(task(int32(i+1), uint64(i+100)))
		}
		for _, q := range dequeue(s) {
			s.DispatchTask(NewDispatchedTask(&q))
		}
	}
	for name, then := range map[string]func(*Sched){
		"nothing is left":        func(*Sched) { NotifyComplete(0) },
		"the plugin has none":    func(s *Sched) { s.SelectQueuedTask() },
		"the program waits":      func(s *Sched) { s.BlockTilReadyForDequeue(context.Background()) },
		"the program polls":      func(s *Sched) { dequeue(s); dequeue(s) },
		"the batch is full":      func(s *Sched) { s.DispatchTask(&DispatchedTask{}) },
		"not: something is left": func(*Sched) { NotifyComplete(1) },
		"not: one drain":         func(s *Sched) { dequeue(s) },
	} {
		s, f := start(t)
		dispatch(s, f, dispatchBatch-1)
		if _, batches := f.decisions(); batches != 0 {
			t.Fatalf("%s: carried out too early", name)
		}
		if name == "the program waits" {
			f.queue(task(9999, 1))
		}
		then(s)
		_, batches := f.decisions()
		if want := !strings.HasPrefix(name, "not:"); (batches == 1) != want {
			t.Errorf("%s: %d batches", name, batches)
		}
	}
}

func TestDispatchFromAnotherGoroutineDoesNotWait(t *testing.T) {
	s, f := start(t)
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan struct{})
	go func() {
		s.BlockTilReadyForDequeue(ctx)
		close(returned)
	}()
	<-f.blocked
	if err := s.DispatchTask(&DispatchedTask{Pid: 1}); err != nil {
		t.Fatal(err)
	}
	if got, _ := f.decisions(); len(got) != 1 {
		t.Errorf("%d decisions while the other goroutine waits", len(got))
	}
	// That goroutine has the batch: nothing is ready for others.
	if s.ReadyForDequeue() || len(dequeue(s)) != 0 {
		t.Error("two receive at once")
	}
	cancel()
	<-returned
}

func TestWaitingEnds(t *testing.T) {
	for name, end := range map[string]func(*Sched, *fake, context.CancelFunc){
		"context": func(_ *Sched, _ *fake, cancel context.CancelFunc) { cancel() },
		"close":   func(s *Sched, _ *fake, _ context.CancelFunc) { s.Close() },
		"kernel":  func(_ *Sched, f *fake, _ context.CancelFunc) { f.end(scx.ErrEnded) },
		"record":  func(_ *Sched, f *fake, _ context.CancelFunc) { f.queue(task(1, 1)) },
	} {
		s, f := start(t)
		ctx, cancel := context.WithCancel(context.Background())
		returned := make(chan struct{})
		go func() {
			s.BlockTilReadyForDequeue(ctx)
			close(returned)
		}()
		<-f.blocked
		end(s, f, cancel)
		select {
		case <-returned:
		case <-time.After(time.Minute):
			t.Fatalf("%s: still waiting", name)
		}
		if got := len(dequeue(s)); (got == 1) != (name == "record") {
			t.Errorf("%s: %d tasks", name, got)
		}
		cancel()
	}
}

// A context ends the wait of a second goroutine, and a second wait gets what the first one left.
func TestTwoWait(t *testing.T) {
	s, f := start(t)
	first := make(chan struct{})
	go func() {
		s.BlockTilReadyForDequeue(context.Background())
		close(first)
	}()
	<-f.blocked
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.BlockTilReadyForDequeue(ctx)
	f.queue(task(1, 1), task(2, 2))
	<-first
	s.BlockTilReadyForDequeue(context.Background())
	if got := len(dequeue(s)); got != 2 {
		t.Errorf("%d tasks", got)
	}
}

func TestEndedSchedulerTellsTheDispatcher(t *testing.T) {
	s, f := start(t)
	f.end(scx.ErrEnded)
	s.DispatchTask(&DispatchedTask{Pid: 1})
	if err := NotifyComplete(0); !errors.Is(err, scx.ErrEnded) {
		t.Errorf("notify: %v", err)
	}
	for i := range dispatchBatch {
		if err := s.DispatchTask(&DispatchedTask{Pid: 1}); (err != nil) != (i == dispatchBatch-1) {
			t.Errorf("dispatch %d: %v", i, err)
		}
	}
}

func TestNrQueued(t *testing.T) {
	s, f := start(t)
	f.queue(task(1, 1), task(2, 2), task(3, 3))
	var q models.QueuedTask
	for drained := range 3 {
		s.DequeueTask(&q)
		// If these are equal, plugins end the drain and drop the task.
		if got := s.GetNrQueued(); got <= uint64(drained) {
			t.Errorf("%d queued with %d drained before", got, drained)
		}
	}
	s.DecNrQueued(2)
	if got := GetNrQueued(); got != 1 {
		t.Errorf("%d queued after two were told", got)
	}
	s.SubNrQueued()
	s.DecNrQueued(5)
	s.DecNrQueued(-5)
	if got := s.GetNrQueued(); got != 0 {
		t.Errorf("%d queued after all were told", got)
	}
	// The count does not grow forever if the program never calls DecNrQueued.
	for range 100 {
		f.queue(task(1, 1))
		s.DequeueTask(&q)
		s.DispatchTask(NewDispatchedTask(&q))
	}
	if got := s.GetNrQueued(); got != 0 {
		t.Errorf("%d queued after all were dispatched", got)
	}
	NotifyComplete(42)
	if GetNrScheduled() != 42 {
		t.Errorf("%d scheduled", GetNrScheduled())
	}
}

func TestMoreThanABatch(t *testing.T) {
	s, f := start(t)
	const n = 2*receiveBatch + 7
	for i := range n {
		f.queue(task(int32(i+1), uint64(i+1)))
	}
	got := dequeue(s)
	if len(got) != n {
		t.Fatalf("%d of %d", len(got), n)
	}
	for i := range got {
		if got[i].Pid != int32(i+1) {
			t.Fatalf("task %d is pid %d", i, got[i].Pid)
		}
	}
}

func TestSelectCPU(t *testing.T) {
	s, f := start(t)
	q := models.QueuedTask{Pid: 5, Cpu: 3}
	other := errors.New("other")
	for _, c := range []struct {
		cpu     int32
		err     error
		wantCPU int32
		wantErr error
	}{
		{2, nil, 2, nil},
		{-1, scx.ErrNoIdleCPU, RL_CPU_ANY, nil},
		{-1, scx.ErrNoSuchTask, RL_CPU_ANY, nil},
		{-1, other, 0, other},
	} {
		f.selectCPU = func(pid, prev int32) (int32, error) {
			if pid != 5 || prev != 3 {
				t.Errorf("asked for pid %d, CPU %d", pid, prev)
			}
			return c.cpu, c.err
		}
		if err, cpu := s.SelectCPU(&q); cpu != c.wantCPU || !errors.Is(err, c.wantErr) {
			t.Errorf("%v: %v, %d", c, err, cpu)
		}
	}
	if s.EnableSiblingCpu(2, 0, 1) != nil || s.EnableSiblingCpu(4, 0, 1) == nil || s.EnableSiblingCpu(3, -1, 0) == nil {
		t.Error("cache levels")
	}
}

// After no CPU was idle, the kernel is not asked again until decisions are carried out.
func TestNoneIdleIsRemembered(t *testing.T) {
	s, f := start(t)
	asked := 0
	f.selectCPU = func(int32, int32) (int32, error) {
		asked++
		return -1, scx.ErrNoIdleCPU
	}
	pinned, free := models.QueuedTask{Pid: 1, NrCpusAllowed: 1}, models.QueuedTask{Pid: 2, NrCpusAllowed: 2}
	for i, c := range []struct {
		task *models.QueuedTask
		want int
	}{{&pinned, 1}, {&free, 2}, {&free, 2}, {&pinned, 3}, {&free, 3}} {
		if err, cpu := s.DefaultSelectCPU(c.task); err != nil || cpu != RL_CPU_ANY {
			t.Errorf("%v, CPU %d", err, cpu)
		}
		if asked != c.want {
			t.Errorf("question %d: asked %d times", i, asked)
		}
	}
	NotifyComplete(0)
	if s.DefaultSelectCPU(&free); asked != 4 {
		t.Errorf("asked %d times after all was carried out", asked)
	}
}

func TestPriorityTasks(t *testing.T) {
	s, f := start(t)
	for _, err := range []error{
		s.UpdatePriorityTask(1, 300),
		s.UpdatePriorityTaskWithPrio(2, 0, 9),
		s.UpdatePriorityTaskWithPrio(3, 1000, 10),
		s.UpdatePriorityTaskWithPrio(4, 1000, 20),
		s.UpdatePriorityTaskWithPrio(5, 1000, 15),
		s.UpdatePriorityTaskWithPrio(6, 1000, 10),
		s.RemovePriorityTask(6),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if s.UpdatePriorityTaskWithPrio(1, 0, 21) == nil || s.UpdatePriorityTask(0, 0) == nil ||
		s.UpdatePriorityTask(math.MaxUint32, 0) == nil || s.RemovePriorityTask(6) == nil {
		t.Error("what makes no sense succeeds")
	}
	for pid := int32(1); pid <= 7; pid++ {
		s.DispatchTask(&DispatchedTask{Pid: pid, Cpu: 1, SliceNs: 100, Vtime: 5000})
	}
	s.DispatchTask(&DispatchedTask{Pid: 3, Cpu: 1, Vtime: 200})
	NotifyComplete(0)
	got, _ := f.decisions()
	want := []scx.Decision{
		{PID: 1, SliceNS: 300, VTime: 5000, Flags: scx.Preempt},
		{PID: 2, SliceNS: 100, VTime: 5000, Flags: scx.Preempt},
		{PID: 3, SliceNS: 1000, VTime: 4500},
		{PID: 4, SliceNS: 1000, VTime: 4950},
		{PID: 5, SliceNS: 1000, VTime: 4720},
		{PID: 6, SliceNS: 100, VTime: 5000},
		{PID: 7, SliceNS: 100, VTime: 5000},
		{PID: 3, SliceNS: 1000, VTime: 0}, // not below 0
	}
	for i := range want {
		want[i].CPU, want[i].Seq = 1, noTask
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestKernelMode(t *testing.T) {
	s, f := start(t, func(s *Sched) {
		s.EnableKernelMode()
		// Before it is attached, too.
		if err := s.UpdatePriorityTaskWithPrio(1, 500, 12); err != nil {
			t.Fatal(err)
		}
	})
	if !f.opts.KernelMode || f.opts.NoBuiltinIdle {
		t.Errorf("%+v", f.opts)
	}
	if err := s.UpdatePriorityTask(2, math.MaxUint64); err != nil {
		t.Fatal(err)
	}
	want := map[int32]priority{1: {12, 500}, 2: {0, math.MaxInt64}}
	if !maps.Equal(f.priorities, want) {
		t.Errorf("the kernel side knows %v, not %v", f.priorities, want)
	}
	if err := s.RemovePriorityTask(2); err != nil || len(f.priorities) != 1 {
		t.Errorf("%v, %v", err, f.priorities)
	}
	// A task that ends loses its priority by itself, and a new one with its pid may get another.
	f.ended = 1
	if err := s.UpdatePriorityTask(1, 0); !errors.Is(err, scx.ErrNoSuchTask) {
		t.Errorf("of a task that has ended: %v", err)
	}
	if err := s.priorities.handOver(f); err != nil || s.priorities.some.Load() {
		t.Errorf("attached anew after the task has ended: %v", err)
	}
	f.ended = 0
	if err := s.UpdatePriorityTask(1, 0); err != nil {
		t.Error(err)
	}
	f.ended = 1
	if err := s.RemovePriorityTask(1); err != nil {
		t.Errorf("removed after the task has ended: %v", err)
	}
	f.ended = 0
	if err := s.UpdatePriorityTask(1, 0); err != nil {
		t.Error(err)
	}
	f.over = scx.ErrClosed
	if err := s.UpdatePriorityTask(3, 0); !errors.Is(err, scx.ErrClosed) {
		t.Errorf("%v", err)
	}
	if err := s.RemovePriorityTask(1); !errors.Is(err, scx.ErrClosed) {
		t.Errorf("%v", err)
	}
	// Without kernel mode the program decides, and the kernel side gets no priorities.
	s, f = start(t)
	if err := s.UpdatePriorityTask(1, 0); err != nil || len(f.priorities) != 0 {
		t.Errorf("%v, %v", err, f.priorities)
	}
	if err := s.PreemptCpu(1); err != nil || !slices.Equal(f.preempted, []int32{1}) {
		t.Errorf("%v, %v", err, f.preempted)
	}
}

// A Vtime of 0 preempts if it is an exception.
func TestVtimeZero(t *testing.T) {
	preempts := func(vtimes func(i int) uint64) (n int) {
		s, f := start(t)
		for i := range 1000 {
			s.DispatchTask(&DispatchedTask{Pid: 1, Cpu: 1, Vtime: vtimes(i)})
		}
		got, _ := f.decisions()
		for _, d := range got {
			if d.Flags&scx.Preempt != 0 {
				n++
			}
		}
		return n
	}
	if n := preempts(func(int) uint64 { return 0 }); n != 0 {
		t.Errorf("without virtual times, %d preempt", n)
	}
	if n := preempts(func(i int) uint64 { return uint64(i % 2) }); n != 0 {
		t.Errorf("with half of them 0, %d preempt", n)
	}
	if n := preempts(func(i int) uint64 { return uint64(i % 10) }); n < 80 || n > 100 {
		t.Errorf("with a tenth of them 0, %d of 100 preempt", n)
	}
}

func TestCounters(t *testing.T) {
	s, f := start(t)
	f.stats = scx.Stats{NrCPUs: 2, Queued: 10, Received: 7, Dispatched: 4, Rescued: 1, Congested: 2, IdleDirect: 3,
		AgentDirect: 5, KthreadDirect: 6, KernelDirect: 20, Stale: 8, Bounced: 9, Refused: 11}
	f.queue(task(1, 1), task(2, 2))
	var q models.QueuedTask
	s.DequeueTask(&q)
	NotifyComplete(3)
	got, err := s.GetBssData()
	if err != nil {
		t.Fatal(err)
	}
	if got.Usersched_last_run_at == 0 || got.Nr_running > 2 {
		t.Errorf("%v", got)
	}
	got.Usersched_last_run_at, got.Nr_running = 0, 0
	want := BssData{Nr_queued: 3 + 2, Nr_scheduled: 3, Nr_online_cpus: 2, Nr_user_dispatches: 4, Nr_kernel_dispatches: 37,
		Nr_cancel_dispatches: 8, Nr_bounce_dispatches: 9, Nr_failed_dispatches: 11, Nr_sched_congested: 2}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if text := got.String(); !strings.Contains(text, "Nr_sched_congested:2") {
		t.Errorf("%s", text)
	}
}

func TestHowItEnded(t *testing.T) {
	s, f := start(t)
	if s.Stopped() {
		t.Error("stopped while it runs")
	}
	f.exit = scx.ExitInfo{Kind: 1026, Code: 3, Reason: "stalled", Message: strings.Repeat("long", 1000)}
	uei, err := s.GetUeiData()
	if err != nil || !s.Stopped() {
		t.Fatalf("%v, stopped %v", err, s.Stopped())
	}
	if uei.Kind != 1026 || uei.ExitCode != 3 || uei.GetReason() != "stalled" || len(uei.GetMessage()) != UEI_MSG_LEN-1 {
		t.Errorf("%d, %d, %q, %d characters", uei.Kind, uei.ExitCode, uei.GetReason(), len(uei.GetMessage()))
	}
}

func TestRoData(t *testing.T) {
	s, _ := start(t, func(s *Sched) { s.SetBuiltinIdle(true); s.SetDefaultSlice(1_000_000) })
	ro, err := s.GetRoData()
	if err != nil || !ro.BuiltinIdle || ro.Debug || ro.DefaultSlice != 1_000_000 || ro.SCXDsqLocalOn != 0xC000000000000000 ||
		ro.SCXTaskCursor != 0xFFFFFFFF80000000 || ro.SCXTaskStateMask != 768 {
		t.Errorf("%v: %+v", err, ro)
	}
	s, _ = start(t)
	if ro, _ := s.GetRoData(); ro.DefaultSlice != uint64(scx.DefaultOptions().Slice) {
		t.Errorf("the default slice is %d", ro.DefaultSlice)
	}
}

func TestTheWayOfATaskAllocatesNothing(t *testing.T) {
	s, f := start(t)
	f.queue(task(1, 1))
	var q models.QueuedTask
	s.DequeueTask(&q)
	s.UpdatePriorityTask(2, 0)
	allocs := testing.AllocsPerRun(1000, func() {
		// Leave out receiving and carrying out, since the fake allocates there.
		s.in.next = 0
		s.in.end = 1
		s.DequeueTask(&q)
		s.DispatchTask(NewDispatchedTask(&q))
		NotifyComplete(1)
		s.out.filled = 0
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

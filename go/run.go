package scxbridge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/ends"
)

// RunOptions configure [Run]. The zero value is usable.
type RunOptions struct {
	Options

	// Batch is the most records that one call of Enqueue gets, and the room
	// for decisions that one call of Dispatch gets. Default 512.
	Batch int
	// Logger gets the few events of a scheduler's life: attached, detached,
	// restarts. Default: none.
	Logger *slog.Logger
	// OnStats, if not nil, gets the counters every StatsInterval, from
	// another goroutine.
	OnStats func(Stats)
	// StatsInterval is the time between two calls of OnStats. Default 1 s.
	StatsInterval time.Duration
	// OnAttach, if not nil, is called on the policy's thread when the
	// scheduler is attached, before the first round. It may keep the
	// Scheduler, until OnDetach, to call methods other than Receive and
	// Close on it, from any goroutine.
	OnAttach func(*Scheduler)
	// OnDetach, if not nil, is called once for each OnAttach when the
	// scheduler is detached, ended by the kernel, or about to be left
	// pinned, and before it is closed: the place to read its last counters.
	OnDetach func(*Scheduler)
	// Adopt makes Run take over the pinned scheduler of this Name instead of
	// attaching one. The other Options are ignored, except Pin, which is implied.
	Adopt bool
	// CPUs, if not empty, are the CPUs that the thread of the rounds may use while Run runs, by their IDs. Without, it
	// stays near what it decides about. Tasks may use these CPUs as well.
	CPUs []int
	// MonitorSlack, if not 0, is the timer slack of the Go runtime's monitor thread, sysmon,
	// while Run runs. Slack saves wake-ups, since sysmon polls as often as every 20 µs. But it
	// also delays what sysmon does: handing the P of a thread that blocks in a system call to
	// another goroutine. So it suits a program that does little but schedule, like scx_goland,
	// which sets 4 ms; one that makes many blocking calls becomes slower. It needs CAP_SYS_NICE;
	// without it, Run tells the Logger and goes on.
	MonitorSlack time.Duration
	// Restart lets Run start anew when the kernel asks for it, as after CPU
	// hotplug between open and attach, instead of returning ErrRestart. The
	// policy keeps its state; tasks come back as new.
	Restart bool
}

const (
	defaultBatch    = 512
	observeInterval = 10 * time.Millisecond
	restartPause    = 50 * time.Millisecond
)

// Run schedules this machine by policy until ctx is done. It opens and attaches a
// scheduler, locks its goroutine to an OS thread, and makes rounds there: it
// receives the waiting records, gives them to Enqueue, then calls Dispatch and
// carries out its decisions until Dispatch returns fewer than it had room for.
// A round allocates nothing.
//
// Run returns when the kernel's own scheduler has the machine back, or, if the
// scheduler is pinned and the kernel has not ended it, when the kernel side alone
// is left to schedule:
//   - nil when ctx is done, for whatever cause: that is how to stop Run;
//   - an *[EndedError], which is [ErrEnded], when the kernel ended the scheduler,
//     and [ErrRestart] too when the kernel asks for a restart (see RunOptions.Restart);
//   - a *[PanicError] when the policy panicked;
//   - another error when it could not start or a call failed.
func Run(ctx context.Context, policy Policy, opts RunOptions) error {
	return run(ctx, policy, opts, Open)
}

func run(ctx context.Context, policy Policy, opts RunOptions, open func(Options) (*Scheduler, error)) error {
	if opts.Batch == 0 {
		opts.Batch = defaultBatch
	}
	if opts.StatsInterval == 0 {
		opts.StatsInterval = time.Second
	}
	if opts.Batch < 0 || opts.StatsInterval < 0 || opts.MonitorSlack < 0 {
		return invalid("run", "Batch, StatsInterval and MonitorSlack must not be negative")
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(discard{})
	}

	// The kernel side knows the round thread by its id.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	if len(opts.CPUs) > 0 {
		restore, err := bindThread(opts.CPUs)
		if err != nil {
			return err
		}
		defer restore()
	}
	if opts.MonitorSlack > 0 {
		defer slowMonitorWhile(opts.MonitorSlack, opts.Logger)()
	}
	for {
		err := runOnce(ctx, policy, &opts, open)
		if !opts.Restart || !errors.Is(err, ErrRestart) || ctx.Err() != nil {
			return err
		}
		opts.Logger.Warn("restarting, as the kernel asks", "cause", err)
		if opts.Adopt {
			opts.Adopt, opts.Pin = false, true
		}
		select { // hotplug seldom comes alone
		case <-ctx.Done():
			return nil
		case <-time.After(restartPause):
		}
	}
}

// runOnce is one scheduler's life.
func runOnce(ctx context.Context, policy Policy, opts *RunOptions, open func(Options) (*Scheduler, error)) (err error) {
	if ctx.Err() != nil {
		return nil
	}
	if _, asks := policy.(Ender); asks {
		opts.Ends = true
	}
	s, err := start(opts, open)
	if err != nil {
		return err
	}
	defer s.Close()
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()

	opts.Logger.Info("attached", "name", opts.Name, "adopted", opts.Adopt)
	l := newLoop(s, policy, opts.Batch)

	// From here on, each way out detaches, logs that, and stops the statistics.
	defer func() {
		if (opts.Pin || opts.Adopt) && !errors.Is(err, ErrEnded) {
			opts.Logger.Info("left pinned")
		} else {
			if e := s.Detach(); e != nil && err == nil {
				err = e
			}
			opts.Logger.Info("detached")
		}
		if opts.OnDetach != nil {
			opts.OnDetach(s)
		}
	}()
	if opts.OnAttach != nil {
		opts.OnAttach(s)
	}
	if opts.OnStats != nil {
		defer every(opts.StatsInterval, func() {
			if stats, err := s.Stats(); err == nil {
				opts.OnStats(stats)
			}
		})()
	}

	for err == nil {
		err = l.round(ctx)
	}
	switch {
	case errors.Is(err, ErrEnded):
		info, e := s.ExitInfo()
		if e != nil {
			return errors.Join(err, e)
		}
		return &EndedError{Info: info}
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return nil
	}
	return err
}

// start returns an attached scheduler, new or adopted.
func start(opts *RunOptions, open func(Options) (*Scheduler, error)) (*Scheduler, error) {
	if opts.Adopt {
		return Adopt(opts.Name)
	}
	s, err := open(opts.Options)
	if err != nil {
		return nil, err
	}
	if err := s.Attach(); err != nil {
		defer s.Close()
		if info, e := s.ExitInfo(); e == nil && info.RestartRequested() {
			return nil, &EndedError{Info: info} // a CPU came or went in between
		}
		return nil, err
	}
	return s, nil
}

// loop makes the rounds. All that it needs is allocated beforehand.
type loop struct {
	sched     *Scheduler
	policy    Policy
	ticker    Ticker
	observer  Observer
	enqueue   func([]Task)
	end       func([]Task) // nil: the policy does not want to know
	tasks     []Task
	decisions []Decision
	observed  time.Time
}

func newLoop(s *Scheduler, policy Policy, batch int) *loop {
	l := &loop{sched: s, policy: policy, tasks: make([]Task, batch), decisions: make([]Decision, batch)}
	l.ticker, _ = policy.(Ticker)
	l.observer, _ = policy.(Observer)
	l.enqueue = policy.Enqueue
	if e, is := policy.(Ender); is {
		l.end = e.End
	}
	return l
}

func (l *loop) round(ctx context.Context) error {
	timeout := time.Duration(-1)
	if l.ticker != nil {
		if d := l.ticker.Tick(); d > 0 {
			timeout = d
		}
	}
	n, err := l.sched.receive(ctx, timeout, l.tasks)
	if err != nil {
		return err
	}
	if n > 0 {
		if err := l.observe(); err != nil {
			return err
		}
		ends.Sort(l.tasks[:n], (*Task).Ended, l.enqueue, l.end)
	}
	for {
		n := l.policy.Dispatch(l.decisions)
		if n < 0 || n > len(l.decisions) {
			return fmt.Errorf("scxbridge: run: policy's Dispatch returned %d of %d", n, len(l.decisions))
		}
		if n > 0 {
			if _, err := l.sched.Dispatch(l.decisions[:n]); err != nil {
				return err
			}
		}
		if n < len(l.decisions) {
			return nil
		}
	}
}

func (l *loop) observe() error {
	if l.observer == nil {
		return nil
	}
	now := time.Now()
	if now.Sub(l.observed) < observeInterval {
		return nil
	}
	l.observed = now
	stats, err := l.sched.Stats()
	if err == nil {
		l.observer.Observe(stats)
	}
	return err
}

// every calls f at intervals from a goroutine. The function that it returns
// stops the goroutine and waits for it.
func every(interval time.Duration, f func()) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				f()
			}
		}
	}()
	return func() {
		close(done)
		wg.Wait()
	}
}

// discard is slog.DiscardHandler, which Go 1.23 lacks.
type discard struct{}

func (discard) Enabled(context.Context, slog.Level) bool  { return false }
func (discard) Handle(context.Context, slog.Record) error { return nil }
func (d discard) WithAttrs([]slog.Attr) slog.Handler      { return d }
func (d discard) WithGroup(string) slog.Handler           { return d }

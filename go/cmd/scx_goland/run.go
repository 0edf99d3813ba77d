package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seen"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/spf13/cobra"
)

func (a *agent) runCommand(name string) *cobra.Command {
	c := &cobra.Command{Use: name + " [options]", Short: "schedule this machine; also without a command", Args: noArgs}
	c.DisableFlagsInUseLine = true
	new(config).defineWith(a.defaults, c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error { return a.schedule(c.Context(), given(c.Flags())) }
	return c
}

// running is a scheduler's life.
type running struct {
	*agent
	commandLine []entry
	level       slog.LevelVar
	report      *report
	current     *current
	source      *seen.Source // nil: nobody looks
	engine      *rules.Engine
	scheduler   atomic.Pointer[scxbridge.Scheduler] // while it is attached

	gcPercent int   // before it was set
	ownCPUs   []int // of the thread of the rounds, before it was bound

	mu     sync.Mutex // of what a reload changes
	config *config

	ruling sync.Mutex // of who changes the rules in force, which a reload and a companion do
	inForce
}

func (a *agent) schedule(ctx context.Context, commandLine []entry) error {
	c, err := a.load(commandLine)
	if c.version {
		fmt.Fprintf(a.stdout, "scx_goland %s, library %s, %s\n", version, scxbridge.LibraryVersion(), runtime.Version())
		return nil
	}
	if err != nil {
		return err
	}
	if c.detach {
		return a.detachPinned(c.options.Name)
	}
	p, err := c.newPolicy()
	if err != nil {
		return usageError{err}
	}
	r := &running{agent: a, commandLine: commandLine, config: c, current: newCurrent(p), gcPercent: gcUnset}
	r.engine = rules.NewEngine(rules.NewMatcher(a.root, r), c.rules)
	r.level.Set(slog.LevelWarn)
	r.report = newReport(a.stdout, c.statsFormat == "json", time.Now)
	r.ownCPUs = ownCPUs()
	r.setOutput(c)
	done, err := r.showItself(c)
	if err != nil {
		return err
	}
	defer done()
	traces := &tracer{r: r}
	if c.trace != "" {
		finish, err := traces.whole(c.trace)
		if err != nil {
			return err
		}
		defer finish()
	}
	defer r.listen(traces)()
	return r.explain(r.life(ctx))
}

// life runs the scheduler. With --adopt=auto it starts one if none is pinned.
func (r *running) life(ctx context.Context) error {
	c := r.config
	defer context.AfterFunc(ctx, func() { r.tell(stopping) })()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer r.matchBeside(ctx, cancel)()
	var beside sync.WaitGroup
	defer beside.Wait()
	defer cancel()
	r.current.pulse.limit = r.watchdog / perWatchdog

	opts := scxbridge.RunOptions{
		Options:      c.native(),
		Batch:        c.batch,
		Logger:       r.logger(&r.level),
		Adopt:        c.adopt != "no",
		Restart:      true,
		MonitorSlack: c.monitorSlack,
		CPUs:         c.cpus,
		OnDetach: func(s *scxbridge.Scheduler) {
			r.scheduler.Store(nil)
			if stats, err := s.Stats(); err == nil {
				r.report.detached(stats)
				r.source.Detached(stats)
			} else {
				r.say(warning, "%v", err)
				r.source.Failed(err)
			}
		},
	}
	opts.OnAttach = func(s *scxbridge.Scheduler) {
		r.source.Attached(s)
		r.scheduler.Store(s)
		r.attached(opts.Adopt)
		if r.report.attaches == 1 {
			// Run keeps this thread to its end, also when it restarts.
			tid := syscall.Gettid()
			beside.Add(1)
			go func() {
				defer beside.Done()
				r.reloads(ctx, tid)
			}()
			if r.watchdog > 0 {
				beside.Add(1)
				go func() {
					defer beside.Done()
					looks := time.NewTicker(r.watchdog / perWatchdog)
					defer looks.Stop()
					r.watch(ctx, &r.current.pulse, looks.C)
				}()
			}
		}
	}
	if c.stats > 0 {
		opts.OnStats = r.report.interval
		opts.StatsInterval = c.stats
	}
	err := r.run(ctx, r.policy(), opts)
	if r.report.attaches == 0 && c.adopt == "auto" && r.startsAnew(err) {
		opts.Adopt = false
		err = r.run(ctx, r.policy(), opts)
	}
	if e := r.report.summary(); e != nil && err == nil {
		err = e
	}
	if err == nil && r.report.attaches > 0 && (opts.Adopt || c.options.Pin) {
		r.say(notice, "%q stays attached, pinned: go on with --adopt, or end it with scx_goland detach", c.options.Name)
	}
	return err
}

func (r *running) attached(adopting bool) {
	r.report.attached()
	r.mu.Lock()
	defer r.mu.Unlock()
	adopted := adopting && r.report.attaches == 1
	how := "attached"
	if adopted {
		how = "adopted"
	}
	r.say(notice, "%q is %s, policy %s", r.config.options.Name, how, r.config.policy)
	for _, text := range r.config.withoutEffect(adopted) {
		r.say(warning, "%s", text)
	}
	r.leaveName(r.config.options.Name)
	r.tell(ready, statusLine("%q is %s, policy %s", r.config.options.Name, how, r.config.policy))
}

// withoutEffect tells the options that someone set for nothing.
func (c *config) withoutEffect(adopted bool) []string {
	var texts []string
	for name, from := range c.origins {
		switch s := settings[name]; {
		case adopted && s.field != "" && s.field != "Name" && s.field != "Pin":
			texts = append(texts, fmt.Sprintf("%v has no effect: the adopted scheduler keeps the options that it was started with", from))
		case c.policy == "fifo" && (name == "slice-min" || name == "lease"):
			texts = append(texts, fmt.Sprintf("%v has no effect with the policy fifo", from))
		}
	}
	texts = append(texts, c.rulesWithoutEffect()...)
	sort.Strings(texts)
	return texts
}

// setOutput does what an option of the process says, now or at a reload.
func (r *running) setOutput(c *config) {
	r.level.Set(slog.LevelWarn)
	if c.verbose {
		r.level.Set(slog.LevelInfo)
	}
	switch {
	case c.gcPercent != gcUnset:
		before := debug.SetGCPercent(c.gcPercent)
		if r.gcPercent == gcUnset {
			r.gcPercent = before
		}
	case r.gcPercent != gcUnset:
		debug.SetGCPercent(r.gcPercent)
	}
}

// startsAnew reports whether a takeover failed because there was nothing that could be taken over. What is left of a
// scheduler that the kernel has ended, or that has another version, is removed.
func (r *running) startsAnew(err error) bool {
	name := r.config.options.Name
	var failed *scxbridge.Error
	switch {
	case !errors.As(err, &failed) || failed.Op != "adopt":
		return false
	case failed.Errno == syscall.ENOENT:
		// Its name may be another one than the one before had: that one would be in the way.
		if name = r.leftName(); name == "" || name == r.config.options.Name {
			return true
		}
		r.say(warning, "the scheduler was called %q before: detaching that one", name)
	case failed.Errno == syscall.EOPNOTSUPP && !r.status(name).Pinned:
		return true // the machine lacks something: the start will say so
	case failed.Errno == syscall.ESHUTDOWN, failed.Errno == syscall.EOPNOTSUPP:
		r.say(warning, "%s; detaching it, to start anew", strings.TrimPrefix(err.Error(), "scxbridge: "))
	default:
		return false
	}
	if err := r.detach(name); err != nil && !nonePinned(err) {
		r.say(warning, "%v", err)
	}
	return true
}

// nonePinned reports whether no scheduler of that name is pinned.
func nonePinned(err error) bool {
	var failed *scxbridge.Error
	return errors.As(err, &failed) && failed.Errno == syscall.ENOENT && (failed.Op == "adopt" || failed.Op == "detach")
}

// withoutPin says what to do when no scheduler is pinned.
func withoutPin(err error, name string) error {
	var failed *scxbridge.Error
	if nonePinned(err) && errors.As(err, &failed) {
		return fmt.Errorf("%s: no scheduler is pinned in %s/%s; start one with --pin", failed.Op, pins, name)
	}
	return err
}

// explain says why the kernel ended it.
func (r *running) explain(err error) error {
	var ended *scxbridge.EndedError
	if !errors.As(err, &ended) {
		return withoutPin(err, r.config.options.Name)
	}
	r.say(failure, "%s", whyEnded(&ended.Info, r.config))
	if r.ejected(sinceBoot()) {
		text := fmt.Sprintf("ejected %d times in %v minutes: not started again; see why, then start it", ejectionsAllowed+1, ejectionsWithin.Minutes())
		r.say(failure, "%s", text)
		r.tell(statusLine("%s", text))
		return exitCode(exitEjectedOften)
	}
	return exitCode(exitEjected)
}

func whyEnded(i *scxbridge.ExitInfo, c *config) string {
	w := new(strings.Builder)
	fmt.Fprintf(w, "the kernel ejected %q: %v (kind %d, code %#x)\n", c.options.Name, i.Kind, int32(i.Kind), uint64(i.Code))
	if i.Reason != "" {
		fmt.Fprintf(w, "  reason:  %s\n", i.Reason)
	}
	if i.Message != "" {
		fmt.Fprintf(w, "  message: %s\n", strings.TrimSpace(i.Message))
	}
	switch {
	case i.Dump == "":
	case c.verbose:
		fmt.Fprintf(w, "\n%s\n", strings.TrimRight(i.Dump, "\n"))
	default:
		fmt.Fprintf(w, "  (a debug dump of %d bytes: see --verbose)\n", len(i.Dump))
	}
	return w.String()
}

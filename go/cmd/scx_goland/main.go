// Command scx_goland schedules this machine with a policy written in Go, until
// it gets SIGINT or SIGTERM. A second signal kills it at once; then, too, the
// kernel takes the machine back.
//
// Its exit code says why it ended:
//
//	0  it was asked to
//	1  an error: it could not start, or a call failed
//	2  wrong usage
//	3  the kernel ejected the scheduler
//
// When the kernel asks for a restart, as after CPU hotplug while it started, it
// restarts by itself and says so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

const (
	exitAsked   = 0
	exitError   = 1
	exitUsage   = 2
	exitEjected = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal has its usual effect
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr, scxbridge.Run))
}

// runner is scxbridge.Run, or a test's.
type runner func(context.Context, scxbridge.Policy, scxbridge.RunOptions) error

func command(ctx context.Context, args []string, stdout, stderr io.Writer, run runner) int {
	c, err := parse(args, stdout, scxbridge.DefaultOptions())
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitAsked
	case err != nil:
		fmt.Fprintf(stderr, "scx_goland: %v\nTry scx_goland --help.\n", err)
		return exitUsage
	case c.version:
		fmt.Fprintf(stdout, "scx_goland %s, library %s, %s\n", version(), scxbridge.LibraryVersion(), runtime.Version())
		return exitAsked
	}
	if c.detach {
		return explain(stderr, scxbridge.DetachPinned(c.options.Name), c)
	}
	policy, err := c.newPolicy()
	if err != nil {
		fmt.Fprintf(stderr, "scx_goland: %v\n", err)
		return exitUsage
	}
	if c.gcPercent != gcUnset {
		debug.SetGCPercent(c.gcPercent)
	}

	r := newReport(stdout, c.statsFormat == "json", time.Now)
	opts := scxbridge.RunOptions{
		Options:      c.options,
		Batch:        c.batch,
		Logger:       newLogger(stderr, c.verbose),
		Adopt:        c.adopt,
		Restart:      true,
		MonitorSlack: c.monitorSlack,
		CPUs:         c.cpus,
		OnAttach: func(*scxbridge.Scheduler) {
			r.attached()
			how := "attached"
			if c.adopt && r.attaches == 1 {
				how = "adopted"
			}
			fmt.Fprintf(stderr, "scx_goland: %q is %s, policy %s\n", c.options.Name, how, c.policy)
		},
		OnDetach: func(s *scxbridge.Scheduler) {
			if stats, err := s.Stats(); err == nil {
				r.detached(stats)
			} else {
				fmt.Fprintf(stderr, "scx_goland: %v\n", err)
			}
		},
	}
	if c.stats > 0 {
		opts.OnStats = r.interval
		opts.StatsInterval = c.stats
	}
	err = run(ctx, policy, opts)
	if e := r.summary(); e != nil && err == nil {
		err = e
	}
	if err == nil && (c.adopt || c.options.Pin) {
		fmt.Fprintf(stderr, "scx_goland: %q stays attached, pinned: go on with --adopt, or end it with --detach\n", c.options.Name)
	}
	return explain(stderr, err, c)
}

// explain says why it ended and returns the exit code.
func explain(w io.Writer, err error, c *config) int {
	var ended *scxbridge.EndedError
	switch {
	case err == nil:
		return exitAsked
	case errors.As(err, &ended):
		i := &ended.Info
		fmt.Fprintf(w, "scx_goland: the kernel ejected %q: %v (kind %d, code %#x)\n", c.options.Name, i.Kind, int32(i.Kind), uint64(i.Code))
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
		return exitEjected
	default:
		fmt.Fprintf(w, "scx_goland: %s\n", strings.TrimPrefix(err.Error(), "scxbridge: "))
	}
	return exitError
}

func newLogger(w io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelWarn
	if verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

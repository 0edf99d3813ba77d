// Command scx_goland schedules this machine with a policy written in Go. Without a command it does `run`: it
// schedules until it gets SIGINT or SIGTERM. A second signal kills it at once; then, too, the kernel takes the
// machine back. docs/agent.md describes the commands and the configuration.
//
// Its exit code says why it ended:
//
//	0  it was asked to
//	1  an error: it could not start, or a call failed
//	2  wrong usage, or an invalid configuration
//	3  the kernel ejected the scheduler
//	4  status: no scheduler is active, nor pinned
//	6  the kernel ejected the scheduler, too often for another start (as a service)
//	78 this machine cannot run it
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/coreos/go-systemd/v22/journal"
	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const (
	exitAsked    = 0
	exitError    = 1
	exitUsage    = 2
	exitEjected  = 3
	exitInactive = 4

	exitEjectedOften = 6
	// EX_CONFIG of sysexits.h: nothing changes until someone changes the machine.
	exitCannot = 78
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal has its usual effect
	// The signal is wanted from the first moment on: a service manager may send it at any time.
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	a := &agent{
		stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ(), root: "/", defaults: scxbridge.DefaultOptions(),
		run: scxbridge.Run, detach: scxbridge.DetachPinned, hangup: hangup, bind: bindThread,
		policyOf: setExt, exec: syscall.Exec, uid: os.Geteuid(), job: jobOf,
		notify: func(state string) error { _, err := daemon.SdNotify(false, state); return err },
	}
	// What is malformed in the environment is as if it were not there.
	a.watchdog, _ = daemon.SdWatchdogEnabled(false)
	a.journal, _ = journal.StderrIsJournalStream()
	os.Exit(a.command(ctx, os.Args[1:]))
}

// runner is scxbridge.Run, or a test's.
type runner func(context.Context, scxbridge.Policy, scxbridge.RunOptions) error

// agent is what the commands take from the process and its machine. Tests have their own.
type agent struct {
	stdout, stderr io.Writer
	environ        []string
	root           string // of the file system
	uid            int
	defaults       scxbridge.Options
	run            runner
	detach         func(name string) error
	hangup         <-chan os.Signal
	bind           func(tid int, cpus []int) error
	policyOf       func(tid int) error // gives a thread SCHED_EXT
	exec           func(path string, args, environ []string) error

	// Of the service manager, if there is one.
	journal  bool // standard error is the journal
	notify   func(state string) error
	watchdog time.Duration // after which it gives up; 0: never
	job      func(unit string) (string, error)
}

// exitCode is an error whose text is already told.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError is wrong usage.
type usageError struct{ error }

func (a *agent) command(ctx context.Context, args []string) int {
	root := a.runCommand("scx_goland")
	root.Long = about
	root.AddCommand(a.runCommand("run"), a.checkCommand(), a.statusCommand(), a.topCommand(), a.explainCommand(), a.traceCommand(),
		a.replayCommand(), a.detachCommand(), a.execCommand())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Hidden: true})
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usageError{flagError(c.Flags(), err)} })
	root.SetHelpFunc(help)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetArgs(asWritten(root.Flags(), args))

	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return exitAsked
	case errors.As(err, &code):
		return int(code)
	}
	a.say(failure, "%s", strings.TrimPrefix(err.Error(), "scxbridge: "))
	var usage usageError
	var faults faults
	switch {
	case errors.As(err, &usage):
		fmt.Fprintln(a.stderr, "Try scx_goland --help.")
		return exitUsage
	case errors.As(err, &faults):
		return exitUsage
	case cannotRun(err):
		return exitCannot
	}
	return exitError
}

// cannotRun reports whether the machine is why it could not start. (What is pinned may be of another version: that
// is no reason.)
func cannotRun(err error) bool {
	var failed *scxbridge.Error
	return errors.Is(err, scxbridge.ErrNotSupported) && errors.As(err, &failed) && failed.Op != "adopt"
}

// asWritten lets more ways to write an option stand: -slice for --slice, which earlier versions took, and --adopt auto for
// --adopt=auto, where --adopt alone means something, too.
func asWritten(fs *pflag.FlagSet, args []string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(out, args[i:]...)
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		if strings.HasPrefix(arg, "-") && fs.Lookup(name) != nil {
			arg = "-" + arg
		}
		if arg == "--adopt" && i+1 < len(args) && slices.Contains(adoptions, args[i+1]) {
			i++
			arg += "=" + args[i]
		}
		out = append(out, arg)
	}
	return out
}

// noArgs refuses arguments, as an error in usage.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("unexpected argument %q%s", args[0], didYouMean(args[0], commands))}
	}
	return nil
}

var commands = []string{"run", "check", "status", "top", "explain", "trace", "replay", "detach", "exec"}

// variable is the value of one in the environment.
func (a *agent) variable(name string) string {
	for _, assignment := range a.environ {
		if value, is := strings.CutPrefix(assignment, name+"="); is {
			return value
		}
	}
	return ""
}

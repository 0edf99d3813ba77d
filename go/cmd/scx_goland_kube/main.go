// Command scx_goland_kube is the companion of scx_goland on a Kubernetes node: it tells the agent what the API server knows
// of this node's pods and which SchedulingPolicies are for it, and writes what became of these into their status. It needs
// no privileges but the agent's control socket. docs/kubernetes.md describes it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
)

const (
	exitError = 1
	exitUsage = 2
)

// options are what the command line says.
type options struct {
	node         string
	control      string
	kubeconfig   string
	statusPeriod time.Duration
	version      bool
}

const usageText = `scx_goland_kube tells the scx_goland of this Kubernetes node about its pods, and about the
SchedulingPolicies for it, whose status it writes. It goes on until SIGINT or SIGTERM.

Usage: scx_goland_kube --node NAME [options]

Options:
%s
While the API server or this program is away, the agent goes on with what it knows.
Exit codes: 0 asked to end, 1 error, 2 wrong usage.
`

// parse reads the command line. The error is told already.
func parse(args []string, getenv func(string) string, stdout, stderr io.Writer) (*options, error) {
	o := &options{}
	fs := pflag.NewFlagSet("scx_goland_kube", pflag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&o.node, "node", getenv("NODE_NAME"), "`name` of this node; default: the environment's NODE_NAME")
	fs.StringVar(&o.control, "control", agentsocket.SocketOf("/", "goland"), "`path` of the agent's control socket")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "`path` of a file that says how to reach the API server; default: the service account of this pod")
	fs.DurationVar(&o.statusPeriod, "status-period", time.Minute, "write counts of tasks into the status this often at most; other changes are written at once")
	fs.BoolVar(&o.version, "version", false, "print the version and end")
	err := fs.Parse(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprintf(stdout, usageText, fs.FlagUsagesWrapped(100))
		return nil, nil
	case err != nil:
	case fs.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case o.version:
		fmt.Fprintf(stdout, "scx_goland_kube %s\n", version)
		return nil, nil
	case o.node == "":
		err = errors.New("which node is this? Give --node NAME, or NODE_NAME in the environment (spec.nodeName by the downward API)")
	case o.statusPeriod < time.Second:
		err = fmt.Errorf("--status-period is 1s or more, not %v", o.statusPeriod)
	}
	if err != nil {
		fmt.Fprintf(stderr, "scx_goland_kube: %v\nTry scx_goland_kube --help.\n", err)
		return nil, err
	}
	return o, nil
}

func main() {
	o, err := parse(os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	switch {
	case err != nil:
		os.Exit(exitUsage)
	case o == nil:
		return
	}
	// The client's own messages: what it warns of is told by cluster in other words, once.
	klog.SetSlogLogger(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "scx_goland_kube: %v\n", err)
		os.Exit(exitError)
	}
}

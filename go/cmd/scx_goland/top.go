//go:build !demo

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/top"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

const topIntervalMin = 100 * time.Millisecond

func (a *agent) topCommand() *cobra.Command {
	c := &cobra.Command{Use: "top [options]", Short: "show in the terminal what a running agent does (run --scx-stats)", Args: noArgs}
	c.DisableFlagsInUseLine = true
	interval := c.Flags().Duration("interval", time.Second, "time between two readings")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *interval < topIntervalMin {
			return usageError{fmt.Errorf("top: --interval is %v or more, not %v", topIntervalMin, *interval)}
		}
		return a.top(c.Context(), *interval)
	}
	return c
}

func (a *agent) top(ctx context.Context, interval time.Duration) error {
	// What can be told in words is told before the screen is taken.
	if _, err := a.askAgent(); err != nil {
		return fmt.Errorf("top: %w; is an agent running, with --scx-stats?", err)
	}
	if out, is := a.stdout.(*os.File); !is || !isTerminal(out) {
		return fmt.Errorf("top: standard output is no terminal; for programs there is scx_goland status --json")
	}
	screen, err := tcell.NewScreen()
	if err == nil {
		err = screen.Init()
	}
	if err != nil {
		return fmt.Errorf("top: use the terminal, TERM=%s: %w", a.variable("TERM"), err)
	}
	top.Run(ctx, screen, top.Options{
		Socket: a.statsSocket(), ProcStat: filepath.Join(a.root, "proc/stat"), Interval: interval, Timeout: agentTimeout,
		Colour: a.variable("NO_COLOR") == "",
	})
	return nil
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

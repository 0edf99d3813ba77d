package main

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/clock"
)

// What the service manager is told: see sd_notify(3).
const (
	ready     = "READY=1"
	reloading = "RELOADING=1"
	stopping  = "STOPPING=1"
	alive     = "WATCHDOG=1"
)

// tell tells the service manager; without one, nobody.
func (a *agent) tell(lines ...string) {
	if a.notify == nil {
		return
	}
	if err := a.notify(strings.Join(lines, "\n")); err != nil {
		a.say(warning, "tell the service manager %s: %v", lines[0], err)
	}
}

// statusLine is what `systemctl status` shows: one line.
func statusLine(format string, args ...any) string {
	return "STATUS=" + strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " ")
}

// reloadBegins says so, and when: the manager tells an answer to its own signal from an older one by that.
func reloadBegins() []string {
	return []string{reloading, fmt.Sprintf("MONOTONIC_USEC=%d", clock.Read(clock.Monotonic)/1000)}
}

// pulse shows that rounds are made. Without a watchdog a round may wait forever, since nothing may happen.
type pulse struct {
	limit  time.Duration // of a round's wait; 0: none
	rounds atomic.Uint64
}

// beat is called by each round.
func (p *pulse) beat() time.Duration {
	p.rounds.Add(1)
	return p.limit
}

// perWatchdog is how often, in the time after which the manager gives up, rounds are made at least and looked at.
// A round between two looks may have been the last one that was seen for two intervals.
const perWatchdog = 4

// watch tells the manager that the agent lives, as long as rounds are made. It looks when ticks has something.
func (a *agent) watch(ctx context.Context, p *pulse, ticks <-chan time.Time) {
	seen := p.rounds.Load()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			if now := p.rounds.Load(); now != seen {
				seen = now
				a.tell(alive)
			}
		}
	}
}

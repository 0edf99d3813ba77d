package main

import (
	"fmt"
	"sync/atomic"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/latency"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/trace"
)

func (c *config) newPolicy() (scxbridge.Policy, error) {
	switch c.policy {
	case "fifo":
		return policy.NewFIFO(uint64(c.slice), c.batch), nil
	case "vruntime":
		return policy.NewVRuntime(policy.VRuntimeOptions{
			Slice:    c.slice,
			SliceMin: min(c.sliceMin, c.slice),
			Lease:    c.lease,
			// Half of the watchdog's timeout: the rest is for the time on the queues.
			MaxWait: max(c.options.Timeout/2, c.slice),
		})
	}
	return nil, fmt.Errorf("--policy is fifo or vruntime, not %q", c.policy)
}

// current is the policy that decides at present. Another may be offered at any time, from any goroutine; it takes over as
// the next round begins. Policies here dispatch all that they have in each round, so the old one has nothing left then.
type current struct {
	policy   scxbridge.Policy
	observer scxbridge.Observer
	ordered  bool // its VTime is virtual time
	next     atomic.Pointer[scxbridge.Policy]
	pulse    pulse
	meter    *latency.Meter                 // nil: nobody looks
	recorder atomic.Pointer[trace.Recorder] // nil: no trace is taken
}

func newCurrent(p scxbridge.Policy) *current {
	c := &current{}
	c.set(p)
	return c
}

func (c *current) set(p scxbridge.Policy) {
	c.policy = p
	c.observer, _ = p.(scxbridge.Observer)
	_, fifo := p.(*policy.FIFO)
	c.ordered = !fifo
}

func (c *current) offer(p scxbridge.Policy) { c.next.Store(&p) }

// Enqueue implements [scxbridge.Policy].
func (c *current) Enqueue(tasks []scxbridge.Task) {
	if c.next.Load() != nil {
		c.set(*c.next.Swap(nil))
	}
	c.policy.Enqueue(tasks)
}

// Dispatch implements [scxbridge.Policy].
func (c *current) Dispatch(decisions []scxbridge.Decision) int {
	return c.policy.Dispatch(decisions)
}

// Tick implements [scxbridge.Ticker].
func (c *current) Tick() time.Duration { return c.pulse.beat() }

// Observe implements [scxbridge.Observer].
func (c *current) Observe(s scxbridge.Stats) {
	if c.observer != nil {
		c.observer.Observe(s)
	}
}

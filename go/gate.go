package scxbridge

import "sync/atomic"

// gate counts the calls under way, so that close can wait for them and none can
// come after it. It has no lock: entering costs one atomic operation.
type gate struct {
	state   atomic.Int64 // calls under way, plus gateClosed
	drained chan struct{}
}

const gateClosed = 1 << 62

// enter admits a call, unless the gate is closed. Each call admitted must leave.
func (g *gate) enter() bool {
	for {
		n := g.state.Load()
		if n&gateClosed != 0 {
			return false
		}
		if g.state.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// leave ends a call; the last one out of a closed gate says so.
func (g *gate) leave() {
	if g.state.Add(-1) == gateClosed {
		close(g.drained)
	}
}

// close shuts the gate and reports whether this call did so. The caller that
// did waits on drained next.
func (g *gate) close() bool {
	for {
		n := g.state.Load()
		if n&gateClosed != 0 {
			return false
		}
		if g.state.CompareAndSwap(n, n|gateClosed) {
			if n == 0 {
				close(g.drained)
			}
			return true
		}
	}
}

func (g *gate) closed() bool { return g.state.Load()&gateClosed != 0 }

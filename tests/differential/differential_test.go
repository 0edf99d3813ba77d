package differential

import (
	"flag"
	"testing"
)

var (
	theSeed = flag.Int64("seed", -1, "the only seed to try")
	seeds   = flag.Int("seeds", 2000, "how many seeds to try")
	program = flag.String("program", "", "the compiled kernel side, not to be compiled again")
)

var sanitizers = []string{"-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"}

// In each call, the kernel side's own code, under sanitizers, does what the simulator does.
func TestSameAsKernelSide(t *testing.T) {
	c := readCounters(t)
	if *program == "" {
		*program = compile(t, kernelSide, sanitizers...)
	}
	h := startHost(t, *program)
	first, last := uint64(0), uint64(*seeds)
	if *theSeed >= 0 {
		first, last = uint64(*theSeed), uint64(*theSeed)+1
	}
	for seed := first; seed < last; seed++ {
		if found := c.try(t, h, seed); found != "" {
			t.Fatalf("seed %d: %s\nThat seed alone: make test-differential SEED=%d", seed, found, seed)
		}
	}
}

// try runs both sides, and describes the first difference, if there is one.
func (c *counters) try(t testing.TB, h *host, seed uint64) string {
	t.Helper()
	simulated, err := c.simulate(newTrial(seed))
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	done, err := h.replay(calls(simulated))
	if err != nil {
		return err.Error()
	}
	return c.difference(simulated, done)
}

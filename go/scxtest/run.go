package scxtest

import (
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// Run simulates a machine with these workloads for a virtual time of d, and
// fails the test with what the checks find. It ends the test at once if the
// simulation is impossible: see [Machine.Run].
func Run(t testing.TB, policy scxbridge.Policy, cfg Config, d time.Duration, workloads ...Workload) *Report {
	t.Helper()
	m := NewMachine(cfg)
	m.Add(workloads...)
	r, err := m.Run(policy, d)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range r.Violations {
		t.Error(v)
	}
	if r.Omitted > 0 {
		t.Errorf("and %d more violations", r.Omitted)
	}
	return r
}

package scxtest_test

import (
	"slices"
	"testing"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

func TestMachineTopology(t *testing.T) {
	m := scxtest.NewMachine(scxtest.Config{CPUs: 6, ThreadsPerCore: 2, CPUsPerLLC: 4})
	topology, err := m.Topology()
	var want []scxbridge.CPU
	for id, at := range [6][2]int{{0, 0}, {0, 0}, {2, 0}, {2, 0}, {4, 4}, {4, 4}} {
		want = append(want, scxbridge.CPU{ID: id, Online: true, Core: at[0], Cache: at[1], Capacity: scxbridge.CPUCapacityMax})
	}
	if err != nil || !slices.Equal(topology.CPUs, want) {
		t.Errorf("Topology() = %+v, %v; not %+v", topology, err, want)
	}
}

func TestMachineTopologyOfNoMachine(t *testing.T) {
	if topology, err := scxtest.NewMachine(scxtest.Config{CPUs: -1}).Topology(); err == nil {
		t.Errorf("Topology() = %+v of a machine with -1 CPUs", topology)
	}
}

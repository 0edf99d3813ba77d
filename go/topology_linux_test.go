//go:build cgo

package scxbridge

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestTopologyOfThisMachine(t *testing.T) {
	topology, err := ReadTopology()
	if err != nil {
		t.Fatal(err)
	}
	online := 0
	for _, cpu := range topology.CPUs {
		if !cpu.Online {
			continue
		}
		online++
		if got, want := cpu.Socket, readSocket(t, cpu.ID); got != want {
			t.Errorf("CPU %d is on socket %d, not %d", cpu.ID, got, want)
		}
		if cpu.Core < 0 || cpu.Core > cpu.ID || cpu.Capacity < 1 || cpu.Capacity > CPUCapacityMax {
			t.Errorf("%+v", cpu)
		}
	}
	if online == 0 {
		t.Errorf("none of %d CPUs is online", len(topology.CPUs))
	}
	if now, err := TopologyGeneration(); err != nil || now != topology.Generation {
		t.Errorf("generation %d, %v, was %d", now, err, topology.Generation)
	}
}

func readSocket(t *testing.T, cpu int) int {
	t.Helper()
	text, err := os.ReadFile("/sys/devices/system/cpu/cpu" + strconv.Itoa(cpu) + "/topology/physical_package_id")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return socket
}

package main

import (
	"os/exec"
	"strings"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name: "topology", Shape: numa,
	Doc: "the library tells of each CPU what lscpu does, also when one has gone and come back, and that there was a change",
	run: func(t *T) {
		t.Cleanup(func() { t.setCPU(2, "1") })
		whole := t.topologyOfLscpu()
		// The second cache has lost the CPU that it was named by.
		t.setCPU(2, "0")
		less := t.topologyOfLscpu()
		t.setCPU(2, "1")
		again := t.topologyOfLscpu()

		if gone := less.CPUs[2]; gone != (scx.CPU{ID: 2, Core: -1, Cache: -1, Node: 1, Socket: -1}) {
			t.Errorf("of the offline CPU it tells %+v", gone)
		}
		for i, cpu := range again.CPUs {
			t.ErrorIf(cpu != whole.CPUs[i], "a CPU is %+v again, and was %+v", cpu, whole.CPUs[i])
		}
		t.ErrorIf(less.Generation == whole.Generation || again.Generation == less.Generation,
			"the generations do not differ: %d, %d, %d", whole.Generation, less.Generation, again.Generation)
	},
})

// topologyOfLscpu reads the topology, which must be the one that lscpu tells.
func (t *T) topologyOfLscpu() scx.Topology {
	topology, err := scx.ReadTopology()
	t.Check(err, "read the topology")
	t.Logf("%+v", topology.CPUs)
	table, err := exec.Command("lscpu", "--all", "--parse=cpu,node,socket,core,cache,online").Output()
	t.Check(err, "run lscpu")
	var rows [][]string
	for _, line := range strings.Split(strings.TrimSpace(string(table)), "\n") {
		if !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, ","))
		}
	}
	if len(rows) != len(topology.CPUs) {
		t.Fatalf("lscpu lists %d CPUs, the library %d", len(rows), len(topology.CPUs))
	}
	for i, cpu := range topology.CPUs {
		row := rows[i]
		t.ErrorIf(cpu.Online != (row[len(row)-1] == "Y"), "%+v, and in lscpu %v", cpu, row)
		for j, other := range topology.CPUs[:i] {
			if !cpu.Online || !other.Online {
				continue
			}
			// The numbers differ, but not which CPUs have the same one. The last cache is that of the last level.
			for column, same := range map[int]bool{
				1:            cpu.Node == other.Node,
				2:            cpu.Socket == other.Socket,
				3:            cpu.Core == other.Core,
				len(row) - 2: cpu.Cache == other.Cache,
			} {
				t.ErrorIf(same != (row[column] == rows[j][column]), "%+v and %+v, and in lscpu %v and %v", other, cpu, rows[j], row)
			}
		}
	}
	return topology
}

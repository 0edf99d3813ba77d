package scxbridge

import "github.com/scxbridge/scxbridge/go/internal/capi"

// CPUCapacityMax is the capacity of a machine's fastest CPUs.
const CPUCapacityMax = capi.CPUCapacityMax

// CPU is a CPU that the machine can have, and where it is. Of an offline one only its node is known.
type CPU struct {
	// ID is the kernel's, as in records and decisions.
	ID int
	// Online is false for a CPU that is switched off, or not there yet.
	Online bool
	// Core and Cache are those that it shares with others, its last-level cache: each the lowest ID of the
	// online CPUs that share it. -1: unknown, as caches are in many virtual machines.
	Core, Cache int
	// Node is its NUMA node, and Socket its physical package, as the kernel numbers them; -1: unknown.
	Node, Socket int
	// Capacity is how fast it is, beside the machine's fastest CPUs: 1 to [CPUCapacityMax]; of an offline CPU 0.
	Capacity int
}

// Topology is a machine's CPUs at one moment.
type Topology struct {
	// CPUs are all that the machine can have, in the order of IDs. IDs may have gaps.
	CPUs []CPU
	// Generation is what [TopologyGeneration] was then.
	Generation uint64
}

// ReadTopology reads from sysfs which CPUs this machine has, and which of them belong together. It needs
// neither a Scheduler nor root nor sched_ext. In a simulation its place is taken by [scxtest.Machine.Topology].
//
// It fails with ErrNoLibrary or ErrABI, or if sysfs is not there.
//
// [scxtest.Machine.Topology]: https://pkg.go.dev/github.com/scxbridge/scxbridge/go/scxtest#Machine.Topology
func ReadTopology() (Topology, error) {
	if err := checkLibrary(opTopology); err != nil {
		return Topology{}, err
	}
	var cpus []capi.CPU
	for {
		n, generation, status, text := capi.TopologyRead(cpus)
		switch {
		case status < 0:
			return Topology{}, newError(opTopology, status, text)
		case n > len(cpus):
			cpus = make([]capi.CPU, n)
		default:
			return Topology{CPUs: newCPUs(cpus[:n]), Generation: generation}, nil
		}
	}
}

// TopologyGeneration returns a number that differs from the one before whenever a CPU has come or gone: then
// read the topology anew. It means nothing else, and nothing to another process. It reads two files of sysfs, and
// fails as ReadTopology does.
func TopologyGeneration() (uint64, error) {
	if err := checkLibrary(opTopology); err != nil {
		return 0, err
	}
	generation, status, text := capi.TopologyGeneration()
	if status < 0 {
		return 0, newError(opTopology, status, text)
	}
	return generation, nil
}

func newCPUs(native []capi.CPU) []CPU {
	cpus := make([]CPU, len(native))
	for i, c := range native {
		cpus[i] = CPU{
			ID: int(c.ID), Online: c.Online != 0,
			Core: int(c.Core), Cache: int(c.Cache), Node: int(c.Node), Socket: int(c.Socket),
			Capacity: int(c.Capacity),
		}
	}
	return cpus
}

const opTopology = "read topology"

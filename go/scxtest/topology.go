package scxtest

import scxbridge "github.com/scxbridge/scxbridge/go"

// Topology does what [scxbridge.ReadTopology] does. A node is a
// socket, and the CPUs never change.
// If Config is invalid, it returns the error.
func (m *Machine) Topology() (scxbridge.Topology, error) {
	cpus := make([]scxbridge.CPU, len(m.cpus))
	for id := range cpus {
		cpus[id] = scxbridge.CPU{
			ID: id, Online: true,
			Core:  id - id%m.cfg.ThreadsPerCore,
			Cache: id - id%m.cfg.CPUsPerLLC,
			Node:  m.cfg.nodeOf(id), Socket: m.cfg.nodeOf(id),
			Capacity: scxbridge.CPUCapacityMax,
		}
	}
	return scxbridge.Topology{CPUs: cpus}, m.err
}

// Package top shows in a terminal what a running agent does: CPUs and domains, records, waits by class, limited cgroups and
// the tasks that waited longest. It reads the agent's socket.
package top

package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// bindThread lets a thread of this process run on these CPUs only.
func bindThread(tid int, cpus []int) error {
	var set unix.CPUSet
	for _, cpu := range cpus {
		set.Set(cpu)
		if !set.IsSet(cpu) {
			return fmt.Errorf("CPU %d is beyond what this program can name", cpu)
		}
	}
	return unix.SchedSetaffinity(tid, &set)
}

// ownCPUs are those on which this thread may run.
func ownCPUs() []int { return cpusOfThread(0) }

// cpusOfThread are those on which a thread may run; nil if it has ended.
func cpusOfThread(tid int32) []int {
	var set unix.CPUSet
	if unix.SchedGetaffinity(int(tid), &set) != nil {
		return nil
	}
	var cpus []int
	for cpu := 0; len(cpus) < set.Count(); cpu++ {
		if set.IsSet(cpu) {
			cpus = append(cpus, cpu)
		}
	}
	return cpus
}

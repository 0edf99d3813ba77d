package main

import (
	"fmt"
	"strconv"
	"strings"
)

// Shape describes a machine, unlike the usual one of two equal CPUs. Its JSON form is the class Shape of
// tests/vm/shape.py; a field that is 0 is as usual.
type Shape struct {
	// Name follows the @ in the names of scenarios that also run on another machine.
	Name    string `json:"name,omitempty"`
	CPUs    int    `json:"cpus,omitempty"`     // online CPUs
	MaxCPUs int    `json:"max_cpus,omitempty"` // possible CPUs; the last of them are not started
	LLCs    int    `json:"llcs,omitempty"`     // last-level caches, among which the CPUs are divided
	Threads int    `json:"threads,omitempty"`  // CPUs per core
	Nodes   int    `json:"nodes,omitempty"`    // NUMA nodes, among which CPUs and memory are divided
	Append  string `json:"append,omitempty"`   // to the kernel's command line
}

// The machines, besides the usual one.
var (
	smt       = Shape{Name: "smt", CPUs: 4, Threads: 2}
	twoCaches = Shape{Name: "two_caches", CPUs: 4, LLCs: 2}
	// Enough of them that each two have a queue PARK and a ring.
	eightCPUs = Shape{Name: "eight_cpus", CPUs: 8, LLCs: 1}
	// Each node has a last-level cache of its own.
	numa = Shape{Name: "numa", CPUs: 4, LLCs: 2, Nodes: 2}
	// With its second CPU offline, there is a hole between the first and the third. That one has no timer tick while it runs
	// one task, and no interrupts of devices.
	spare = Shape{Name: "spare", CPUs: 3, MaxCPUs: 5, Append: "nohz_full=1 isolcpus=managed_irq,1"}
)

// on returns the scenarios that s becomes on further machines.
func (s Scenario) on(shapes []Shape) []Scenario {
	var more []Scenario
	for _, shape := range shapes {
		other := s
		other.Name += "@" + shape.Name
		other.Shape, other.Shapes, other.Kernels = shape, nil, ""
		more = append(more, other)
	}
	return more
}

// base returns a scenario's name without the machine's.
func base(name string) string {
	name, _, _ = strings.Cut(name, "@")
	return name
}

// expectShape fails unless the kernel sees the requested machine. It does not check caches: see expectCaches.
func (t *T) expectShape(s Shape) {
	expect := func(want int, list string) {
		if got := len(t.cpuList(list)); want != 0 && got != want {
			t.Fatalf("%s names %d, but the machine %q was to have %d", list, got, s.Name, want)
		}
	}
	expect(s.CPUs, cpuFolder+"/online")
	expect(s.MaxCPUs, cpuFolder+"/possible")
	expect(s.Threads, cpuFolder+"/cpu0/topology/thread_siblings_list")
	expect(s.Nodes, "/sys/devices/system/node/online")
}

const cpuFolder = "/sys/devices/system/cpu"

func (t *T) onlineCPUs() []int { return t.cpuList(cpuFolder + "/online") }

// cpuList reads a file that lists CPUs, or other numbers.
func (t *T) cpuList(file string) []int {
	list, err := parseList(t.read(file))
	t.Check(err, "understand %s", file)
	return list
}

// parseList reads lists such as 0-2,5.
func parseList(text string) ([]int, error) {
	var list []int
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.Atoi(from)
		last := first
		if err == nil && isRange {
			last, err = strconv.Atoi(to)
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no list: %w", text, err)
		}
		for n := first; n <= last; n++ {
			list = append(list, n)
		}
	}
	return list, nil
}

package cgroup

import (
	"strings"
	"time"
)

// Group is one cgroup, as it was when it was last read. It is never changed: a
// change makes a new Group, so it may be kept and read on any goroutine.
type Group struct {
	// ID is the inode number of the group's directory. A record's CgroupID
	// holds it.
	ID uint64
	// Parent is the ID of the parent; 0 for the root of the tree.
	Parent uint64
	// Path begins with "/" and is relative to the root of the tree, which is
	// "/" itself: by default as in /proc/PID/cgroup.
	Path string
	// CPU holds the settings of the cpu controller.
	CPU CPU
	// Owner is what the path tells about who made the group.
	Owner Owner
}

// Under reports whether the group is the one at path, or below it.
func (g *Group) Under(path string) bool {
	path = strings.TrimSuffix(path, "/")
	return strings.HasPrefix(g.Path, path) && (len(g.Path) == len(path) || g.Path[len(path)] == '/')
}

// join returns the path of a group's child.
func join(parent, name string) string { return strings.TrimSuffix(parent, "/") + "/" + name }

// CPU is what a group's files of the cpu controller say.
type CPU struct {
	// Controlled tells that the group has such files: its parent enables the
	// controller. Without it all else is 0, and the group's tasks count as
	// tasks of the nearest ancestor that has it. The root never has it.
	Controlled bool
	// Weight is cpu.weight: 1 to 10000, by default 100; 0 if the group is idle.
	Weight int
	// Nice is cpu.weight.nice: the nice value nearest to the weight.
	Nice int
	// Idle is cpu.idle: the group runs when nothing else of its parent wants to.
	Idle bool
	// Limit is cpu.max and cpu.max.burst.
	Limit Limit
}

// Limit is a limit of CPU time.
type Limit struct {
	// Quota is how long the group's tasks may run per Period, all CPUs
	// summed up. 0 means that there is no limit.
	Quota time.Duration
	// Period is the length of a period.
	Period time.Duration
	// Burst is how much unused quota may be carried over.
	Burst time.Duration
}

// Limited reports whether there is a limit.
func (l Limit) Limited() bool { return l.Quota > 0 && l.Period > 0 }

// CPUs returns the limit in CPUs: 0.2 is a fifth of one. Without a limit it
// returns 0.
func (l Limit) CPUs() float64 {
	if !l.Limited() {
		return 0
	}
	return float64(l.Quota) / float64(l.Period)
}

// tighter reports whether l limits to less than other does.
func (l Limit) tighter(other Limit) bool {
	return l.Limited() && (!other.Limited() || l.CPUs() < other.CPUs())
}

// Values is a set of a group's settings.
type Values uint8

// The settings, for [Event.Changed].
const (
	// ControlledValue: the controller was enabled or disabled for the group.
	ControlledValue Values = 1 << iota
	// WeightValue: cpu.weight, and with it cpu.weight.nice.
	WeightValue
	// IdleValue: cpu.idle.
	IdleValue
	// LimitValue: cpu.max.
	LimitValue
	// BurstValue: cpu.max.burst.
	BurstValue

	allValues Values = 1<<iota - 1
)

// differences returns the settings in which c and other differ.
func (c CPU) differences(other CPU) Values {
	var v Values
	if c.Controlled != other.Controlled {
		v |= ControlledValue
	}
	if c.Weight != other.Weight || c.Nice != other.Nice {
		v |= WeightValue
	}
	if c.Idle != other.Idle {
		v |= IdleValue
	}
	if c.Limit.Quota != other.Limit.Quota || c.Limit.Period != other.Limit.Period {
		v |= LimitValue
	}
	if c.Limit.Burst != other.Limit.Burst {
		v |= BurstValue
	}
	return v
}

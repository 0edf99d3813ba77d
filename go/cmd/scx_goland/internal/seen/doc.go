// Package seen gathers what the agent shows of itself: to Prometheus, by scx_stats' protocol, in `status` and `top`.
package seen

import (
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/latency"
)

// View is what there is to see at one moment.
type View struct {
	At       time.Time
	Agent    Agent
	Attached bool
	Stats    scxbridge.Stats
	Latency  latency.Reading
	Domains  []Domain
	Groups   []Group
	// GroupsLeftOut is how many limited groups are not in Groups.
	GroupsLeftOut int
	Events        []Event
}

// Agent is what the agent tells of itself.
type Agent struct {
	Scheduler, Policy, Version, Library string
	PID                                 int
	Began                               time.Time
	// Attaches is how often it attached or adopted a scheduler, Reloads how often it took over a new configuration, and
	// Refused how often it refused one.
	Attaches, Reloads, Refused uint64
	Errors                     uint64
	LastError                  string
	LastErrorAt                time.Time
}

// Domain is a set of CPUs that are near each other.
type Domain struct {
	CPUs   []int
	Closed bool
}

// Group is a cgroup with a limit.
type Group struct {
	Path string
	scxbridge.CgroupInfo
}

// Event is a counter of sched_ext itself.
type Event struct {
	Name  string
	Count uint64
}

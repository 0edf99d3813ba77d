package seen

import (
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cgroup"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/latency"
)

// groupsMax is how many limited groups are shown: to read one is a system call, and each makes metrics of its own.
const groupsMax = 100

// Scheduler is the part of [scxbridge.Scheduler] that is read.
type Scheduler interface {
	Stats() (scxbridge.Stats, error)
	Cgroup(id uint64) (scxbridge.CgroupInfo, error)
	Domains() (scxbridge.Domains, error)
}

// Source is where views come from. Its methods may be called from any goroutine. A nil Source notes nothing.
type Source struct {
	Meter  *latency.Meter
	root   string
	groups *cgroup.Tree // nil: cgroups are not shown

	viewing sync.Mutex // one View at a time: what many readers cost is bounded

	mu        sync.Mutex // of what follows, and never held while anything waits
	agent     Agent
	scheduler Scheduler // nil: not attached
	last      scxbridge.Stats
}

// NewSource returns a source for an agent on a machine whose file system begins at root.
func NewSource(root string, agent Agent, groups *cgroup.Tree) *Source {
	return &Source{Meter: latency.NewMeter(), root: root, groups: groups, agent: agent}
}

// Attached notes the scheduler that is attached now.
func (s *Source) Attached(scheduler Scheduler) {
	s.note(func() {
		s.scheduler = scheduler
		s.agent.Attaches++
	})
}

// Detached notes that there is none any more, and its last counters.
func (s *Source) Detached(last scxbridge.Stats) { s.note(func() { s.scheduler, s.last = nil, last }) }

// Reloaded notes a new configuration.
func (s *Source) Reloaded(policy string) {
	s.note(func() {
		s.agent.Reloads++
		s.agent.Policy = policy
	})
}

// Refused notes a configuration that was refused.
func (s *Source) Refused(err error) {
	s.note(func() { s.agent.Refused++ })
	s.Failed(err)
}

// Failed notes an error that the agent survives.
func (s *Source) Failed(err error) {
	s.note(func() {
		s.agent.Errors++
		s.agent.LastError, s.agent.LastErrorAt = err.Error(), time.Now()
	})
}

func (s *Source) note(change func()) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// View gathers what there is to see. The rounds go on meanwhile: nothing here takes what they wait for.
func (s *Source) View() View {
	s.viewing.Lock()
	defer s.viewing.Unlock()
	s.mu.Lock()
	v := View{At: time.Now(), Agent: s.agent, Stats: s.last}
	scheduler := s.scheduler
	s.mu.Unlock()

	if scheduler != nil {
		if stats, err := scheduler.Stats(); err == nil {
			v.Stats, v.Attached = stats, true
		}
	}
	v.Latency = s.Meter.Read()
	if v.Attached {
		v.Domains = domains(scheduler)
		v.Groups, v.GroupsLeftOut = s.limited(scheduler)
		v.Events = readEvents(filepath.Join(s.root, "sys/kernel/sched_ext/root/events"))
	}
	return v
}

func domains(scheduler Scheduler) []Domain {
	d, err := scheduler.Domains()
	if err != nil {
		return nil
	}
	all := make([]Domain, len(d.Closed))
	for cpu, n := range d.OfCPU {
		if n < len(all) {
			all[n].CPUs = append(all[n].CPUs, cpu)
		}
	}
	for n, closed := range d.Closed {
		all[n].Closed = closed
	}
	return all
}

// limited reads the groups with a limit, and tells how many it left out.
func (s *Source) limited(scheduler Scheduler) (read []Group, leftOut int) {
	if s.groups == nil {
		return nil, 0
	}
	var limited []*cgroup.Group
	for g := range s.groups.All() {
		if g.CPU.Limit.Limited() {
			limited = append(limited, g)
		}
	}
	slices.SortFunc(limited, func(a, b *cgroup.Group) int { return strings.Compare(a.Path, b.Path) })
	// One that was removed and made again may still be there as well.
	limited = slices.CompactFunc(limited, func(a, b *cgroup.Group) bool { return a.Path == b.Path })
	leftOut = max(0, len(limited)-groupsMax)
	for _, g := range limited[:len(limited)-leftOut] {
		// One that is gone, or that the kernel side does not keep, is not shown.
		if info, err := scheduler.Cgroup(g.ID); err == nil {
			read = append(read, Group{strings.ToValidUTF8(g.Path, "?"), info})
		}
	}
	return read, leftOut
}

package scxtest

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cgroup"
)

// Group is a cgroup of the machine: what its files of the cpu controller say. The kernel side
// keeps limits and divides by weight as docs/cgroups.md says, whatever the policy does.
type Group struct {
	// Path begins with "/", and is relative to the root of the tree, "/", which is always
	// there. Parents that are not among the machine's groups are made, with a weight of 100.
	Path string
	// ID is the CgroupID of its tasks' records. Default: the next number, from 2; the root's is 1.
	ID uint64
	// Weight is cpu.weight, 1 to 10000. Default 100.
	Weight int
	// Idle is cpu.idle: the group weighs almost nothing, less than any weight.
	Idle bool
	// Limit is cpu.max and cpu.max.burst. The zero value is no limit.
	Limit cgroup.Limit
}

// The kernel's bounds of cpu.max.
const (
	quotaMin  = time.Millisecond
	periodMax = time.Second
)

const defaultGroupWeight = 100

func (g *Group) check() error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("scxtest: group %q: %s", g.Path, fmt.Sprintf(format, args...))
	}
	l := &g.Limit
	switch {
	case !strings.HasPrefix(g.Path, "/") || g.Path == "/" || path.Clean(g.Path) != g.Path:
		return fail(`the path must begin with "/" and name a group, as "/web/server" does`)
	case g.Weight < 1 || g.Weight > 10000:
		return fail("weight %d: must be 1 to 10000", g.Weight)
	case *l == cgroup.Limit{}:
	case l.Period < quotaMin || l.Period > periodMax:
		return fail("a period of %v: must be %v to %v", l.Period, quotaMin, periodMax)
	case l.Quota < quotaMin:
		return fail("a quota of %v: must be at least %v", l.Quota, quotaMin)
	case l.Burst < 0 || l.Burst > l.Quota:
		return fail("a burst of %v: must be 0 to the quota, %v", l.Burst, l.Quota)
	}
	return nil
}

// checkGroups fills in the defaults of the groups and changes, and checks them.
func (c *Config) checkGroups() error {
	c.Groups, c.Changes = slices.Clone(c.Groups), slices.Clone(c.Changes)
	paths := make(map[string]bool, len(c.Groups))
	for i := range c.Groups {
		g := &c.Groups[i]
		setDefault(&g.Weight, defaultGroupWeight)
		if err := g.check(); err != nil {
			return err
		}
		if paths[g.Path] {
			return fmt.Errorf("scxtest: config: Groups has two groups %q", g.Path)
		}
		paths[g.Path] = true
	}
	for i := range c.Changes {
		setDefault(&c.Changes[i].group.Weight, defaultGroupWeight)
		if err := c.Changes[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// GroupReport is what a group got, with all groups below it.
type GroupReport struct {
	// Path and ID are the group's.
	Path string
	ID   uint64
	// Removed tells that the group is gone.
	Removed bool
	// CPUTime is the CPU time of its tasks, and Share its part of all tasks' CPU time, 0 to 1.
	CPUTime time.Duration
	Share   float64
	// Throttled is how often a task waited for this group's quota, ThrottledTime how long, summed
	// over those waits that ended, and ThrottledNow how many tasks wait at the end. A wait counts
	// where the quota is used up, not in the groups below.
	Throttled     uint64
	ThrottledTime time.Duration
	ThrottledNow  int
}

// Group returns the report of the group with this path, or an empty one if there was none. Of
// groups that had the same path one after another, it is the last one's.
func (r *Report) Group(path string) *GroupReport {
	for i := len(r.Groups) - 1; i >= 0; i-- {
		if r.Groups[i].Path == path {
			return &r.Groups[i]
		}
	}
	return &GroupReport{}
}

func (g *treeGroup) report(busy time.Duration) GroupReport {
	return GroupReport{
		Path: g.Path, ID: g.ID, Removed: g.removed,
		CPUTime: ns(g.busy), Share: float64(g.busy) / float64(max(busy, 1)),
		Throttled: g.throttled, ThrottledTime: ns(g.throttledNS), ThrottledNow: len(g.waiting.heap),
	}
}

// How many groups the report's text shows.
const shownGroups = 20

func (r *Report) writeGroups(w io.Writer) {
	if len(r.Groups) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\ngroup\tCPU time\tshare\tthrottled\tfor\tnow")
	for i := range r.Groups[:min(len(r.Groups), shownGroups)] {
		g := &r.Groups[i]
		fmt.Fprintf(t, "%s\t%v\t%.1f %%\t%d\t%v\t%d\n",
			g.Path, short(g.CPUTime), 100*g.Share, g.Throttled, short(g.ThrottledTime), g.ThrottledNow)
	}
	t.Flush()
	if more := len(r.Groups) - shownGroups; more > 0 {
		fmt.Fprintf(w, "and %d more groups\n", more)
	}
}

// Cgroup does what [scxbridge.Scheduler.Cgroup] does.
func (m *Machine) Cgroup(id uint64) (scxbridge.CgroupInfo, error) {
	g := m.tree.ids[id]
	if g == nil || g.parent == nil || m.cfg.Options.IgnoreCgroupLimits {
		return scxbridge.CgroupInfo{}, fmt.Errorf("scxtest: read cgroup %d: %w", id, scxbridge.ErrNoSuchCgroup)
	}
	return scxbridge.CgroupInfo{
		ID: g.ID, Quota: ns(g.quota), Period: ns(g.period), Burst: ns(g.burst),
		Throttled: g.throttled, ThrottledTime: ns(g.throttledNS), ThrottledNow: len(g.waiting.heap),
	}, nil
}

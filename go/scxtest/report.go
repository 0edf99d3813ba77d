package scxtest

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// Report is what happened in a run. It depends only on the configuration, the
// workloads and the policy: the same ones give the same report, bit by bit.
type Report struct {
	// CPUs, Duration and Seed are those of the run.
	CPUs     int
	Duration time.Duration
	Seed     uint64

	// Stats are the scheduler's counters at the end. InFlight counts the tasks
	// parked then. Always 0 are KthreadDirect, KernelDirect, Drains, MoveRetries,
	// SyncDirect, SyncSpared, CgroupsUntracked and HeartbeatAge: what they count is
	// not simulated.
	Stats scxbridge.Stats
	// Busy is the CPU time of all tasks, and AgentTime that of the agent, unless it
	// runs apart. The total available was CPUs × Duration.
	Busy, AgentTime time.Duration
	// Runs counts how often a task was put on a CPU, and Migrations how often
	// that was not the same CPU as before.
	Runs, Migrations uint64
	// CacheMoves counts the migrations from one last-level cache to another.
	CacheMoves uint64
	// Events is how many events were simulated.
	Events uint64

	// Workloads are the workloads in the order in which they were added, then
	// those that were forked, in the order in which they came.
	Workloads []WorkloadReport
	// Tasks are all tasks: those added, by PID, then the forked ones that still exist.
	Tasks []TaskReport

	// Groups are the cgroups, without the root, in the order in which they came.
	Groups []GroupReport

	// Violations are what the checks found, in order: the first 20 of each check.
	Violations []Violation
	// Omitted counts the violations beyond those.
	Omitted int
}

// TaskReport is what a task got.
type TaskReport struct {
	// PID and Name are the task's.
	PID  int32
	Name string
	// Workload is the name of its workload.
	Workload string
	// Group is the path of its cgroup.
	Group string
	// Weight is its own weight, which it has in the root.
	Weight uint64
	// Created is when it started, since the start of the simulation.
	Created time.Duration
	// CPUTime is how long it was on a CPU.
	CPUTime time.Duration
	// Share is its part of all tasks' CPU time, 0 to 1.
	Share float64
	// CacheMoves is how often it went to another last-level cache, and ColdTime the part of CPUTime in which it
	// therefore made no progress: see Config.ColdCache.
	CacheMoves uint64
	ColdTime   time.Duration
	// Runs is how often it was put on a CPU.
	Runs uint64
	// Latency has the times from each wake-up, and from its creation, until it ran.
	Latency Histogram
	// ThrottledTime is how long it waited for quota of its groups. Latency includes such waits.
	ThrottledTime time.Duration
	// LongestWait is its longest wait for a CPU, without waits for quota, but including waits after its slice
	// ended or it was preempted, and one that has not ended.
	LongestWait time.Duration
}

// WorkloadReport is what the tasks of a workload got in total.
type WorkloadReport struct {
	// Name is the workload's.
	Name string
	// Tasks is how many there were, and Exited how many have ended.
	Tasks, Exited int
	// CPUTime, Share, CacheMoves, ColdTime, Runs, Latency, ThrottledTime and LongestWait are as in TaskReport, over
	// all its tasks.
	CPUTime       time.Duration
	Share         float64
	CacheMoves    uint64
	ColdTime      time.Duration
	Runs          uint64
	Latency       Histogram
	ThrottledTime time.Duration
	LongestWait   time.Duration
}

func (w *WorkloadReport) fold(t *TaskReport) {
	w.CPUTime += t.CPUTime
	w.CacheMoves += t.CacheMoves
	w.ColdTime += t.ColdTime
	w.Runs += t.Runs
	w.Latency.merge(&t.Latency)
	w.ThrottledTime += t.ThrottledTime
	w.LongestWait = max(w.LongestWait, t.LongestWait)
}

func (m *Machine) report(d time.Duration) *Report {
	r := &Report{CPUs: m.cfg.CPUs, Duration: d, Seed: m.cfg.Seed, Migrations: m.migrations, CacheMoves: m.cacheMoves, Events: m.handled}
	r.Stats, _ = m.Stats()
	for i := range m.cpus {
		r.Busy += ns(m.cpus[i].busy)
	}
	if m.agent.thread != nil {
		r.AgentTime = m.agent.thread.stat.CPUTime
	}
	share := func(t time.Duration) float64 { return float64(t) / float64(max(r.Busy, 1)) }

	add := func(t *Thread) {
		t.group.stat.fold(&t.stat)
		s := t.stat
		s.PID, s.Name, s.Workload, s.Weight, s.Share = t.pid, t.name, t.group.Name, t.weight, share(t.stat.CPUTime)
		if t.cgroup != nil {
			s.Group = t.cgroup.Path
		}
		r.Tasks = append(r.Tasks, s)
	}
	for _, g := range m.groups {
		for _, t := range g.members {
			add(t)
		}
	}
	for _, t := range m.threads {
		if t != nil && t.parent != 0 {
			add(t)
		}
	}
	for _, g := range m.groups {
		s := g.stat
		s.Tasks, s.Share = g.count, share(s.CPUTime)
		r.Runs += s.Runs
		r.Workloads = append(r.Workloads, s)
	}
	for _, g := range m.tree.all[1:] {
		r.Groups = append(r.Groups, g.report(r.Busy))
	}
	r.Violations = m.violations.list
	for _, n := range m.violations.counts {
		r.Omitted += max(n-keptViolations, 0)
	}
	return r
}

// Workload returns the report of the workload with this name, or an empty one if
// there is no such workload.
func (r *Report) Workload(name string) *WorkloadReport {
	for i := range r.Workloads {
		if r.Workloads[i].Name == name {
			return &r.Workloads[i]
		}
	}
	return &WorkloadReport{}
}

// String returns a summary and a table of the workloads.
func (r *Report) String() string {
	var b strings.Builder
	all := float64(r.CPUs) * float64(r.Duration)
	fmt.Fprintf(&b, "%d CPUs for %v, seed %d: %.1f %% busy, agent %.1f %%, %d runs, %d migrations",
		r.CPUs, r.Duration, r.Seed, 100*float64(r.Busy)/all, 100*float64(r.AgentTime)/all, r.Runs, r.Migrations)
	if r.CacheMoves > 0 {
		fmt.Fprintf(&b, ", %d of them to another cache", r.CacheMoves)
	}
	b.WriteString("\n\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "workload\ttasks\tCPU time\tshare\twake-ups\tp50\tp99\tmax\tlongest wait")
	for i := range r.Workloads {
		w := &r.Workloads[i]
		l := &w.Latency
		fmt.Fprintf(t, "%s\t%d\t%v\t%.1f %%\t%d\t%v\t%v\t%v\t%v\n",
			w.Name, w.Tasks, short(w.CPUTime), 100*w.Share, l.Count(),
			short(l.Quantile(0.5)), short(l.Quantile(0.99)), short(l.Max()), short(w.LongestWait))
	}
	t.Flush()
	r.writeGroups(&b)
	s := &r.Stats
	fmt.Fprintf(&b, "\nqueued %d = dispatched %d + rescued %d + gone %d + in flight %d\n",
		s.Queued, s.Dispatched, s.Rescued, s.Gone, s.InFlight)
	fmt.Fprintf(&b, "decisions %d = dispatched %d + stale %d + refused %d\n", s.Decisions, s.Dispatched, s.Stale, s.Refused)
	fmt.Fprintf(&b, "idle direct %d, leased %d, congested %d, bounced %d, preempts %d, starved %d\n",
		s.IdleDirect, s.LeaseUses, s.Congested, s.Bounced, s.Preempts, s.Starved)
	if len(r.Violations) == 0 {
		b.WriteString("no violations\n")
	} else {
		fmt.Fprintf(&b, "%d violations:\n", len(r.Violations)+r.Omitted)
		for _, v := range r.Violations {
			fmt.Fprintf(&b, "  %v\n", v)
		}
	}
	return b.String()
}

// short rounds a time to three digits, for the table.
func short(d time.Duration) time.Duration {
	for unit := time.Duration(1); ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
	}
}

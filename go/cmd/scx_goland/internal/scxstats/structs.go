package scxstats

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/latency"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seen"
)

// Top is what the target top is. The tag desc says what a field means, and skip that it makes no metric; both are for
// stats_meta. Dictionaries hold structs only: so want tools that make metrics of them.
type Top struct {
	At             uint64 `json:"at" desc:"When these were read, seconds since 1970"`
	Scheduler      string `json:"scheduler" desc:"Name of the scheduler"`
	Policy         string `json:"policy" desc:"Policy that decides"`
	Version        string `json:"version" desc:"Version of scx_goland"`
	PID            int    `json:"pid" desc:"Process id of the agent" skip:"true"`
	UptimeS        uint64 `json:"uptime_s" desc:"How long the agent runs, seconds"`
	Attached       uint64 `json:"attached" desc:"1 if a scheduler is attached, else 0"`
	Attaches       uint64 `json:"attaches" desc:"Schedulers that the agent attached or adopted"`
	Reloads        uint64 `json:"reloads" desc:"Configurations that were read again, and taken over"`
	ReloadsRefused uint64 `json:"reloads_refused" desc:"Configurations that were read again, and refused"`
	Errors         uint64 `json:"errors" desc:"Errors that the agent survived"`
	LastError      string `json:"last_error" desc:"The last of these"`
	Rounds         uint64 `json:"rounds" desc:"Rounds: records received, decisions made"`
	RoundP99NS     uint64 `json:"round_p99_ns" desc:"99 % of the rounds with records took no longer from these to the last decision, ns"`

	scxbridge.Stats // described by the library

	Classes map[string]Class  `json:"classes" desc:"Waits of tasks, by nice value"`
	Domains map[string]Domain `json:"domains" desc:"Sets of CPUs that are near each other"`
	Cgroups map[string]Cgroup `json:"cgroups" desc:"Cgroups with a limit, at most 100"`
	Events  map[string]Event  `json:"kernel_events" desc:"sched_ext's own counters"`
	Waiters []Waiter          `json:"waiters" desc:"Tasks that waited longest in the last 10 s" skip:"true"`
}

// Class is what tasks of about the same nice value waited.
type Class struct {
	Decided        uint64   `json:"decided" desc:"Tasks that were decided"`
	DecidedP50NS   uint64   `json:"decided_p50_ns" desc:"Half of them waited no longer from being queued to being decided, ns"`
	DecidedP99NS   uint64   `json:"decided_p99_ns" desc:"99 % of them waited no longer, ns"`
	Running        uint64   `json:"running" desc:"Tasks of which the next record told when they ran"`
	RunningP50NS   uint64   `json:"running_p50_ns" desc:"Half of them waited no longer from their decision to running, ns"`
	RunningP99NS   uint64   `json:"running_p99_ns" desc:"99 % of them waited no longer, ns"`
	DecidedBuckets []uint64 `json:"decided_buckets" desc:"Waits up to 1 us, 2 us, 4 us and so on; the last has no bound" skip:"true"`
	RunningBuckets []uint64 `json:"running_buckets" desc:"As decided_buckets" skip:"true"`
}

// Domain is a set of CPUs.
type Domain struct {
	CPUs   string `json:"cpu_list" desc:"Its CPUs"`
	Count  uint64 `json:"cpus" desc:"How many these are"`
	Closed uint64 `json:"closed" desc:"1 if it is closed, else 0"`
}

// Cgroup is a cgroup with a limit.
type Cgroup struct {
	QuotaCPUs    float64 `json:"quota_cpus" desc:"What cpu.max allows it, CPUs"`
	Throttled    uint64  `json:"throttled" desc:"Times that a task began to wait for its quota"`
	ThrottledNS  uint64  `json:"throttled_ns" desc:"How long those waits were that have ended, ns"`
	ThrottledNow uint64  `json:"throttled_now" desc:"Tasks that wait for its quota now"`
}

// Event is a counter of the kernel's.
type Event struct {
	Count uint64 `json:"count" desc:"How often it happened; bypass_duration is in ns"`
}

// Waiter is a task that waited long.
type Waiter struct {
	PID    int32  `json:"pid" desc:"Thread id"`
	TGID   int32  `json:"tgid" desc:"Process id"`
	Comm   string `json:"comm" desc:"Name of the thread"`
	Class  string `json:"class" desc:"Its class"`
	Stage  string `json:"stage" desc:"decided: from queued to decided; running: from decided to running"`
	WaitNS uint64 `json:"wait_ns" desc:"How long it waited, ns"`
	AgoNS  uint64 `json:"ago_ns" desc:"When that was, ns ago"`
}

func newTop(v *seen.View) *Top {
	a, l := &v.Agent, &v.Latency
	t := &Top{
		At: uint64(v.At.Unix()), Scheduler: a.Scheduler, Policy: a.Policy, Version: a.Version, PID: a.PID,
		UptimeS: uint64(v.At.Sub(a.Began).Seconds()), Attached: truth(v.Attached), Attaches: a.Attaches, Reloads: a.Reloads, ReloadsRefused: a.Refused,
		Errors: a.Errors, LastError: a.LastError, Rounds: l.Rounds, RoundP99NS: uint64(l.Round.Quantile(0.99)),
		Stats:   v.Stats,
		Classes: map[string]Class{}, Domains: map[string]Domain{}, Cgroups: map[string]Cgroup{}, Events: map[string]Event{},
		Waiters: []Waiter{},
	}
	for class, name := range latency.ClassNames {
		d, r := l.Stages[class][latency.Decided], l.Stages[class][latency.Running]
		t.Classes[name] = Class{
			d.Count(), uint64(d.Quantile(0.5)), uint64(d.Quantile(0.99)), r.Count(), uint64(r.Quantile(0.5)), uint64(r.Quantile(0.99)),
			slices.Clone(d.Counts[:]), slices.Clone(r.Counts[:]),
		}
	}
	for n, d := range v.Domains {
		t.Domains[strconv.Itoa(n)] = Domain{List(d.CPUs), uint64(len(d.CPUs)), truth(d.Closed)}
	}
	for _, g := range v.Groups {
		c := Cgroup{Throttled: g.Throttled, ThrottledNS: uint64(g.ThrottledTime), ThrottledNow: uint64(g.ThrottledNow)}
		if g.Period > 0 {
			c.QuotaCPUs = float64(g.Quota) / float64(g.Period)
		}
		t.Cgroups[g.Path] = c
	}
	for _, e := range v.Events {
		t.Events[e.Name] = Event{e.Count}
	}
	for _, w := range l.Waiters {
		t.Waiters = append(t.Waiters, Waiter{
			w.PID, w.TGID, w.Comm, latency.ClassNames[w.Class], latency.StageNames[w.Stage], uint64(w.Wait), uint64(w.Ago),
		})
	}
	return t
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// List writes numbers in rising order as the kernel does: 0-3,8.
func List(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		part := strconv.Itoa(numbers[i])
		if j > i {
			part = fmt.Sprintf("%s-%d", part, numbers[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}

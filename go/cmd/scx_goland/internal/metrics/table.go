package metrics

import (
	"strings"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/counters"
)

const prefix = "scx_goland_"

// Kind is what a metric is to Prometheus.
type Kind string

// The kinds.
const (
	counter   Kind = "counter"
	gauge     Kind = "gauge"
	histogram Kind = "histogram"
)

// Metric is one of ours, with all its labels.
type Metric struct {
	Name   string
	Kind   Kind
	Unit   string
	Labels []string
	Help   string
}

// own are the metrics beside the library's counters.
var own = []Metric{
	{"info", gauge, "always 1", []string{"scheduler", "policy", "version", "library", "go"}, "What runs"},
	{"attached", gauge, "0 or 1", nil, "Whether a scheduler is attached"},
	{"attaches_total", counter, "schedulers", nil, "Schedulers that this process attached or adopted; more than one if the kernel asked for restarts"},
	{"reloads_total", counter, "reloads", []string{"result"}, "Configurations that were read again: done or refused"},
	{"errors_total", counter, "errors", nil, "Errors that the agent survived"},
	{"last_error_timestamp_seconds", gauge, "seconds since 1970", nil, "When the last of these was; 0: there was none"},
	{"rounds_total", counter, "rounds", nil, "Rounds: records received, decisions made"},
	{"round_seconds", histogram, "seconds", nil, "From a round's records to its last decision, of rounds that had records"},
	{"decided_seconds", histogram, "seconds", []string{"class"}, "How long tasks waited for their decision, from being queued to being decided; by nice value: low is 1 to 19, normal 0, high -1 to -20"},
	{"running_seconds", histogram, "seconds", []string{"class"}, "How long tasks waited for a CPU, from their decision to running, as far as their next record tells: those that ran once, without a lease"},
	{"decided_unknown_total", counter, "decisions", nil, "Decisions that decided_seconds lacks, since their record was not remembered"},
	{"running_unknown_total", counter, "decisions", nil, "Decisions that running_seconds lacks, since the next record does not tell when the task ran by them"},
	{"longest_wait_seconds", gauge, "seconds", []string{"stage"}, "The longest wait of the last 10 s: decided is from queued to decided, running is from decided to running"},
	{"domain_cpus", gauge, "CPUs", []string{"domain"}, "CPUs of a domain"},
	{"domain_closed", gauge, "0 or 1", []string{"domain"}, "Whether a domain is closed"},
	{"cgroup_quota_cpus", gauge, "CPUs", []string{"cgroup"}, "What cpu.max allows a cgroup: its quota divided by its period"},
	{"cgroup_throttled_total", counter, "waits", []string{"cgroup"}, "Times that a task began to wait for the quota of this cgroup"},
	{"cgroup_throttled_seconds_total", counter, "seconds", []string{"cgroup"}, "How long the waits for quota were that have ended, summed up over tasks"},
	{"cgroup_throttled_now", gauge, "tasks", []string{"cgroup"}, "Tasks that wait for the quota of this cgroup now"},
	{"cgroups_left_out", gauge, "cgroups", nil, "Limited cgroups that are not shown, since there are more than 100"},
	{"kernel_events_total", counter, "events", []string{"event"}, "sched_ext's own counters, /sys/kernel/sched_ext/root/events (since Linux 6.15); bypass_duration is in ns"},
}

// All returns the metrics that carry the agent's name; those of the Go runtime and the process come with them.
func All() []Metric {
	var all []Metric
	for _, c := range counters.All {
		all = append(all, of(c))
	}
	for _, m := range own {
		m.Name = prefix + m.Name
		all = append(all, m)
	}
	return all
}

func of(c counters.Counter) Metric {
	m := Metric{Name: prefix + c.Name, Kind: gauge, Unit: "number", Help: c.Help}
	if base, is := strings.CutSuffix(c.Name, "_ns"); is {
		m.Name, m.Unit, m.Help = prefix+base+"_seconds", "seconds", strings.TrimSuffix(c.Help, ", ns")
	}
	if c.Grows {
		m.Name += "_total"
		m.Kind = counter
	}
	return m
}

//go:build !demo

package metrics

import (
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/counters"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/latency"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/seen"
)

// collector gives Prometheus a view for each scrape.
type collector struct {
	view  func() seen.View
	descs map[string]*prometheus.Desc
	kinds map[string]Kind
}

func newCollector(view func() seen.View) *collector {
	c := &collector{view, map[string]*prometheus.Desc{}, map[string]Kind{}}
	for _, m := range All() {
		name := strings.TrimPrefix(m.Name, prefix)
		c.descs[name] = prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
		c.kinds[name] = m.Kind
	}
	return c
}

// Describe implements [prometheus.Collector].
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *collector) Collect(to chan<- prometheus.Metric) {
	v := c.view()
	send := func(name string, value float64, labels ...string) {
		kind := prometheus.GaugeValue
		if c.kinds[name] == counter {
			kind = prometheus.CounterValue
		}
		to <- prometheus.MustNewConstMetric(c.descs[name], kind, value, labels...)
	}
	spread := func(name string, h latency.Histogram, labels ...string) {
		buckets := map[float64]uint64{}
		var below uint64
		for i := range latency.Buckets - 1 {
			below += h.Counts[i]
			buckets[latency.Bound(i).Seconds()] = below
		}
		to <- prometheus.MustNewConstHistogram(c.descs[name], h.Count(), h.Sum.Seconds(), buckets, labels...)
	}

	for _, counter := range counters.All {
		value := float64(counter.Value(&v.Stats))
		if strings.HasSuffix(counter.Name, "_ns") {
			value /= float64(time.Second)
		}
		send(strings.TrimPrefix(of(counter).Name, prefix), value)
	}
	a := &v.Agent
	send("info", 1, a.Scheduler, a.Policy, a.Version, a.Library, runtime.Version())
	send("attached", truth(v.Attached))
	send("attaches_total", float64(a.Attaches))
	send("reloads_total", float64(a.Reloads), "done")
	send("reloads_total", float64(a.Refused), "refused")
	send("errors_total", float64(a.Errors))
	var last float64
	if !a.LastErrorAt.IsZero() {
		last = float64(a.LastErrorAt.UnixMilli()) / 1000
	}
	send("last_error_timestamp_seconds", last)

	l := &v.Latency
	send("rounds_total", float64(l.Rounds))
	spread("round_seconds", l.Round)
	for class, name := range latency.ClassNames {
		spread("decided_seconds", l.Stages[class][latency.Decided], name)
		spread("running_seconds", l.Stages[class][latency.Running], name)
	}
	send("decided_unknown_total", float64(l.DecidedUnknown))
	send("running_unknown_total", float64(l.RunningUnknown))
	var longest [latency.Stages]time.Duration
	for _, w := range l.Waiters {
		longest[w.Stage] = max(longest[w.Stage], w.Wait)
	}
	for stage, wait := range longest {
		send("longest_wait_seconds", wait.Seconds(), latency.StageNames[stage])
	}

	for n, d := range v.Domains {
		send("domain_cpus", float64(len(d.CPUs)), strconv.Itoa(n))
		send("domain_closed", truth(d.Closed), strconv.Itoa(n))
	}
	for _, g := range v.Groups {
		if g.Period > 0 {
			send("cgroup_quota_cpus", float64(g.Quota)/float64(g.Period), g.Path)
		}
		send("cgroup_throttled_total", float64(g.Throttled), g.Path)
		send("cgroup_throttled_seconds_total", g.ThrottledTime.Seconds(), g.Path)
		send("cgroup_throttled_now", float64(g.ThrottledNow), g.Path)
	}
	send("cgroups_left_out", float64(v.GroupsLeftOut))
	for _, e := range v.Events {
		send("kernel_events_total", float64(e.Count), e.Name)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

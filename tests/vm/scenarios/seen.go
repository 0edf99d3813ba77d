//go:build !demo

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

const (
	statsSocket = "/var/run/scx/root/stats"
	metricsUnit = "scx_goland_"
)

var _ = register(Scenario{
	Name: "agent_seen",
	Doc:  "at rest metrics, stats socket and the library's own counters agree; scrapes under load make no round allocate, and hold up none",
	run: func(t *T) {
		socket := filepath.Join(os.TempDir(), "agent_seen.metrics")
		// With --partial nothing happens but what the load does. What was allocated counts once it was collected: so
		// that happens often. Each row of statistics allocates, too: so there are few.
		agent := t.goland("--gc-percent", "2", "--partial", "--no-builtin-idle", "--policy", "fifo", "--slice", "1ms", "--metrics", "unix:"+socket, "--scx-stats", "--stats", "6")
		for _, path := range []string{socket, statsSocket} {
			info, err := os.Stat(path)
			t.Check(err, "look at the socket")
			owner := info.Sys().(*syscall.Stat_t).Uid
			t.ErrorIf(info.Mode().Perm() != 0o600 || owner != 0, "%s has mode %v and owner %d", path, info.Mode(), owner)
		}

		hasEvents := strings.Contains(extState("root/events"), "SCX_EV_SELECT_CPU_FALLBACK")

		const (
			warmUp  = 10
			scrapes = 6
			mallocs = "go_memstats_mallocs_total"
			made    = metricsUnit + "rounds_total"
		)
		load := t.startCmd(agentCmd("exec", "--", binary("scxload"), "messages", "--groups", "1", "--seconds", "1000"))
		load.await("records flow", func() bool { return t.askStats(`{"req":"stats"}`)["queued"] != 0.0 })
		// First it makes some scrapes, then many rounds with few of them.
		for range warmUp {
			t.scrape(socket)
		}
		first := t.scrape(socket)
		for range scrapes - 1 {
			t.scrape(socket)
		}
		before := t.scrape(socket)
		perScrape := (before[mallocs] - first[mallocs]) / scrapes
		// What a reading shows is late by up to a scrape. So a round that allocates once must make up for three.
		allowed, rounds := 1.5*perScrape, 3*perScrape
		during, n := before, 0.0
		for during[made]-before[made] < rounds {
			used := agent.cpuTime()
			load.await("the agent makes rounds", func() bool { return agent.cpuTime() > used+3*time.Second })
			during = t.scrape(socket)
			n++
		}
		grew := func(name string) float64 { return during[name] - before[name] }
		allocations := grew(mallocs) - n*perScrape
		t.Logf("%.0f rounds and %.0f scrapes: %.0f allocations, where a scrape makes %.0f: %.0f are left; %.0f of %.0f rescued",
			grew(made), n, grew(mallocs), perScrape, allocations,
			grew(metricsUnit+"rescued_total"), grew(metricsUnit+"queued_total"))
		t.ErrorIf(allocations > allowed, "the rounds allocate: more than %.0f are left", allowed)
		t.ErrorIf(grew(metricsUnit+"dispatched_total") < rounds/10, "scraped, the agent carried out %.0f decisions only", grew(metricsUnit+"dispatched_total"))

		load.end()
		var top map[string]any
		t.Await(time.Minute, "all is at rest", func() bool {
			earlier := top
			top = t.askStats(`{"req":"stats"}`)
			return top["in_flight"] == 0.0 && earlier != nil && earlier["queued"] == top["queued"] && earlier["agent_wakeups"] == top["agent_wakeups"] &&
				earlier["rounds"] == top["rounds"]
		})
		metrics := t.scrape(socket)
		status := t.start("scx_goland", "status", "--json")
		t.ErrorIf(status.exitCode(time.Minute) != 0, "status: %s", &status.err)
		var said struct{ Agent map[string]any }
		t.Check(json.Unmarshal([]byte(status.out.String()), &said), "read the status")
		t.ErrorIf(!strings.Contains(fmt.Sprint(t.askStats(`{"req":"stats_meta"}`)["Goland"]), "Tasks parked, each with a record"), "stats_meta does not describe queued")
		shown := agent.lastRow()
		agent.await("a row of statistics at rest", func() bool { return agent.lastRow() != shown })
		library, err := parseStats(agent.lastRow())
		t.Check(err, "read the library's counters")
		agent.stopAfter(uint64(rounds / 10))
		agreed := 0
		for name, value := range growing(t, library) {
			m, there := metrics[metricsUnit+name+"_total"]
			t.ErrorIf(!there || m != value, "%s is %v in the metrics, %v for the library", name, m, value)
			t.ErrorIf(top[name] != value, "%s is %v on the stats socket, %v for the library", name, top[name], value)
			t.ErrorIf(said.Agent[name] != value, "%s is %v in the status, %v for the library", name, said.Agent[name], value)
			agreed++
		}
		t.ErrorIf(agreed < 40, "only %d counters", agreed)

		// Each decision was measured, and of each that ran it is known when, or that it is not.
		decided, ran := metrics[metricsUnit+"decided_unknown_total"], metrics[metricsUnit+"running_unknown_total"]
		for _, class := range []string{"low", "normal", "high"} {
			decided += metrics[metricsUnit+`decided_seconds_count{class="`+class+`"}`]
			ran += metrics[metricsUnit+`running_seconds_count{class="`+class+`"}`]
		}
		t.Logf("%.0f decisions measured, of %.0f of these it was asked when they ran, and known of %.0f", decided, ran,
			ran-metrics[metricsUnit+"running_unknown_total"])
		t.ErrorIf(decided != float64(library.Decisions), "%.0f decisions were measured, %d made", decided, library.Decisions)
		t.ErrorIf(ran == 0 || ran > decided || metrics[metricsUnit+"running_unknown_total"] == ran, "when tasks ran is not known: %.0f of %.0f", ran, decided)
		domains := 0.0
		for n := 0; ; n++ {
			cpus, there := metrics[fmt.Sprintf(`%sdomain_cpus{domain="%d"}`, metricsUnit, n)]
			if !there {
				break
			}
			domains += cpus
		}
		t.ErrorIf(domains < float64(len(t.onlineCPUs())), "the domains have %.0f CPUs", domains)
		_, has := metrics[metricsUnit+`kernel_events_total{event="select_cpu_fallback"}`]
		t.ErrorIf(has != hasEvents, "sched_ext's events are shown: %v, the kernel has them: %v", has, hasEvents)
		for _, path := range []string{socket, statsSocket} {
			_, err := os.Stat(path)
			t.ErrorIf(err == nil, "the agent left %s", path)
		}
	},
})

// growing are the library's counters that only grow, by their names in JSON.
func growing(t *T, s scx.Stats) (values map[string]any) {
	text, err := json.Marshal(s)
	t.Check(err, "write the counters")
	t.Check(json.Unmarshal(text, &values), "read the counters")
	for name := range gauges {
		delete(values, name)
	}
	return values
}

// gauges are the values of a moment.
var gauges = map[string]bool{
	"nr_cpus": true, "in_flight": true, "throttled_now": true, "shared_waiting": true, "local_waiting": true, "heartbeat_age_ns": true,
}

// metricValues are what a scrape gives, by name and labels.
type metricValues map[string]float64

func (t *T) scrape(socket string) metricValues {
	c, err := net.DialTimeout("unix", socket, time.Minute)
	t.Check(err, "connect to the metrics")
	defer c.Close()
	t.Check(c.SetDeadline(time.Now().Add(time.Minute)), "set a deadline")
	_, err = io.WriteString(c, "GET /metrics HTTP/1.0\r\n\r\n")
	t.Check(err, "ask for metrics")
	text, err := io.ReadAll(c)
	t.Check(err, "read the metrics")
	t.FatalIf(!strings.HasPrefix(string(text), "HTTP/1.0 200 "), "metrics: %.200s", text)
	values := metricValues{}
	for _, line := range strings.Split(string(text), "\n") {
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if value, err := strconv.ParseFloat(line[at+1:], 64); err == nil {
			values[line[:at]] = value
		}
	}
	return values
}

// askStats asks the running agent in scx_stats' protocol.
func (t *T) askStats(request string) map[string]any {
	c, err := net.DialTimeout("unix", statsSocket, time.Minute)
	t.Check(err, "connect to the stats socket")
	defer c.Close()
	t.Check(c.SetDeadline(time.Now().Add(time.Minute)), "set a deadline")
	_, err = io.WriteString(c, request+"\n")
	t.Check(err, "ask for statistics")
	line, err := bufio.NewReader(c).ReadBytes('\n')
	t.Check(err, "read the statistics")
	var r struct {
		Errno int
		Args  struct{ Resp map[string]any }
	}
	t.Check(json.Unmarshal(line, &r), "read the statistics")
	t.FatalIf(r.Errno != 0, "the stats socket refuses %s: %s", request, line)
	return r.Args.Resp
}

package top

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/latency"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/scxstats"
)

// tone says how a text looks.
type tone int

const (
	plain tone = iota
	title
	head
	good
	bad
)

// span is a piece of a line in one tone.
type span struct {
	tone tone
	text string
}

type line []span

// reading is what was read at one time.
type reading struct {
	top  *scxstats.Top
	cpus usage
	at   time.Time
}

// view is what there is to show: the last two readings, and why there is no newer one.
type view struct {
	before, now reading
	err         error
}

// next takes a new reading in.
func (v *view) next(r reading, err error) {
	if v.err = err; err != nil {
		return
	}
	if v.before = v.now; v.before.top != nil && (v.before.top.PID != r.top.PID || v.before.top.Attaches != r.top.Attaches) {
		v.before = reading{} // another one, which counts from the beginning
	}
	v.now = r
}

// lines are what to show on a screen of this size. The most important comes first, and lines are cut where the screen ends.
func (v *view) lines(width, height int) []line {
	t := v.now.top
	if t == nil {
		return []line{{{bad, "reading"}}}
	}
	all := []line{v.header(width)}
	if v.err != nil {
		all = append(all, line{{bad, fmt.Sprintf("the agent does not answer: %v; trying again", v.err)}})
	}
	if t.Attached == 0 {
		all = append(all, line{{bad, "no scheduler is attached"}})
	}
	all = append(all, v.rates(width)...)
	if t.LastError != "" {
		all = append(all, line{{bad, fmt.Sprintf("%d errors, the last: %s", t.Errors, t.LastError)}})
	}
	rest := max(0, height-len(all))
	all = append(all, v.cpus(width, max(2, rest/3))...)
	all = append(all, v.classes(width)...)
	all = append(all, v.waiters(width)...)
	all = append(all, v.groups(width)...)
	return append(all, v.events(width)...)
}

func (v *view) header(width int) line {
	t := v.now.top
	left := fmt.Sprintf(" %s  policy %s  up %v", t.Scheduler, t.Policy, time.Duration(t.UptimeS)*time.Second)
	right := v.now.at.Format("15:04:05") + "  q: quit "
	if n := width - len(left) - len(right); n > 0 {
		left += strings.Repeat(" ", n) + right
	}
	return line{{title, fill(left, width)}}
}

// rate is how much a counter grew in a second.
func (v *view) rate(of func(*scxstats.Top) uint64) (perSecond uint64, known bool) {
	if v.before.top == nil {
		return 0, false
	}
	took, now, before := v.now.at.Sub(v.before.at).Seconds(), of(v.now.top), of(v.before.top)
	if took <= 0 || now < before {
		return 0, false
	}
	return uint64(float64(now-before)/took + 0.5), true
}

func (v *view) rateText(of func(*scxstats.Top) uint64) string {
	if n, known := v.rate(of); known {
		return count(n)
	}
	return "-"
}

// rates are lines of name and value, as many in a line as fit.
func (v *view) rates(width int) []line {
	t := v.now.top
	type item struct {
		name, value string
		tone        tone
	}
	perSecond := func(name string, of func(*scxstats.Top) uint64) item {
		return item{name + "/s", v.rateText(of), plain}
	}
	rescues := perSecond("rescued", func(t *scxstats.Top) uint64 { return t.Rescued })
	if n, _ := v.rate(func(t *scxstats.Top) uint64 { return t.Rescued }); n > 0 {
		rescues.tone = bad
	}
	items := []item{
		perSecond("queued", func(t *scxstats.Top) uint64 { return t.Queued }),
		perSecond("dispatched", func(t *scxstats.Top) uint64 { return t.Dispatched }),
		rescues,
		{"rescued all", count(t.Rescued), plain},
		{"parked", count(t.InFlight), plain},
		{"waiting", count(t.SharedWaiting + t.LocalWaiting), plain},
		perSecond("leased", func(t *scxstats.Top) uint64 { return t.LeaseUses }),
		perSecond("idle", func(t *scxstats.Top) uint64 { return t.IdleDirect }),
		perSecond("stale", func(t *scxstats.Top) uint64 { return t.Stale }),
		perSecond("rounds", func(t *scxstats.Top) uint64 { return t.Rounds }),
		{"round p99", short(t.RoundP99NS), plain},
		{"throttled", count(t.ThrottledNow), plain},
	}
	const cell = 20
	var all []line
	for len(items) > 0 {
		n := min(len(items), max(1, width/cell))
		var l line
		for _, i := range items[:n] {
			text := fmt.Sprintf("%-12s%7s ", i.name, i.value)
			l = append(l, span{i.tone, text})
		}
		all, items = append(all, l), items[n:]
	}
	return all
}

// cpus shows how busy the CPUs are, by domain, in at most so many lines.
func (v *view) cpus(width, most int) []line {
	const cell = 9
	var all []line
	for _, name := range inOrder(v.now.top.Domains) {
		d := v.now.top.Domains[name]
		label := "domain " + name + " "
		if d.Closed != 0 {
			label += "closed "
		}
		perLine := max(1, (width-len(label))/cell)
		for cpus := parseList(d.CPUs); len(cpus) > 0; {
			l := line{{plain, label}}
			n := min(perLine, len(cpus))
			for _, cpu := range cpus[:n] {
				l = append(l, v.cpu(cpu))
			}
			all, cpus = append(all, l), cpus[n:]
			label = strings.Repeat(" ", len(label))
		}
	}
	if left := len(all) - (most - 1); left > 0 {
		all = append(all[:most-2], line{{plain, fmt.Sprintf("and %d more lines of CPUs", left+1)}})
	}
	return append([]line{{{head, fill("CPUs by domain", width)}}}, all...)
}

// cpu shows how busy a CPU is.
func (v *view) cpu(id int) span {
	percent, known := v.now.cpus.since(v.before.cpus, id)
	switch {
	case !known:
		return span{plain, fmt.Sprintf("%3d:  -  ", id)}
	case percent >= 90:
		return span{bad, fmt.Sprintf("%3d:%3d%% ", id, percent)}
	}
	return span{good, fmt.Sprintf("%3d:%3d%% ", id, percent)}
}

// classes shows waits since the last reading; or, if there is none, since the beginning.
func (v *view) classes(width int) []line {
	wide := width >= 62
	format, heading := "%-7s%10s%7s%10s%6s", fmt.Sprintf("%-7s%10s%7s%10s%6s", "class", "decided/s", "p99", "running/s", "p99")
	if wide {
		heading = fmt.Sprintf("%-8s%11s%9s%9s%12s%9s%9s", "class", "decided/s", "p50", "p99", "running/s", "p50", "p99")
		format = "%-8s%11s%9s%9s%12s%9s%9s"
	}
	all := []line{{{head, fill(heading, width)}}}
	for _, name := range latency.ClassNames {
		now := v.now.top.Classes[name]
		var before scxstats.Class
		if v.before.top != nil {
			before = v.before.top.Classes[name]
		}
		decided, running := since(now.DecidedBuckets, before.DecidedBuckets), since(now.RunningBuckets, before.RunningBuckets)
		rate := func(of func(scxstats.Class) uint64) string {
			return v.rateText(func(t *scxstats.Top) uint64 { return of(t.Classes[name]) })
		}
		cells := []any{
			name, rate(func(c scxstats.Class) uint64 { return c.Decided }), quantile(decided, 0.5), quantile(decided, 0.99),
			rate(func(c scxstats.Class) uint64 { return c.Running }), quantile(running, 0.5), quantile(running, 0.99),
		}
		if !wide {
			cells = []any{cells[0], cells[1], cells[3], cells[4], cells[6]}
		}
		all = append(all, line{{plain, fmt.Sprintf(format, cells...)}})
	}
	return all
}

func (v *view) waiters(width int) []line {
	all := []line{{{head, fill(fmt.Sprintf("%8s  %-8s%-8s%8s  %s", "waited", "until", "class", "pid", "longest of the last 10 s"), width)}}}
	for _, w := range v.now.top.Waiters {
		all = append(all, line{{plain, fmt.Sprintf("%8s  %-8s%-8s%8d  %s", short(w.WaitNS), w.Stage, w.Class, w.PID, printable(w.Comm))}})
	}
	return all
}

func (v *view) groups(width int) []line {
	t := v.now.top
	if len(t.Cgroups) == 0 {
		return nil
	}
	all := []line{{{head, fill(fmt.Sprintf("%6s%9s%9s  %s", "CPUs", "waits/s", "waiting", "limited cgroup"), width)}}}
	names := inOrder(t.Cgroups)
	slices.SortStableFunc(names, func(a, b string) int {
		return int(t.Cgroups[b].ThrottledNow) - int(t.Cgroups[a].ThrottledNow)
	})
	for _, name := range names[:min(len(names), 8)] {
		g := t.Cgroups[name]
		waits := v.rateText(func(t *scxstats.Top) uint64 { return t.Cgroups[name].Throttled })
		all = append(all, line{{plain, fmt.Sprintf("%6.2f%9s%9s  %s", g.QuotaCPUs, waits, count(g.ThrottledNow), printable(name))}})
	}
	return all
}

// events shows which of the kernel's counters grow.
func (v *view) events(width int) []line {
	var all []line
	for _, name := range inOrder(v.now.top.Events) {
		n, _ := v.rate(func(t *scxstats.Top) uint64 { return t.Events[name].Count })
		if n == 0 {
			continue
		}
		if all == nil {
			all = append(all, line{{head, fill(fmt.Sprintf("%9s  %s", "per s", "sched_ext's event"), width)}})
		}
		all = append(all, line{{plain, fmt.Sprintf("%9s  %s", count(n), name)}})
	}
	return all
}

// inOrder are a dictionary's keys; numbers in the order of numbers.
func inOrder[T any](of map[string]T) []string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		m, err := strconv.Atoi(a)
		n, err2 := strconv.Atoi(b)
		if err == nil && err2 == nil {
			return m - n
		}
		return strings.Compare(a, b)
	})
	return names
}

// since is what buckets grew by.
func since(now, before []uint64) latency.Histogram {
	var h latency.Histogram
	for i := range min(len(now), len(h.Counts)) {
		h.Counts[i] = now[i]
		if i < len(before) && before[i] <= now[i] {
			h.Counts[i] -= before[i]
		}
	}
	return h
}

func quantile(h latency.Histogram, share float64) string {
	if h.Count() == 0 {
		return "-"
	}
	return short(uint64(h.Quantile(share)))
}

// short writes a time in three or four characters and a unit.
func short(ns uint64) string {
	for _, unit := range []struct {
		name string
		ns   uint64
	}{{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}} {
		if ns >= unit.ns {
			n := float64(ns) / float64(unit.ns)
			if n < 10 {
				return fmt.Sprintf("%.1f%s", n, unit.name)
			}
			return fmt.Sprintf("%.0f%s", n, unit.name)
		}
	}
	return fmt.Sprintf("%dns", ns)
}

// count writes a number in at most six characters.
func count(n uint64) string {
	switch {
	case n < 100_000:
		return strconv.FormatUint(n, 10)
	case n < 10_000_000:
		return fmt.Sprintf("%dk", n/1000)
	case n < 10_000_000_000:
		return fmt.Sprintf("%dM", n/1_000_000)
	}
	return fmt.Sprintf("%dG", n/1_000_000_000)
}

// printable keeps a task's name from doing something to the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// fill makes a text as wide as the screen.
func fill(text string, width int) string { return fmt.Sprintf("%-*s", width, text) }

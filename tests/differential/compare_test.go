package differential

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/lockstep"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// counters are the kernel side's counters.
type counters struct {
	names  map[int32]string // by their place in struct scxb_stats, in words
	fields map[int32]int    // of scxbridge.Stats
}

// readCounters finds the kernel side's counters. Stats has a field for each, with the same JSON name.
func readCounters(t testing.TB) counters {
	t.Helper()
	files, err := filepath.Glob(kernelSide + "/*.[ch]")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	counted := map[string]bool{}
	for _, m := range regexp.MustCompile(`\bstat_\w+\((\w+)[,)]`).FindAllStringSubmatch(all.String(), -1) {
		counted[m[1]] = true
	}
	fields := map[string]int{}
	stats := reflect.TypeFor[scxbridge.Stats]()
	for i := range stats.NumField() {
		fields[stats.Field(i).Tag.Get("json")] = i
	}
	c := counters{map[int32]string{}, map[int32]int{}}
	bytes := int32(0)
	body := regexp.MustCompile(`(?s)struct scxb_stats \{(.*?)\n\}`).FindString(all.String())
	for _, m := range regexp.MustCompile(`(?m)^\s*(u32|uint32_t|u64|uint64_t) (\w+);`).FindAllStringSubmatch(body, -1) {
		if strings.Contains(m[1], "32") {
			bytes += 4
			continue
		}
		if field, ok := fields[m[2]]; ok && counted[m[2]] {
			c.names[bytes/8], c.fields[bytes/8] = m[2], field
		}
		bytes += 8
	}
	if len(c.names) < 20 {
		t.Fatalf("found %d counters in struct scxb_stats of %s: %v", len(c.names), kernelSide, c.names)
	}
	return c
}

// grown appends a step for each counter that has grown since it was last reported.
func (c *counters) grown(steps []lockstep.Step, now, told *scxbridge.Stats) []lockstep.Step {
	a, b := reflect.ValueOf(now).Elem(), reflect.ValueOf(told).Elem()
	for i, field := range c.fields {
		if grown := a.Field(field).Uint() - b.Field(field).Uint(); grown != 0 {
			steps = append(steps, lockstep.Step{Kind: lockstep.Counter, CPU: -1, PID: i, Args: [6]uint64{grown}})
		}
	}
	return steps
}

// maxSteps bounds a run, since a seed's load may take a million steps in a second.
const maxSteps = 2000

type enough struct{}

// simulate returns the simulator's steps, up to the first call after maxSteps.
func (c *counters) simulate(tr *trial) (steps []lockstep.Step, err error) {
	steps = begin(&tr.config)
	var stats *scxbridge.Stats
	var told scxbridge.Stats
	count := func() {
		if *stats != told {
			steps = c.grown(steps, stats, &told)
			told = *stats
		}
	}
	lockstep.Follow = func(s *scxbridge.Stats) func(*lockstep.Step) {
		stats = s
		return func(s *lockstep.Step) {
			if s.Kind < lockstep.Insert {
				count()
				if len(steps) > maxSteps && s.Kind != lockstep.Flush {
					panic(enough{})
				}
			}
			steps = append(steps, *s)
		}
	}
	defer func() {
		lockstep.Follow = nil
		if p := recover(); p != nil && p != any(enough{}) {
			panic(p)
		}
		for len(steps) > 0 && steps[len(steps)-1].Kind == lockstep.Decision {
			steps = steps[:len(steps)-1] // its flush is missing
		}
		steps = append(steps, lockstep.Step{Kind: lockstep.End})
	}()
	m := scxtest.NewMachine(tr.config)
	m.Add(tr.workloads...)
	tr.policy.machine = m
	_, err = m.Run(tr.policy, tr.duration)
	if err == nil {
		count()
	}
	return steps, err
}

// calls returns the steps that are calls.
func calls(steps []lockstep.Step) []lockstep.Step {
	var some []lockstep.Step
	for _, s := range steps {
		if s.Kind < lockstep.Insert {
			some = append(some, s)
		}
	}
	return some
}

// inOrder groups the effects of each call by kind, and keeps their order within a kind: whether one
// call first queues a task or first kicks a CPU cannot be observed.
func inOrder(steps []lockstep.Step) {
	for i := 0; i < len(steps); {
		end := i + 1
		for end < len(steps) && steps[end].Kind >= lockstep.Insert {
			end++
		}
		for j := i; j < end; j++ {
			if steps[j].Kind >= lockstep.Insert {
				steps[j].At = steps[i].At
			}
		}
		slices.SortStableFunc(steps[i+1:end], func(a, b lockstep.Step) int {
			if a.Kind == lockstep.Counter && b.Kind == lockstep.Counter {
				return int(a.PID - b.PID)
			}
			return int(a.Kind) - int(b.Kind)
		})
		i = end
	}
}

// difference describes the first difference, or returns "".
func (c *counters) difference(simulated, true_ []lockstep.Step) string {
	inOrder(simulated)
	inOrder(true_)
	at := 0
	for at < len(simulated) && at < len(true_) && simulated[at] == true_[at] {
		at++
	}
	if at == len(simulated) && at == len(true_) {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "step %d differs\n", at)
	const before, after = 30, 8
	for i := max(0, at-before); i < at; i++ {
		fmt.Fprintf(&b, "  both       %s\n", c.format(&simulated[i]))
	}
	for _, side := range []struct {
		name  string
		steps []lockstep.Step
	}{{"simulator ", simulated}, {"kernel side", true_}} {
		for i := at; i < min(at+after, len(side.steps)); i++ {
			fmt.Fprintf(&b, "  %-11s %s\n", side.name, c.format(&side.steps[i]))
		}
	}
	return b.String()
}

var kinds = map[lockstep.Kind]string{
	lockstep.Begin: "begin", lockstep.Init: "init_task", lockstep.Register: "register", lockstep.Wake: "wake",
	lockstep.Enqueue: "enqueue", lockstep.Dispatch: "dispatch", lockstep.Run: "running", lockstep.Stop: "stopping",
	lockstep.Idle: "idle", lockstep.Wait: "agent waits", lockstep.Receive: "receive", lockstep.Decision: "decision",
	lockstep.Flush: "flush", lockstep.Fire: "timer fires", lockstep.Ask: "select CPU", lockstep.Revoke: "revoke lease", lockstep.Domains: "set domains", lockstep.End: "end",
	lockstep.Insert: "insert", lockstep.Kick: "kick", lockstep.Timer: "timer starts", lockstep.Record: "record",
	lockstep.RecordWeights: "record", lockstep.RecordMore: "record", lockstep.Wakeup: "wakes agent", lockstep.Answer: "answer",
}

func queueName(q uint64) string {
	for _, n := range []struct {
		bit  uint64
		name string
	}{{lockstep.Park, "PARK"}, {lockstep.System, "SYSTEM"}, {lockstep.Shared, "SHARED"}, {lockstep.Local, "local queue of"}} {
		if q&n.bit != 0 {
			return fmt.Sprint(n.name, " ", q&^n.bit)
		}
	}
	return fmt.Sprint("queue of CPU ", q)
}

func (c *counters) format(s *lockstep.Step) string {
	a := s.Args
	switch s.Kind {
	case lockstep.Counter:
		return fmt.Sprintf("             %s += %d", c.names[s.PID], a[0])
	case lockstep.Insert:
		return fmt.Sprintf("             insert task %d into %s, vtime %d, slice %d, flags %d", s.PID, queueName(a[0]), a[1], a[2], s.Flags)
	case lockstep.Kick:
		return fmt.Sprintf("             kick CPU %d, flags %d", s.CPU, s.Flags)
	}
	indent := ""
	if s.Kind >= lockstep.Insert {
		indent = "             "
	}
	return fmt.Sprintf("%s%d %s: CPU %d, task %d, flags %d, %v", indent, s.At, kinds[s.Kind], s.CPU, s.PID, s.Flags, a)
}

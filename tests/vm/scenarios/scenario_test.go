package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Each row of docs/reliability.md names scenarios that exist.
func TestReliabilityTable(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, line := range strings.Split(string(doc), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.Contains(line, "---") || strings.Contains(line, "| scenario |") {
			continue
		}
		rows++
		names := regexp.MustCompile("`([a-z_@]+)`").FindAllStringSubmatch(cells[3], -1)
		if len(names) == 0 {
			t.Errorf("no scenario in %q", line)
		}
		for _, name := range names {
			if _, there := scenarios[name[1]]; !there {
				t.Errorf("docs/reliability.md promises the scenario %q, which does not exist", name[1])
			}
		}
	}
	if rows < 10 {
		t.Errorf("only %d rows were found", rows)
	}
}

// A scenario with further machines gives one more scenario for each, only on the newest kernel.
func TestFurtherShapes(t *testing.T) {
	s := Scenario{Name: "a", Timeout: 3, Kernels: everyKernel, Shapes: []Shape{smt, numa}}
	more := s.on(s.Shapes)
	if len(more) != 2 {
		t.Fatalf("%d scenarios", len(more))
	}
	for i, shape := range s.Shapes {
		other := more[i]
		if other.Name != "a@"+shape.Name || other.Shape != shape || other.Timeout != 3 || other.Kernels != "" || len(other.Shapes) != 0 {
			t.Errorf("%+v", other)
		}
		if base(other.Name) != "a" {
			t.Errorf("the base of %s is %s", other.Name, base(other.Name))
		}
	}
}

func TestParseList(t *testing.T) {
	for text, want := range map[string][]int{"": nil, "3": {3}, "0-2,5": {0, 1, 2, 5}} {
		if got, err := parseList(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if got, err := parseList("0-x"); err == nil {
		t.Errorf("a list that is none: %v", got)
	}
}

// A failure names the scenario's line, and those of the helpers below it.
func TestFailureNamesItsLines(t *testing.T) {
	var got string
	line := 0
	helper := func() { got = where() }
	(&T{}).guard(func() {
		_, _, line, _ = runtime.Caller(0)
		helper()
	})
	if want := fmt.Sprintf("scenario_test.go:%d > scenario_test.go:%d", line+1, line-2); got != want {
		t.Errorf("where() = %q, want %q", got, want)
	}
}

// The reports of loads are read to the number, and one that lacks what was asked for fails the scenario.
func TestReports(t *testing.T) {
	s := &T{}
	said := func(report string) *process { return s.startCmd(exec.Command("printf", "{\"cmd\":\"x\"}\\n"+report)) }
	if n := said(`{"threads":[{"loops":30,"wall_us":1e6},{"loops":40,"wall_us":2e6}]}`).hogResults().loops(); n != 50 {
		t.Errorf("%v loops per second, not 50", n)
	}
	want := latency{48500, 13820800, 20_000_000}
	if l := said(`{"wakeup_p50_us":48.5,"wakeup_p99_us":13820.8,"wakeup_max_us":2e4}`).latency("wakeup"); l != want {
		t.Errorf("latency %v, not %v", l, want)
	}
	if s.failed {
		t.Error("a good report fails")
	}
	s.guard(func() { said(`{"ok":true}`).figure("wakeups") })
	if !s.failed {
		t.Error("a report without the figure passes")
	}
}

// The scenario's end ends an endless load, which must run until then.
func TestEndless(t *testing.T) {
	for _, c := range []struct {
		name   string
		end    func(*process)
		failed bool
	}{
		{"runs to the end", func(*process) {}, false},
		{"is ended by the scenario", (*process).end, false},
		{"ends by itself", func(p *process) { p.signal(syscall.SIGKILL); <-p.done }, true},
	} {
		t.Setenv("SCXB_BIN", t.TempDir())
		if err := os.WriteFile(binary("scxload"), []byte("#!/bin/sh\nexec sleep 1000\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		s := &T{}
		p := s.endless("hog")
		c.end(p)
		s.cleanUp()
		if p.running() || s.failed != c.failed {
			t.Errorf("a load that %s: running %v, failed %v", c.name, p.running(), s.failed)
		}
	}
}

// A measurement is repeated until it succeeds, and fails the scenario only if it never does.
func TestQuietRun(t *testing.T) {
	for _, c := range []struct {
		good, runs int
		failed     bool
	}{{1, 1, false}, {3, 3, false}, {4, 3, true}} {
		s, runs := &T{}, 0
		s.quietRun(3, "it was loud", func() bool {
			runs++
			return runs == c.good
		})
		if runs != c.runs || s.failed != c.failed {
			t.Errorf("good in run %d of 3: %d runs, failed %v", c.good, runs, s.failed)
		}
	}
}

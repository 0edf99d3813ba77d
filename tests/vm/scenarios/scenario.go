package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Scenario is one test in the virtual machine. tests/vm/vm.py reads its JSON form.
type Scenario struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
	// Last is for a scenario that leaves the machine unusable for others: it runs after them.
	Last bool `json:"last,omitempty"`
	// Timeout is in seconds. The default is generous: other loads on the host stretch time here.
	Timeout int `json:"timeout_s"`
	// Shape is the machine that it needs.
	Shape Shape `json:"shape"`
	// Shapes are further machines on which it runs once more, as NAME@SHAPE, on the newest kernel.
	Shapes []Shape `json:"-"`
	// Kernels says on which of the default kernels it runs: everyKernel, bothEnds, or "" for only the newest.
	Kernels string `json:"kernels,omitempty"`

	run func(*T)
}

// everyKernel is for promises that the kernel's own code may break: what it calls, moves, preempts or refuses.
// A promise that concerns only our code is proven on one kernel.
const everyKernel = "every"

// bothEnds is for those of them that no kernel between the oldest and the newest broke so far. `KERNEL=all` runs them
// everywhere.
const bothEnds = "ends"

var scenarios = map[string]Scenario{}

// register is called by each scenario's file when the program starts.
func register(s Scenario) bool {
	if s.Timeout == 0 {
		s.Timeout = 400
	}
	for _, s := range append(s.on(s.Shapes), s) {
		if _, twice := scenarios[s.Name]; twice {
			panic("two scenarios are called " + s.Name)
		}
		scenarios[s.Name] = s
	}
	return true
}

func list() {
	all := make([]Scenario, 0, len(scenarios))
	for _, s := range scenarios {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b Scenario) int { return strings.Compare(a.Name, b.Name) })
	json.NewEncoder(os.Stdout).Encode(all)
}

const (
	exitFailed  = 1
	exitSkipped = 77
)

func runScenario(name string) int {
	s, ok := scenarios[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "scenarios: no scenario is called %q\n", name)
		return 2
	}
	return runIn(&T{began: time.Now()}, func(t *T) {
		t.expectShape(s.Shape)
		s.run(t)
	})
}

// runIn runs a scenario, cleans up after it and checks the kernel's log. It returns an exit status.
func runIn(t *T, run func(*T)) int {
	t.guard(func() { run(t) })
	t.cleanUp()
	if t.skipped != "" {
		fmt.Println(t.skipped)
		return exitSkipped
	}
	t.guard(t.checkKernelLog)
	if t.failed {
		return exitFailed
	}
	return 0
}

// T is a scenario's testing.T, with methods of the same names.
type T struct {
	began    time.Time
	failed   bool
	skipped  string
	cleanups []func()
	// Texts in the kernel's log that this scenario provokes.
	expected []string
	// interrupted, if not nil, ends all waits when it is closed: a person interrupted the demo.
	interrupted <-chan struct{}
}

type stop struct{}

// guard runs a part of a scenario: a panic, or Fatalf, ends only that part.
func (t *T) guard(f func()) {
	defer func() {
		switch v := recover(); v.(type) {
		case nil, stop:
		default:
			t.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	f()
}

func (t *T) Logf(format string, args ...any) {
	fmt.Printf("%8.3f "+format+"\n", append([]any{time.Since(t.began).Seconds()}, args...)...)
}

func (t *T) Errorf(format string, args ...any) {
	t.failed = true
	t.Logf("FAILED at "+where()+": "+format, args...)
}

// where returns the scenario's current line, and those of the helpers that it called to get here.
func where() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	here, more := frames.Next()
	var lines []string
	for more {
		var frame runtime.Frame
		frame, more = frames.Next()
		if strings.HasSuffix(frame.Function, ".(*T).guard") {
			break
		}
		// Skip this file, through which every failure passes, and functions of other packages.
		if frame.File != here.File && filepath.Dir(frame.File) == filepath.Dir(here.File) {
			lines = append(lines, fmt.Sprintf("%s:%d", filepath.Base(frame.File), frame.Line))
		}
	}
	slices.Reverse(lines)
	return strings.Join(lines, " > ")
}

func (t *T) Fatalf(format string, args ...any) {
	t.Errorf(format, args...)
	panic(stop{})
}

// ErrorIf fails the scenario if something is wrong; FatalIf also ends it.
func (t *T) ErrorIf(wrong bool, format string, args ...any) {
	if wrong {
		t.Errorf(format, args...)
	}
}

func (t *T) FatalIf(wrong bool, format string, args ...any) {
	if wrong {
		t.Fatalf(format, args...)
	}
}

// Check fails and ends the scenario if there is an error.
func (t *T) Check(err error, doing string, args ...any) {
	if err != nil {
		t.Fatalf("%s: %v", fmt.Sprintf(doing, args...), err)
	}
}

func (t *T) Skipf(format string, args ...any) {
	t.skipped = fmt.Sprintf(format, args...)
	panic(stop{})
}

func (t *T) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

// cleanUp calls the functions given to Cleanup, the last one first.
func (t *T) cleanUp() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.guard(t.cleanups[i])
	}
}

// Await waits until a condition holds. The limit should be generous, so that only a hang exceeds it.
func (t *T) Await(limit time.Duration, what string, holds func() bool) {
	t.awaitEvery(5*time.Millisecond, limit, what, holds)
}

// awaitEvery is Await with a period of its own: asking often is a load, too.
func (t *T) awaitEvery(period, limit time.Duration, what string, holds func() bool) {
	for end := time.Now().Add(limit); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain until %s", limit, what)
		}
		select {
		case <-time.After(period):
		case <-t.interrupted:
			panic(stop{})
		}
	}
}

// expectKernelLog accepts lines of the kernel's log that contain one of these texts.
func (t *T) expectKernelLog(texts ...string) { t.expected = append(t.expected, texts...) }

// checkKernelLog fails if the kernel complained of a scheduler. The log is
// cleared before each scenario.
func (t *T) checkKernelLog() {
	buf := make([]byte, 1<<20)
	n, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, buf)
	t.Check(err, "read the kernel's log")
	for _, line := range strings.Split(string(buf[:n]), "\n") {
		if t.kernelComplains(line) {
			t.Errorf("the kernel's log: %s", line)
		}
	}
}

func (t *T) kernelComplains(line string) bool {
	for _, text := range t.expected {
		if strings.Contains(line, text) {
			return false
		}
	}
	if !strings.Contains(line, "sched_ext:") {
		return false
	}
	return !strings.Contains(line, "\" enabled") &&
		!strings.Contains(line, "disabled (unregistered from user space)")
}

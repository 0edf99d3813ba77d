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

// Scenario is one test in the virtual machine. The fields of its JSON form are
// tests/vm/vm.py's.
type Scenario struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
	// Last is for what leaves the machine of no use to others: it is run after them.
	Last bool `json:"last,omitempty"`
	// Timeout is in seconds. The usual one is generous: other loads on the host stretch time here.
	Timeout int `json:"timeout_s"`
	// Shape is the machine that it needs.
	Shape Shape `json:"shape"`
	// Shapes are further machines on which it runs once more, as NAME@SHAPE, on the newest kernel.
	Shapes []Shape `json:"-"`
	// Kernels says on which of the default kernels it runs: everyKernel, or on the newest only.
	Kernels string `json:"kernels,omitempty"`

	run func(*T)
}

// everyKernel is for promises that the kernel's own code may break: what it calls, moves, preempts or refuses.
// Those about our code alone are kept on one kernel as on another.
const everyKernel = "every"

var scenarios = map[string]Scenario{}

// register is called by each scenario's file as the program starts.
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

// runIn runs it, cleans up after it and looks at the kernel's log; the result is an exit status.
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

// T is what a scenario runs with; its methods are those of testing.T.
type T struct {
	began    time.Time
	failed   bool
	skipped  string
	cleanups []func()
	// Texts of the kernel's log that this scenario provokes.
	expected []string
	// interrupted ends all waiting, where a person may interrupt it.
	interrupted <-chan struct{}
}

type stop struct{}

// guard runs a part of a scenario: a panic, or the end by Fatalf, ends only it.
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

// where is the line of the scenario that runs, and those of the functions that it called to get here.
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
		// Not what every failure passes through, nor what calls us back.
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

// Check fails the scenario, and ends it, for an error.
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

// cleanUp does what is left to do at the end, the last first.
func (t *T) cleanUp() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.guard(t.cleanups[i])
	}
}

// Await waits until a condition holds; limit is generous, only a hang exceeds it.
func (t *T) Await(limit time.Duration, what string, holds func() bool) {
	for end := time.Now().Add(limit); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("waited %v in vain until %s", limit, what)
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.interrupted:
			panic(stop{})
		}
	}
}

// expectKernelLog lets lines of the kernel's log pass that contain text.
func (t *T) expectKernelLog(text string) { t.expected = append(t.expected, text) }

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

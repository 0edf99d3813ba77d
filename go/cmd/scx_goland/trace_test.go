package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/internal/control"
	"github.com/scxbridge/scxbridge/go/cmd/scx_goland/rules"
	"github.com/scxbridge/scxbridge/go/internal/agentsocket"
	"github.com/scxbridge/scxbridge/go/internal/clock"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
	"github.com/scxbridge/scxbridge/go/trace"
)

// clocked moves the times of records, which a simulation counts from its own beginning, to those of the clock.
type clocked struct {
	scxbridge.Policy
	offset uint64
}

func (c *clocked) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		if c.offset == 0 {
			c.offset = clock.Read(clock.Monotonic) - tasks[i].ReadyTS
		}
		for _, ts := range []*uint64{&tasks[i].ReadyTS, &tasks[i].StartTS, &tasks[i].StopTS} {
			if *ts != 0 {
				*ts += c.offset
			}
		}
	}
	c.Policy.Enqueue(tasks)
}

// simulated is a scheduler that gives the policy a simulated machine, again and again until it is to end.
func simulated(t *testing.T) runner {
	return func(ctx context.Context, p scxbridge.Policy, o scxbridge.RunOptions) error {
		for round := 0; round == 0 || ctx.Err() == nil; round++ {
			m := scxtest.NewMachine(scxtest.Config{CPUs: 2, Seed: 1})
			m.Add(scxtest.Hog(3), scxtest.Sleeper(2, scxtest.Always(time.Millisecond), scxtest.Always(10*time.Millisecond)))
			if _, err := m.Run(p, 100*time.Millisecond); err != nil {
				t.Error(err)
			}
		}
		return nil
	}
}

// shortFake is a fake whose folder has a path that is short enough for a socket.
func shortFake(t *testing.T) *fake {
	f := newFake(t)
	folder, err := os.MkdirTemp("", "goland")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	f.root = folder
	return f
}

func TestTraceOfARunningAgent(t *testing.T) {
	f := shortFake(t)
	f.run = simulated(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int)
	go func() { ended <- f.command(ctx, []string{"run", "--policy", "fifo", "--slice", "3ms"}) }()
	defer func() {
		cancel()
		if code := <-ended; code != exitAsked {
			t.Errorf("the agent's exit code is %d: %s", code, &f.errs)
		}
		if _, err := os.Lstat(agentsocket.SocketOf(f.root, "goland")); err == nil {
			t.Error("its socket is left behind")
		}
	}()
	for {
		if _, err := os.Lstat(agentsocket.SocketOf(f.root, "goland")); err == nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	c := newFake(t)
	c.root = f.root
	file := filepath.Join(f.root, "file")
	code, out, errs := c.do("trace", "-o", file, "--seconds", "0.2")
	if code != exitAsked || !strings.Contains(out, "traced") {
		t.Fatalf("exit code %d, %q, %q", code, out, errs)
	}
	got, err := readTrace(file)
	if err != nil {
		t.Fatal(err)
	}
	if !got.Complete || got.Traced == 0 || uint64(len(got.Records)) != got.Traced || got.Traced+got.Dropped != got.Received ||
		got.Setting("policy") != "fifo" || got.Setting("slice") != "3ms" {
		t.Errorf("%d records, %+v, %v", len(got.Records), got.Summary, got.Settings)
	}
	// One at a time: the second is refused, and leaves no file.
	ctx2, cancel2 := context.WithCancel(context.Background())
	defer cancel2()
	path, first := filepath.Join(f.root, "first"), make(chan error, 1)
	go func() { first <- c.trace(ctx2, "goland", path, control.Request{Command: "trace", Seconds: 600}) }()
	for { // until it has begun
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	d := newFake(t)
	d.root = f.root
	second := filepath.Join(f.root, "second")
	code, _, errs = d.do("trace", "-o", second, "--seconds", "0.01")
	if code != exitError || !strings.Contains(errs, "a trace is being taken already") {
		t.Errorf("exit code %d, %q", code, errs)
	}
	if _, err := os.Stat(second); err == nil {
		t.Error("an empty file is left behind")
	}
	cancel2() // SIGINT: it ends early, and is whole
	if err := <-first; err != nil {
		t.Error(err)
	}
	if got, err := readTrace(path); err != nil || !got.Complete {
		t.Errorf("interrupted: %+v, %v", got, err)
	}
}

func readTrace(path string) (*trace.Trace, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return trace.Read(file)
}

func TestTraceIsRefused(t *testing.T) {
	for args, want := range map[string]string{
		"trace":                       "say where to write it",
		"trace -o /x --seconds 0":     "--seconds is more than 0",
		"trace -o /x --buffer 17":     "--buffer is a power of two",
		"replay":                      "give one file, not 0",
		"trace -o /x now":             "unexpected argument",
		"trace -o /nowhere/at/all":    "no such file",
		"replay /nowhere/at/all":      "no such file",
		"run --trace /nowhere/at/all": "no such file",
	} {
		code, _, errs := newFake(t).do(strings.Fields(args)...)
		if code == exitAsked || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d, %q", args, code, errs)
		}
	}
	f := shortFake(t)
	path := filepath.Join(f.root, "file")
	if code, _, errs := f.do("trace", "-o", path); code != exitError || !strings.Contains(errs, "no agent of this name runs") {
		t.Errorf("nobody there: exit code %d, %q", code, errs)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("an empty file is left behind")
	}
}

// From the first to the last record, with nothing missing; and what the replay says of it.
func TestTraceOfAWholeLifeIsReplayed(t *testing.T) {
	f := shortFake(t)
	var queued uint64
	f.run = func(_ context.Context, p scxbridge.Policy, _ scxbridge.RunOptions) error {
		m := scxtest.NewMachine(scxtest.Config{CPUs: 2, Seed: 1, Options: scxbridge.Options{NoBuiltinIdle: true}})
		m.Add(scxtest.Hog(3), scxtest.Sleeper(2, scxtest.Always(time.Millisecond), scxtest.Always(10*time.Millisecond)))
		began := clock.Read(clock.Monotonic)
		r, err := m.Run(&clocked{Policy: p}, 200*time.Millisecond)
		if err != nil {
			return err
		}
		queued = r.Stats.Queued
		for clock.Read(clock.Monotonic) < began+uint64(300*time.Millisecond) { // the trace must not end before the simulated time
			time.Sleep(time.Millisecond)
		}
		return nil
	}
	path := filepath.Join(f.root, "whole")
	code, _, errs := f.do("--policy", "fifo", "--trace", path, "--no-builtin-idle")
	if code != exitAsked || !strings.Contains(errs, " 0 dropped") {
		t.Fatalf("exit code %d, %q", code, errs)
	}
	got, err := readTrace(path)
	if err != nil || got.Received == 0 || got.Received != queued || uint64(len(got.Records)) != queued {
		t.Fatalf("%d records queued; %+v, %v", queued, got, err)
	}
	code, out, errs := f.do("replay", path, "--cpus", "2")
	for _, want := range []string{"with the policy fifo", "as recorded", "vruntime", "hog    3", "short  2"} {
		if code != exitAsked || !strings.Contains(out, want) {
			t.Errorf("exit code %d, %q lacks %q:\n%s", code, errs, want, out)
		}
	}
	for args, want := range map[string]string{
		"--policy lottery":         `"lottery" is not one of`,
		"--cpus 0":                 "--cpus must be 1 or more",
		"--policy fifo --slice 5s": "slice",
	} {
		if code, _, errs := f.do(append([]string{"replay", path}, strings.Fields(args)...)...); code != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: exit code %d, %q", args, code, errs)
		}
	}
}

func TestTracedRoundsAllocateNothing(t *testing.T) {
	c := newCurrent(policy.NewFIFO(0, 0))
	r, err := trace.NewRecorder(trace.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c.recorder.Store(r)
	tasks, decisions := make([]scxbridge.Task, 8), make([]scxbridge.Decision, 16)
	p := &ruled{c, rules.NewEngine(rules.NewMatcher(t.TempDir(), nil), nil)}
	if n := testing.AllocsPerRun(1000, func() {
		p.Enqueue(tasks)
		p.Dispatch(decisions)
	}); n != 0 {
		t.Errorf("%v allocations in a round", n)
	}
}

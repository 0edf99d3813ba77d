package rules

import (
	"context"
	"errors"
	"fmt"
	"testing"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// seen gives each task a record, and lets its rule be found.
func seen(e *Engine, tasks ...[2]int32) {
	for _, t := range tasks {
		e.Enqueue([]scxbridge.Task{{PID: t[0], TGID: t[1], Seq: 1, Weight: 100, OwnWeight: 100}})
	}
	e.work()
}

func TestCounts(t *testing.T) {
	m := newMachine(t)
	for pid, comm := range map[int]string{10: "web", 20: "web", 30: "db"} {
		m.process(pid, 1, pid, comm, comm, "/x")
	}
	m.thread(11, 10, 1, 10, "helper", "/x")
	set := mustParse(t, "[{name: web, match: {comm: web}, effects: {weight: 300}}, {name: none, match: {comm: z}, effects: {weight: 300}}, {name: db, match: {comm: db}, effects: {weight: 50}}]")
	e := NewEngine(NewMatcher(m.root, nil), set)
	seen(e, [2]int32{10, 10}, [2]int32{11, 10}, [2]int32{20, 20}, [2]int32{30, 30})
	expect := func(what string, of *Set, want ...Count) {
		t.Helper()
		got := e.count(context.Background())
		if got.set != of || fmt.Sprint(got.counts) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", what, got.counts, want)
		}
	}
	expect("at first", set, Count{3, 2}, Count{}, Count{1, 1})
	m.end(20)
	expect("a process has ended", set, Count{2, 1}, Count{}, Count{1, 1})
	// Other rules count at once, though no task has run since.
	other := mustParse(t, "[{name: rest, match: {comm: '*'}, effects: {weight: 300}}]")
	e.Set(other)
	expect("other rules", other, Count{3, 2})
	e.End([]scxbridge.Task{{PID: 30, TGID: 30, Seq: 9}})
	e.work()
	expect("an end that was told", other, Count{2, 1})
	e.Set(nil)
	expect("no rules", nil)
}

// What is remembered is bounded; the ended make room first.
func TestKnownIsBounded(t *testing.T) {
	m := newMachine(t)
	m.process(7, 1, 7, "x", "x", "/x")
	e := NewEngine(NewMatcher(m.root, nil), nil)
	for tid := int32(0); tid < 3*knownMax; tid++ {
		e.remember(known{question: question{pid: 100 + tid, tgid: 100 + tid}})
		if tid == 0 {
			e.remember(known{question: question{pid: 7, tgid: 7}})
		}
	}
	if _, is := e.known[7]; !is || len(e.known) > knownMax {
		t.Errorf("%d are known; the one that is alive: %v", len(e.known), is)
	}
}

func TestCountsOfARunningEngine(t *testing.T) {
	e := byName(t, "[{name: a, match: {comm: a}, effects: {slice: 3ms}}]")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); e.Run(ctx) }()
	if set, counts, err := e.Counts(ctx); err != nil || set.Len() != 1 || len(counts) != 1 {
		t.Error(set, counts, err)
	}
	cancel()
	<-done
	if _, _, err := e.Counts(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

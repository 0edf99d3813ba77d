package cgroup

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func newEvents(t *testing.T, limit int) (*Tree, *Events) {
	t.Helper()
	tree := newTree(Options{})
	events := tree.Events(limit)
	if e, ok := events.Poll(); !ok || e != (Event{Kind: Resync}) {
		t.Fatalf("the first event is %+v, %v", e, ok)
	}
	return tree, events
}

func pollAll(e *Events) (all []Event) {
	for {
		event, ok := e.Poll()
		if !ok {
			return all
		}
		all = append(all, event)
	}
}

func TestMerge(t *testing.T) {
	a, b := &Group{ID: 1, Path: "/a"}, &Group{ID: 1, Path: "/a", CPU: CPU{Idle: true}}
	other := &Group{ID: 2, Path: "/b"}
	for _, c := range []struct{ happens, told []Event }{
		{[]Event{{Appeared, a, 0}, {Changed, b, IdleValue}}, []Event{{Appeared, b, 0}}},
		{[]Event{{Changed, a, WeightValue}, {Changed, b, IdleValue}}, []Event{{Changed, b, WeightValue | IdleValue}}},
		{[]Event{{Changed, a, WeightValue}, {Gone, b, 0}}, []Event{{Gone, b, 0}}},
		// The reader may know it from Tree.All.
		{[]Event{{Appeared, a, 0}, {Gone, a, 0}}, []Event{{Gone, a, 0}}},
		{[]Event{{Gone, a, 0}, {Appeared, b, 0}}, []Event{{Changed, b, allValues}}},
		{[]Event{{Changed, a, IdleValue}, {Appeared, other, 0}, {Changed, b, WeightValue}},
			[]Event{{Changed, b, WeightValue | IdleValue}, {Appeared, other, 0}}},
	} {
		tree, events := newEvents(t, 4)
		for _, e := range c.happens {
			tree.publish(e)
		}
		if told := pollAll(events); !slices.Equal(told, c.told) {
			t.Errorf("%+v is told as %+v, not %+v", c.happens, told, c.told)
		}
	}
}

func TestQueueFull(t *testing.T) {
	const limit = 3
	tree, events := newEvents(t, limit)
	groups := make([]*Group, 10)
	for i := range groups {
		groups[i] = &Group{ID: uint64(i + 1)}
	}
	for round := range 5 {
		for _, g := range groups[:limit] {
			tree.publish(Event{Kind: Appeared, Group: g})
			tree.publish(Event{Kind: Changed, Group: g, Changed: WeightValue})
		}
		if told := pollAll(events); len(told) != limit {
			t.Fatalf("round %d: a queue of %d holds %+v", round, limit, told)
		}
		for _, g := range groups {
			tree.publish(Event{Kind: Appeared, Group: g})
		}
		if told := pollAll(events); !slices.Equal(told, []Event{{Kind: Resync}}) {
			t.Fatalf("round %d: a full queue tells %+v", round, told)
		}
	}
}

// A reader that does not read, or is just reading, does not hold up the tree, nor the tree it.
func TestPollDoesNotWait(t *testing.T) {
	tree, events := newEvents(t, 3)
	tree.publish(Event{Kind: Appeared, Group: &Group{ID: 1}})
	events.mu.Lock()
	if e, ok := events.Poll(); ok {
		t.Errorf("%+v while the queue is in use", e)
	}
	events.mu.Unlock()
	if e, ok := events.Poll(); !ok || e.Kind != Appeared {
		t.Errorf("%+v, %v", e, ok)
	}
}

func TestNextEnds(t *testing.T) {
	_, events := newEvents(t, 3)
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error)
	go func() {
		_, err := events.Next(ctx)
		failed <- err
	}()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	go func() {
		_, err := events.Next(context.Background())
		failed <- err
	}()
	events.Close()
	events.Close()
	if err := <-failed; !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestClosedEventsGetNone(t *testing.T) {
	tree, events := newEvents(t, 3)
	stay := tree.Events(3)
	stay.Poll()
	events.Close()
	tree.publish(Event{Kind: Appeared, Group: &Group{ID: 1}})
	if told := pollAll(events); told != nil {
		t.Errorf("closed events tell %+v", told)
	}
	if told := pollAll(stay); len(told) != 1 {
		t.Errorf("the others tell %+v", told)
	}
	if len(tree.events) != 1 {
		t.Errorf("%d queues are kept", len(tree.events))
	}
}

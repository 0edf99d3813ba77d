package cgroup

import (
	"context"
	"iter"
	"sync"
)

// Kind is a kind of [Event].
type Kind uint8

// The kinds.
const (
	// Resync: look at [Tree.All] again. It is the first event of all, and it
	// comes again in the place of events that were too many to keep.
	Resync Kind = iota
	// Appeared: the group is there.
	Appeared
	// Changed: settings of the group changed.
	Changed
	// Gone: the group is no longer there.
	Gone
)

var kinds = [...]string{Resync: "resync", Appeared: "appeared", Changed: "changed", Gone: "gone"}

// String returns the kind's name.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return "unknown"
}

// Event is what happened to a group.
type Event struct {
	Kind Kind
	// Group is the group as it is now or, if it is gone, as it was. It is nil
	// for Resync.
	Group *Group
	// Changed tells which settings changed.
	Changed Values
}

// Events are what happens in a [Tree], to be read by one goroutine. They wait
// in a queue of a fixed length that holds one event for each group: what happens
// to a group whose event was not taken yet becomes part of that event. When the
// queue is full, it is emptied, and a [Resync] says so. So a slow reader neither
// holds up the tree nor lets memory grow, and a reader of Resync and
// [Tree.All] misses nothing.
//
// A group may go before its reader heard of it: then Gone comes alone. Events of
// several groups come in no particular order.
type Events struct {
	tree *Tree

	mu      sync.Mutex
	queue   []Event           // a ring
	first   uint64            // number of the oldest event; its slot is the number modulo the length
	next    uint64            // number of the next event
	pending map[uint64]uint64 // a group's id → the number of its event
	resync  bool
	closed  bool

	ready chan struct{} // has an element when there may be something to take
	done  chan struct{} // closed with the Events
}

// Events returns a new queue for limit events, of what happens from now on. A
// limit of 0 or less stands for 1024. Its first event is a [Resync]. Close it when
// you no longer read it.
func (t *Tree) Events(limit int) *Events {
	if limit <= 0 {
		limit = 1024
	}
	e := &Events{
		tree: t, queue: make([]Event, limit), pending: make(map[uint64]uint64),
		resync: true, ready: make(chan struct{}, 1), done: make(chan struct{}),
	}
	t.subscribe(e)
	return e
}

// Next waits for an event. It fails with ctx's error, or with [ErrClosed] once
// the queue or the tree is closed.
func (e *Events) Next(ctx context.Context) (Event, error) {
	for {
		e.mu.Lock()
		event, ok := e.take()
		e.mu.Unlock()
		if ok {
			return event, nil
		}
		select {
		case <-e.ready:
		case <-e.done:
			return Event{}, ErrClosed
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

// All returns the events until ctx is done or the queue is closed.
func (e *Events) All(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			event, err := e.Next(ctx)
			if err != nil || !yield(event) {
				return
			}
		}
	}
}

// Poll returns the next event if there is one. It never waits, also not for the
// tree, so that a policy may call it in a round: then it may miss an event that
// is just being added, and finds it the next time.
func (e *Events) Poll() (Event, bool) {
	if !e.mu.TryLock() {
		return Event{}, false
	}
	defer e.mu.Unlock()
	return e.take()
}

// Close ends the events, and Next with them. It may be called twice.
func (e *Events) Close() error {
	e.tree.unsubscribe(e)
	e.end()
	return nil
}

func (e *Events) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.closed = true
		close(e.done)
	}
}

// take returns the oldest event.
func (e *Events) take() (Event, bool) {
	switch {
	case e.closed:
		return Event{}, false
	case e.resync:
		// Whatever happened until now is in the tree already. What happens
		// from now on is queued.
		e.resync = false
		return Event{Kind: Resync}, true
	case e.first == e.next:
		return Event{}, false
	}
	slot := &e.queue[e.first%uint64(len(e.queue))]
	event := *slot
	*slot = Event{}
	delete(e.pending, event.Group.ID)
	e.first++
	return event, true
}

// add queues an event that the tree shows already.
func (e *Events) add(event Event) {
	e.mu.Lock()
	e.push(event)
	e.mu.Unlock()
	select {
	case e.ready <- struct{}{}:
	default:
	}
}

func (e *Events) push(event Event) {
	if e.resync || e.closed {
		return
	}
	if number, ok := e.pending[event.Group.ID]; ok {
		slot := &e.queue[number%uint64(len(e.queue))]
		*slot = merge(*slot, event)
		return
	}
	if e.next-e.first == uint64(len(e.queue)) {
		clear(e.queue)
		clear(e.pending)
		e.first = e.next
		e.resync = true
		return
	}
	e.pending[event.Group.ID] = e.next
	e.queue[e.next%uint64(len(e.queue))] = event
	e.next++
}

// merge returns the event that tells of both.
func merge(old, event Event) Event {
	switch {
	case event.Kind == Gone:
		// The reader may know of a group that appeared: from Tree.All.
		return event
	case old.Kind == Appeared:
		return Event{Kind: Appeared, Group: event.Group}
	case old.Kind == Gone:
		// An id came back, as it may on file systems other than cgroup2.
		return Event{Kind: Changed, Group: event.Group, Changed: allValues}
	}
	event.Changed |= old.Changed
	return event
}

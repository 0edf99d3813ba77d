package cgroup

import (
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how a [Tree] is watched. The zero value is right for most programs.
type Options struct {
	// Root is the directory of the group that becomes the root of the tree.
	// By default it is where cgroup version 2 is mounted. That another root
	// was removed is noticed when all groups are read again.
	Root string
	// Rescan is how often all groups are read although inotify tells of
	// changes: by default once a minute. Less than 0 is never.
	Rescan time.Duration
	// Poll is how often all groups are read while inotify does not cover them,
	// as [Tree.Err] tells: by default once a second.
	Poll time.Duration
	// NoNotify does without inotify: the groups are read every Poll.
	NoNotify bool
	// Logger gets each error of [Tree.Err] once, as a warning. By default
	// nothing is logged.
	Logger *slog.Logger
}

// Defaults of Options.
const (
	defaultRescan = time.Minute
	defaultPoll   = time.Second
)

// Tree is the tree of cgroups, as it is now. A goroutine of its own keeps it up
// to date, usually within milliseconds of a change. All methods may be called from
// any goroutine.
//
// Lookup, Path, Find, Limit and All take no lock, allocate nothing and do not
// wait: a policy may call them in a round.
type Tree struct {
	ids, paths *table
	err        atomic.Pointer[error]
	logger     *slog.Logger

	mu     sync.Mutex // of what follows, never held while anything waits
	events []*Events
	closed bool

	stop    func()
	stopped chan struct{}
}

// Open reads all groups and begins to watch them. It needs Linux with cgroup
// version 2, and no privileges. Close the tree to end its goroutine.
//
// A group that cannot be watched is no failure: see [Tree.Err].
func Open(opts Options) (*Tree, error) {
	if opts.Rescan == 0 {
		opts.Rescan = defaultRescan
	}
	if opts.Poll <= 0 {
		opts.Poll = defaultPoll
	}
	return open(opts)
}

func newTree(opts Options) *Tree {
	return &Tree{ids: newIDTable(), paths: newPathTable(), logger: opts.Logger, stopped: make(chan struct{})}
}

// Close ends the watching, and all [Events] of the tree, and waits until its
// goroutine ended. It may be called twice. The groups stay readable, as they were.
func (t *Tree) Close() error {
	t.mu.Lock()
	events := t.events
	t.events, t.closed = nil, true
	t.mu.Unlock()
	for _, e := range events {
		e.end()
	}
	t.stop()
	<-t.stopped
	return nil
}

// Lookup returns the group with that id, such as a record's CgroupID. It returns
// nil if the tree has none: the group is gone, or so new that it was not read yet.
func (t *Tree) Lookup(id uint64) *Group { return t.ids.byID(id) }

// Path returns the path of the group with that id, "" if there is none.
func (t *Tree) Path(id uint64) string {
	if g := t.ids.byID(id); g != nil {
		return g.Path
	}
	return ""
}

// Find returns the group with that path, nil if there is none.
func (t *Tree) Find(path string) *Group { return t.paths.byPath(path) }

// All returns all groups, in no order. A group that appears or goes meanwhile may
// be left out.
func (t *Tree) All() iter.Seq[*Group] { return t.ids.all() }

// Limit returns the tightest limit that holds for the group with that id, its own
// or an ancestor's, and the group whose limit it is. Groups below an ancestor
// share its limit, so this one may get less. Without a limit, or without such a
// group, it returns nil.
func (t *Tree) Limit(id uint64) (Limit, *Group) {
	var limit Limit
	var from *Group
	for g := t.Lookup(id); g != nil; g = t.Lookup(g.Parent) {
		if g.CPU.Limit.tighter(limit) {
			limit, from = g.CPU.Limit, g
		}
	}
	return limit, from
}

// Err returns why changes may be seen late, nil if they are not. While it is not
// nil, all groups are read every [Options.Poll], or more rarely if that would take more
// than a twentieth of a CPU. When the cause is gone, it becomes nil again.
//
// [ErrWatchLimit] is the usual cause: the kernel limits the inotify watches of a
// user (sysctl fs.inotify.max_user_watches), and the tree needs one for each group.
func (t *Tree) Err() error {
	if err := t.err.Load(); err != nil {
		return *err
	}
	return nil
}

// setErr replaces what Err returns.
func (t *Tree) setErr(err error) {
	if err == nil {
		t.err.Store(nil)
		return
	}
	if old := t.Err(); t.logger != nil && (old == nil || old.Error() != err.Error()) {
		t.logger.Warn(err.Error())
	}
	t.err.Store(&err)
}

// publish shows what happened to readers, and then tells of it.
func (t *Tree) publish(event Event) {
	if event.Kind == Gone {
		t.ids.remove(event.Group)
		t.paths.remove(event.Group)
	} else {
		t.ids.put(event.Group)
		t.paths.put(event.Group)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, e := range t.events {
		e.add(event)
	}
}

func (t *Tree) subscribe(e *Events) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		e.end()
		return
	}
	t.events = append(t.events, e)
}

func (t *Tree) unsubscribe(e *Events) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = slices.DeleteFunc(t.events, func(other *Events) bool { return other == e })
}

package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A watcher keeps a Tree up to date, on one goroutine.
//
// Notices only say where to look, and looking twice does no harm: what is there
// now counts, not what a notice says. So it does not matter in which order notices come,
// nor whether a directory was made anew under its name meanwhile. A directory is
// watched before it is read, so what changes after the reading sends a notice.
// A lost notice is made up for by reading all groups.
type watcher struct {
	tree *Tree
	opts Options
	dir  string // of the root
	open func() (notifier, error)

	root    *node
	nodes   map[uint64]*node // by id
	watches map[int32]*node
	marks   marks

	round   uint64 // counts the readings of all groups
	ended   time.Time
	took    time.Duration
	full    bool  // the limit of watches was reached in this round
	problem error // the first since the last round began

	mu       sync.Mutex
	notify   notifier // written by the watcher's goroutine, under mu
	polling  bool     // notify is only a timer
	stopping chan struct{}
	stopOnce sync.Once
}

// node is a group that the watcher knows.
type node struct {
	group    *Group
	name     string
	parent   *node
	children map[string]*node
	watch    int32
	round    uint64 // the last one that saw it
	gone     bool
}

const noWatch = -1

// settle is the least time between two lots of notices. Each is as large as what
// came meanwhile, so many changes cost few turns, and a file that is written all the
// time is not read all the time.
const settle = 5 * time.Millisecond

// restFactor bounds what the reading of all groups may take: one part of so many.
const restFactor = 20

func open(opts Options) (*Tree, error) {
	return openWith(opts, func() (notifier, error) { return newInotify() })
}

func openWith(opts Options, notify func() (notifier, error)) (*Tree, error) {
	fail := func(err error) (*Tree, error) { return nil, fmt.Errorf("cgroup: open: %w", err) }
	dir := opts.Root
	if dir == "" {
		var err error
		if dir, err = mountPoint(); err != nil {
			return fail(err)
		}
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fail(fmt.Errorf("find the root of the tree: %w", err))
	}
	w := &watcher{
		tree: newTree(opts), opts: opts, dir: strings.TrimSuffix(dir, "/"), open: notify,
		nodes: make(map[uint64]*node), watches: make(map[int32]*node),
		notify: newTimer(), polling: true, stopping: make(chan struct{}),
	}
	w.tree.stop = w.stop
	w.readAll()
	if w.root == nil {
		w.stop()
		return fail(w.problem)
	}
	go w.run()
	return w.tree, nil
}

// stop ends run, from any goroutine.
func (w *watcher) stop() {
	w.stopOnce.Do(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		close(w.stopping)
		w.notify.close()
	})
}

func (w *watcher) stopped() bool {
	select {
	case <-w.stopping:
		return true
	default:
		return false
	}
}

// use replaces the notifier. All watches of the old one are lost.
func (w *watcher) use(n notifier, polling bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped() {
		n.close()
	} else {
		w.notify.close()
	}
	w.notify, w.polling = n, polling
	for _, n := range w.watches {
		n.watch = noWatch
	}
	clear(w.watches)
}

func (w *watcher) run() {
	defer close(w.tree.stopped)
	pause := time.NewTimer(settle)
	defer pause.Stop()
	for {
		notices, err := w.notify.wait(w.due())
		switch {
		case err != nil && w.stopped():
			return
		case errors.Is(err, os.ErrDeadlineExceeded):
			w.readAll()
		case err != nil:
			w.use(newTimer(), true)
			w.readAll()
			w.note(fmt.Errorf("read notices: %w", err))
			w.report()
		default:
			w.handle(notices)
		}
		pause.Reset(settle)
		select {
		case <-pause.C:
		case <-w.stopping:
			return
		}
	}
}

// due returns when to read all groups again; the zero time is never.
func (w *watcher) due() time.Time {
	every := w.opts.Rescan
	if w.polling || w.problem != nil {
		every = w.opts.Poll
	} else if every < 0 {
		return time.Time{}
	}
	return w.ended.Add(max(every, restFactor*w.took))
}

// note keeps the first error of a round for Tree.Err.
func (w *watcher) note(err error) {
	if w.problem == nil && err != nil && !errors.Is(err, errGone) {
		w.problem = err
	}
}

func (w *watcher) report() {
	if w.problem == nil {
		w.tree.setErr(nil)
		return
	}
	w.tree.setErr(fmt.Errorf("cgroup: %w", w.problem))
}

// readAll looks at all groups, and watches those that are not watched.
func (w *watcher) readAll() {
	begin := time.Now()
	w.round++
	w.full, w.problem = false, nil
	if w.polling && !w.opts.NoNotify {
		if n, err := w.open(); err != nil {
			w.note(err)
		} else {
			w.use(n, false)
		}
	}
	id, err := directory(w.directoryOf("/"))
	w.note(err)
	if w.root != nil && (errors.Is(err, errGone) || err == nil && id != w.root.group.ID) {
		w.remove(w.root)
		w.root = nil
	}
	switch {
	case err == nil && w.root == nil:
		w.root = w.add(nil, "")
	case err == nil:
		w.visit(w.root)
	}
	if w.root == nil && w.problem == nil {
		w.problem = fmt.Errorf("the root of the tree, %s, is gone or is no directory", w.dir)
	}
	w.ended = time.Now()
	w.took = w.ended.Sub(begin)
	w.report()
}

// visit looks at a group that is known, and at all below it.
func (w *watcher) visit(n *node) {
	n.round = w.round
	dir := w.directoryOf(n.group.Path)
	if n.watch == noWatch && w.canWatch() {
		id, watch, err := w.watchDirectory(dir)
		if err == nil && id == n.group.ID {
			w.setWatch(n, watch)
		} else if err == nil && watch != noWatch {
			w.notify.forget(watch)
		}
		w.note(err)
	}
	w.refresh(n)
	names, err := children(dir)
	if err != nil {
		w.note(err)
		return
	}
	for _, name := range names {
		known := n.children[name]
		w.look(n, name)
		if child := n.children[name]; child != nil && child == known && child.round != w.round {
			w.visit(child)
		}
	}
	for name, child := range n.children {
		if child.round != w.round {
			w.look(n, name)
		}
	}
}

// look finds out whether a group has a child of that name.
func (w *watcher) look(parent *node, name string) {
	known := parent.children[name]
	id, err := directory(w.directoryOf(join(parent.group.Path, name)))
	if err != nil && !errors.Is(err, errGone) {
		w.note(err)
		return
	}
	if known != nil && err == nil && known.group.ID == id {
		if known.watch == noWatch && w.canWatch() {
			w.visit(known)
		}
		return
	}
	if known != nil {
		w.remove(known)
	}
	if err == nil {
		w.add(parent, name)
	}
}

// add takes in a group, and all below it. It returns nil if the group is gone.
func (w *watcher) add(parent *node, name string) *node {
	path := "/"
	if parent != nil {
		path = join(parent.group.Path, name)
	}
	dir := w.directoryOf(path)
	id, watch, err := w.watchDirectory(dir)
	if err != nil {
		w.note(err)
		return nil
	}
	cpu, err := readCPU(dir, id)
	if errors.Is(err, errGone) {
		if watch != noWatch {
			w.notify.forget(watch)
		}
		return nil
	}
	w.note(err)
	if moved := w.nodes[id]; moved != nil {
		w.remove(moved)
	}
	n := &node{name: name, parent: parent, watch: noWatch, round: w.round}
	n.group = &Group{ID: id, Path: path, CPU: cpu, Owner: ParseOwner(path)}
	if parent != nil {
		n.group.Parent = parent.group.ID
		if parent.children == nil {
			parent.children = make(map[string]*node)
		}
		parent.children[name] = n
	}
	w.nodes[id] = n
	w.setWatch(n, watch)
	w.tree.publish(Event{Kind: Appeared, Group: n.group})

	// It may have got children before it was watched.
	names, err := children(dir)
	w.note(err)
	for _, name := range names {
		w.add(n, name)
	}
	return n
}

// refresh reads a group's settings again.
func (w *watcher) refresh(n *node) {
	cpu, err := readCPU(w.directoryOf(n.group.Path), n.group.ID)
	if err != nil {
		w.note(err)
		return
	}
	changed := cpu.differences(n.group.CPU)
	if changed == 0 {
		return
	}
	group := *n.group
	group.CPU = cpu
	n.group = &group
	w.tree.publish(Event{Kind: Changed, Group: n.group, Changed: changed})
}

// remove takes out a group and all below it, those first.
func (w *watcher) remove(n *node) {
	for _, child := range n.children {
		w.remove(child)
	}
	if n.watch != noWatch {
		w.notify.forget(n.watch)
		w.setWatch(n, noWatch)
	}
	if n.parent != nil {
		delete(n.parent.children, n.name)
	}
	delete(w.nodes, n.group.ID)
	n.gone = true
	w.tree.publish(Event{Kind: Gone, Group: n.group})
}

func (w *watcher) setWatch(n *node, watch int32) {
	if n.watch != noWatch {
		delete(w.watches, n.watch)
	}
	n.watch = watch
	if watch != noWatch {
		w.watches[watch] = n
	}
}

func (w *watcher) canWatch() bool { return !w.polling && !w.full }

// watchDirectory begins to watch a directory, and returns the id of the group
// that is watched. At the limit it returns noWatch.
func (w *watcher) watchDirectory(dir string) (id uint64, watch int32, err error) {
	if id, err = directory(dir); err != nil || !w.canWatch() {
		return id, noWatch, err
	}
	const tries = 3
	for range tries {
		watch, err := w.notify.watch(dir)
		if isGone(err) {
			return 0, noWatch, errGone
		}
		if err != nil {
			// The group is read all the same, again and again.
			w.note(err)
			w.full = errors.Is(err, ErrWatchLimit)
			return id, noWatch, nil
		}
		// The name may stand for another group by now.
		now, err := directory(dir)
		if err == nil && now == id {
			return id, watch, nil
		}
		w.notify.forget(watch)
		if err != nil {
			return 0, noWatch, err
		}
		id = now
	}
	return 0, noWatch, errGone // a notice of the parent follows
}

func (w *watcher) directoryOf(path string) string {
	if path == "/" {
		return w.dir + "/."
	}
	return w.dir + path
}

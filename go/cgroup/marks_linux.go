package cgroup

import "syscall"

// marks are places to look at, each once, in the order in which they were marked.
type marks struct {
	list []mark
	seen map[mark]struct{}
}

// mark is a place to look at: with a name, whether the group has a child of that
// name; without one, the settings of the group, or of all its children.
type mark struct {
	node     *node
	name     string
	children bool
}

func (m *marks) add(place mark) {
	if _, twice := m.seen[place]; twice {
		return
	}
	if m.seen == nil {
		m.seen = make(map[mark]struct{})
	}
	m.seen[place] = struct{}{}
	m.list = append(m.list, place)
}

// handle looks at what a lot of notices is about.
func (w *watcher) handle(notices []notice) {
	all := false
	for _, notice := range notices {
		all = w.mark(notice) || all
	}
	if all {
		w.readAll()
	} else {
		for _, m := range w.marks.list {
			w.lookAt(m)
		}
		w.report()
	}
	clear(w.marks.list)
	w.marks.list = w.marks.list[:0]
	clear(w.marks.seen)
}

// mark marks what a notice is about. It reports whether that is everything.
func (w *watcher) mark(notice notice) (all bool) {
	const (
		self  = syscall.IN_DELETE_SELF | syscall.IN_MOVE_SELF | syscall.IN_UNMOUNT | syscall.IN_IGNORED
		entry = syscall.IN_CREATE | syscall.IN_DELETE | syscall.IN_MOVED_FROM | syscall.IN_MOVED_TO
	)
	if notice.mask&syscall.IN_Q_OVERFLOW != 0 {
		return true
	}
	n := w.watches[notice.watch]
	if n == nil {
		return false
	}
	if notice.mask&syscall.IN_IGNORED != 0 {
		w.setWatch(n, noWatch)
	}
	switch {
	case notice.mask&self != 0 && n.parent == nil:
		return true
	case notice.mask&self != 0:
		w.marks.add(mark{node: n.parent, name: n.name})
	case notice.mask&syscall.IN_ISDIR != 0:
		if notice.mask&entry != 0 {
			w.marks.add(mark{node: n, name: notice.name})
		}
	case notice.name == "cgroup.subtree_control":
		// The files of its children come or go, without a notice.
		w.marks.add(mark{node: n, children: true})
	case controls(notice.name):
		w.marks.add(mark{node: n})
	}
	return false
}

func (w *watcher) lookAt(m mark) {
	switch {
	case m.node.gone:
	case m.name != "":
		w.look(m.node, m.name)
	case m.children:
		for _, child := range m.node.children {
			w.refresh(child)
		}
	default:
		w.refresh(m.node)
	}
}

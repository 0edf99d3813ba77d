package scxtest

import (
	"fmt"
	"path"
)

// treeGroup is a cgroup of a simulated machine.
type treeGroup struct {
	Group
	index    int32
	parent   *treeGroup // nil: the root
	children int
	tasks    int
	removed  bool

	bandwidth
	share
	check limitCheck
	busy  uint64
}

// tree is the tree of cgroups.
type tree struct {
	root   *treeGroup
	all    []*treeGroup // also those that were removed
	byPath map[string]*treeGroup
	ids    map[uint64]*treeGroup
	nextID uint64
	moves  bool // a task has moved, or left a group

	limits uint64 // groups with a limit
	gen    uint64 // how often that, or the tree, changed
}

func newTree() tree {
	root := &treeGroup{Group: Group{Path: "/", ID: 1}}
	return tree{
		root: root, all: []*treeGroup{root}, byPath: map[string]*treeGroup{"/": root},
		ids: map[uint64]*treeGroup{1: root}, nextID: 2, gen: 1,
	}
}

// grouped reports whether there was ever a group besides the root.
func (t *tree) grouped() bool { return len(t.all) > 1 }

// find returns the group with this path, or makes it and those above it.
func (t *tree) find(c Group) (*treeGroup, error) {
	if g := t.byPath[c.Path]; g != nil {
		if c.ID != 0 && c.ID != g.ID {
			return nil, fmt.Errorf("scxtest: group %q: its id is %d, and can't become %d", c.Path, g.ID, c.ID)
		}
		return g, nil
	}
	parent := t.byPath[path.Dir(c.Path)]
	if parent == nil {
		var err error
		if parent, err = t.find(Group{Path: path.Dir(c.Path), Weight: defaultGroupWeight}); err != nil {
			return nil, err
		}
	}
	if c.ID == 0 {
		for t.ids[t.nextID] != nil {
			t.nextID++
		}
		c.ID = t.nextID
	}
	if other := t.ids[c.ID]; other != nil {
		return nil, fmt.Errorf("scxtest: group %q: id %d is that of group %q", c.Path, c.ID, other.Path)
	}
	g := &treeGroup{Group: Group{Path: c.Path, ID: c.ID}, index: int32(len(t.all)), parent: parent}
	g.share.weight = shareOf(c.Weight, c.Idle)
	parent.children++
	t.gen++
	t.all = append(t.all, g)
	t.byPath[c.Path], t.ids[c.ID] = g, g
	return g, nil
}

func (t *tree) remove(path string) error {
	g := t.byPath[path]
	switch {
	case g == nil:
		return fmt.Errorf("remove group %q: there is none", path)
	case g.parent == nil:
		return fmt.Errorf("remove group %q: it is the root", path)
	case g.children > 0:
		return fmt.Errorf("remove group %q: it has %d groups below it: remove those first", path, g.children)
	case g.tasks > 0:
		return fmt.Errorf("remove group %q: it has %d tasks: move them away first", path, g.tasks)
	}
	g.removed = true
	g.parent.children--
	if g.limited() {
		t.limits--
	}
	t.gen++
	delete(t.byPath, path)
	delete(t.ids, g.ID)
	return nil
}

// enter puts a new task into a group.
func (g *treeGroup) enter(t *Thread) {
	t.cgroup = g
	g.tasks++
}

// leaveGroup takes a task out of its group, as it moves or exits.
func (m *Machine) leaveGroup(t *Thread) {
	t.cgroup.tasks--
	m.tree.moves = m.tree.moves || t.cgroup.parent != nil
}

// cgroupID is what the task's records name.
func (t *Thread) cgroupID() uint64 {
	if t.cgroup == nil || t.cgroup.parent == nil {
		return t.group.cgroup
	}
	return t.cgroup.ID
}

// move moves a task to another group. The kernel takes one that waits off its queue, and enqueues
// it anew; one that runs goes on.
func (m *Machine) move(t *Thread, to *treeGroup) {
	if t.cgroup == to || t.state == exited {
		return
	}
	counted, waits := t.counted, t.state == waiting
	var c *cpu
	switch t.state {
	case running:
		c = &m.cpus[t.cpu]
		m.account(c)
		m.quotaStopping(t)
	case waiting:
		counted = true
		m.takeOff(t)
	}
	m.deactivate(t)
	m.leaveGroup(t)
	to.enter(t)
	m.tree.moves = true
	if counted {
		m.activate(t)
	}
	switch {
	case waits:
		t.sliceLeft = 0
		m.park(t, 0)
		if c := &m.cpus[t.cpu]; c.curr == nil {
			m.resched(c)
		}
	case c != nil && c.curr == t:
		m.quotaRunning(c, t)
		m.arm(c)
	}
}

// takeOff takes a task that waits off whatever queue it is on.
func (m *Machine) takeOff(t *Thread) {
	switch {
	case t.throttledBy != nil:
		m.stats.ThrottledLeft++
		m.throttleEnds(t)
		m.waits(t)
	case t.parked != 0:
		m.stats.Gone++
		m.unpark(t)
	case t.on != nil:
		m.leave(t, nil)
	default:
		for i := range m.cpus {
			if c := &m.cpus[i]; t.queuedOn(c) {
				m.leave(t, c)
				return
			} else if c.local.remove(t) {
				return
			}
		}
		panic("scxtest: bug: a task that waits is on no queue")
	}
}

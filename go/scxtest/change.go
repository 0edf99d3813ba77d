package scxtest

import (
	"errors"
	"fmt"
	"time"
)

// Change is a change of the tree of cgroups while the machine runs, for Config.Changes: [SetGroup],
// [RemoveGroup] or [MoveTasks]. A task changes its own group with the action [Move].
type Change struct {
	at       time.Duration
	kind     changeKind
	group    Group
	workload string
}

type changeKind uint8

const (
	changeNone changeKind = iota
	changeSet
	changeRemove
	changeMove
)

// SetGroup makes a group at this time or, if there is one with its path, sets its weight and limit.
func SetGroup(at time.Duration, g Group) Change {
	return Change{at: at, kind: changeSet, group: g}
}

// RemoveGroup removes a group at this time, as rmdir does: one that has tasks or groups below it
// is an error of [Machine.Run].
func RemoveGroup(at time.Duration, path string) Change {
	return Change{at: at, kind: changeRemove, group: Group{Path: path}}
}

// MoveTasks moves all tasks of a workload that have started to another group, "/" for the root.
func MoveTasks(at time.Duration, workload, path string) Change {
	return Change{at: at, kind: changeMove, group: Group{Path: path}, workload: workload}
}

func (c *Change) check() error {
	switch {
	case c.kind == changeNone:
		return errors.New("scxtest: an empty change: make it with SetGroup, RemoveGroup or MoveTasks")
	case c.at < 0:
		return fmt.Errorf("scxtest: change of group %q: at %v: must not be negative", c.group.Path, c.at)
	case c.kind == changeSet:
		return c.group.check()
	}
	return nil
}

// change makes a change of the configuration.
func (m *Machine) change(c *Change) {
	switch c.kind {
	case changeSet:
		if _, err := m.setGroup(c.group); err != nil {
			m.fail("%v", err)
		}
	case changeRemove:
		if err := m.tree.remove(c.group.Path); err != nil {
			m.fail("%v", err)
		}
	case changeMove:
		w := m.byName[c.workload]
		if w == nil {
			m.fail("move workload %q to group %q: there is no such workload", c.workload, c.group.Path)
			return
		}
		to := m.findGroup(c.group.Path, c.workload)
		for _, t := range m.threads {
			if t != nil && t.group == w && t.cgroup != nil && to != nil {
				m.move(t, to)
			}
		}
	}
}

// findGroup returns the group with this path. If there is none, the run ends with an error.
func (m *Machine) findGroup(path, who string) *treeGroup {
	if path == "" {
		return m.tree.root
	}
	g := m.tree.byPath[path]
	if g == nil {
		m.fail("%s: there is no group %q: add it to Config.Groups, or make it first with SetGroup", who, path)
	}
	return g
}

// setGroup makes a group, or changes the one with its path.
func (m *Machine) setGroup(c Group) (*treeGroup, error) {
	g, err := m.tree.find(c)
	if err != nil {
		return nil, err
	}
	m.setShare(g, c.Weight, c.Idle)
	m.setLimit(g, c.Limit)
	return g, nil
}

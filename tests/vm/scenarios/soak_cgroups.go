package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

// soakGroups is how many groups a soak has at most at the same time.
const soakGroups = 6

// soakGroup is a group in another one; tasks are only in the inner one.
type soakGroup struct{ outer, inner *cgroup }

// crowd is the groups of a soak, among which its loads are moved.
type crowd struct {
	top    *cgroup
	home   *cgroup // of the soak itself
	groups []soakGroup
	made   int
}

func (t *T) crowd() *crowd {
	path, found := strings.CutPrefix(t.read("/proc/self/cgroup"), "0::")
	if !found {
		t.Fatalf("the soak runs in the cgroup %q, which is not of version 2", path)
	}
	return &crowd{top: t.groups(), home: &cgroup{t: t, path: cgroups + path}}
}

// regroup makes, changes, enters or removes a group.
func (s *soak) regroup() string {
	c := s.crowd
	if len(c.groups) == 0 || len(c.groups) < soakGroups && s.random.IntN(3) == 0 {
		c.made++
		outer := c.top.make(fmt.Sprint(c.made))
		c.groups = append(c.groups, soakGroup{outer, outer.make("inner")})
		return "group made"
	}
	n := s.random.IntN(len(c.groups))
	group := c.groups[n]
	switch s.random.IntN(6) {
	case 0:
		c.groups = slices.Delete(c.groups, n, n+1)
		c.leave(group)
		return "group removed"
	case 1, 2:
		return s.change([]*cgroup{group.outer, group.inner}[s.random.IntN(2)])
	default:
		return s.move(group)
	}
}

// change gives a group another limit or weight.
func (s *soak) change(g *cgroup) string {
	switch s.random.IntN(4) {
	case 0:
		g.unlimit()
		return "limit lifted"
	case 1:
		g.limit(float64(20 + s.random.IntN(150)))
		return "limit changed"
	default:
		g.weigh(1 + s.random.IntN(10000))
		return "weight changed"
	}
}

// move moves a load into a group. What it forked before stays where it is.
func (s *soak) move(group soakGroup) string {
	if len(s.loads) == 0 {
		return s.pause()
	}
	load := s.loads[s.random.IntN(len(s.loads))]
	if err := group.inner.admit(fmt.Sprint(load.pid())); err != nil {
		s.Fatalf("move a load to the cgroup %s: %v", group.inner.name(), err)
	}
	return "load moved"
}

// admit moves a process into the group, unless it has ended.
func (g *cgroup) admit(pid string) error {
	err := os.WriteFile(g.path+"/cgroup.procs", []byte(pid), 0)
	if pathErr, is := err.(*os.PathError); is && pathErr.Err == syscall.ESRCH {
		return nil
	}
	return err
}

// leave moves all tasks out of a group, and removes it. Its processes may fork meanwhile.
func (c *crowd) leave(group soakGroup) {
	t := c.top.t
	t.Await(time.Minute, "all have left the cgroup "+group.inner.name(), func() bool {
		for _, pid := range strings.Fields(t.read(group.inner.path + "/cgroup.procs")) {
			t.Check(c.home.admit(pid), "move process %s out of the cgroup %s", pid, group.inner.name())
		}
		return syscall.Rmdir(group.inner.path) == nil
	})
	t.removeGroup(group.outer.path)
}

// leaveAll removes all groups.
func (c *crowd) leaveAll() {
	for _, group := range c.groups {
		c.leave(group)
	}
	c.groups = nil
}

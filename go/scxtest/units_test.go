package scxtest

import "testing"

// A unit is exact, whatever the weights.
func TestUnits(t *testing.T) {
	m := NewMachine(Config{Groups: []Group{{Path: "/a", Weight: 10000}, {Path: "/a/b", Idle: true}, {Path: "/a/b/c", Weight: 10000}}})
	if m.err != nil {
		t.Fatal(m.err)
	}
	in := func(path string, weight uint64) *Thread {
		task := &Thread{m: m, weight: weight, cgroup: m.tree.byPath[path]}
		m.activate(task)
		return task
	}
	later := func() { m.now += uint64(m.cfg.ShareInterval) }
	lone := in("/a/b/c", 1)
	if got := m.weightOf(lone); got != 10000 {
		t.Errorf("alone in a group of weight 10000 it weighs %d", got)
	}
	other := in("/a", 100)
	later()
	if light, heavy := m.weightOf(lone), m.weightOf(other); light != 29 || heavy != 9971 {
		t.Errorf("beside an idle group: %d and %d", light, heavy)
	}
	if got := m.weighted(lone, 1_000_000); got < 3_420_000 || got > 3_430_000 {
		t.Errorf("1 ms of weight 29.2 is %d ns", got)
	}
	m.deactivate(lone)
	later()
	if got := m.weightOf(other); got != 10000 {
		t.Errorf("alone again it weighs %d", got)
	}
	m.deactivate(other)
	for _, g := range m.tree.all {
		if g.competing != 0 || g.active != 0 {
			t.Errorf("group %s: %d of weight %d compete, and there is no task", g.Path, g.active, g.competing)
		}
	}
	// Nobody competes there: as if one task of nice 0 did.
	later()
	if got := m.unit(m.tree.byPath["/a"]); got != 100*unitOne {
		t.Errorf("the unit of a group without tasks is %d", got)
	}
	if got := mulDiv(1<<40, 1<<40, 1); got != ^uint64(0) {
		t.Errorf("too much is %d", got)
	}
}

package cgroup

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"sync/atomic"
)

// table finds groups by a key. Any number of goroutines read it, without a lock
// and without an allocation, while one writes. A change takes constant time.
//
// It is an open-addressing hash table whose slots are atomic pointers. A reader
// that meets an empty slot knows that the key is not there. So a slot that was
// used is never emptied: a group that goes leaves a tombstone. When too few slots
// are empty, the writer fills a new array and puts it in the place of the old.
type table struct {
	slots atomic.Pointer[[]atomic.Pointer[Group]] // as many as a power of two

	// The writer's own. At most half of the slots are used, so a search ends.
	hash func(*Group) uint64
	same func(a, b *Group) bool
	used int // slots that are not empty
	live int // slots with a group
}

// tombstone marks a slot whose group went.
var tombstone = new(Group)

const fewestSlots = 64

var pathSeed = maphash.MakeSeed()

func hashID(id uint64) uint64 {
	// Ids are consecutive. The multiplication spreads them, over its upper bits best.
	return id * 0x9e3779b97f4a7c15 >> 32
}

func hashPath(path string) uint64 { return maphash.String(pathSeed, path) }

func newIDTable() *table {
	return newTable(func(g *Group) uint64 { return hashID(g.ID) }, func(a, b *Group) bool { return a.ID == b.ID })
}

func newPathTable() *table {
	return newTable(func(g *Group) uint64 { return hashPath(g.Path) }, func(a, b *Group) bool { return a.Path == b.Path })
}

func newTable(hash func(*Group) uint64, same func(a, b *Group) bool) *table {
	t := &table{hash: hash, same: same}
	slots := make([]atomic.Pointer[Group], fewestSlots)
	t.slots.Store(&slots)
	return t
}

// byID returns the group of that id, in a table by id.
func (t *table) byID(id uint64) *Group {
	slots := *t.slots.Load()
	for i := hashID(id); ; i++ {
		g := slots[i&uint64(len(slots)-1)].Load()
		if g == nil || g.ID == id && g != tombstone {
			return g
		}
	}
}

// byPath returns the group of that path, in a table by path.
func (t *table) byPath(path string) *Group {
	slots := *t.slots.Load()
	for i := hashPath(path); ; i++ {
		g := slots[i&uint64(len(slots)-1)].Load()
		if g == nil || g.Path == path && g != tombstone {
			return g
		}
	}
}

// all yields each group once that is there all the time.
func (t *table) all() iter.Seq[*Group] {
	return func(yield func(*Group) bool) {
		slots := *t.slots.Load()
		for i := range slots {
			if g := slots[i].Load(); g != nil && g != tombstone && !yield(g) {
				return
			}
		}
	}
}

// find returns the slot of g's key or, if there is none, where to put it.
func (t *table) find(slots []atomic.Pointer[Group], g *Group) (slot *atomic.Pointer[Group], there *Group) {
	for i := t.hash(g); ; i++ {
		s := &slots[i&uint64(len(slots)-1)]
		there := s.Load()
		if there == tombstone {
			if slot == nil {
				slot = s
			}
			continue
		}
		if there == nil && slot == nil {
			return s, nil
		}
		if there == nil {
			return slot, nil
		}
		if t.same(there, g) {
			return s, there
		}
	}
}

// put adds a group or takes the place of the one with its key.
func (t *table) put(g *Group) {
	slot, there := t.find(*t.slots.Load(), g)
	if there != nil {
		slot.Store(g)
		return
	}
	if slot.Load() == nil {
		t.used++
	}
	t.live++
	slot.Store(g)
	if t.used > len(*t.slots.Load())/2 {
		t.rebuild()
	}
}

// remove removes the group with g's key.
func (t *table) remove(g *Group) {
	if slot, there := t.find(*t.slots.Load(), g); there != nil {
		slot.Store(tombstone)
		t.live--
	}
}

// rebuild makes an array without tombstones, at most a quarter of it used.
func (t *table) rebuild() {
	size := max(fewestSlots, 1<<bits.Len(uint(4*t.live)))
	slots := make([]atomic.Pointer[Group], size)
	for g := range t.all() {
		slot, _ := t.find(slots, g)
		slot.Store(g)
	}
	t.used = t.live
	t.slots.Store(&slots)
}

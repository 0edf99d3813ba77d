package cgroup

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"
)

// The table does what a map does.
func TestTable(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	ids, paths := newIDTable(), newPathTable()
	model := map[uint64]*Group{}
	const keys = 300
	for step := range 20000 {
		id := uint64(random.IntN(keys))
		// Grow for a while, then shrink.
		if random.IntN(4) != 0 == (step/2000%2 == 0) {
			g := &Group{ID: id, Path: fmt.Sprint("/", id)}
			ids.put(g)
			paths.put(g)
			model[id] = g
		} else if g := model[id]; g != nil {
			ids.remove(g)
			paths.remove(&Group{Path: g.Path})
			delete(model, id)
		} else {
			ids.remove(&Group{ID: id})
		}
		id = uint64(random.IntN(keys))
		if ids.byID(id) != model[id] || paths.byPath(fmt.Sprint("/", id)) != model[id] {
			t.Fatalf("step %d: %d is %+v and %+v, not %+v", step, id, ids.byID(id), paths.byPath(fmt.Sprint("/", id)), model[id])
		}
		if step%100 != 0 {
			continue
		}
		n := 0
		for g := range ids.all() {
			n++
			if model[g.ID] != g {
				t.Fatalf("step %d: %+v is not there", step, g)
			}
		}
		if n != len(model) || ids.live != n || ids.used < n || ids.used > len(*ids.slots.Load())/2 {
			t.Fatalf("step %d: %d groups of %d, live %d, used %d of %d", step, n, len(model), ids.live, ids.used, len(*ids.slots.Load()))
		}
	}
	if ids.byID(keys) != nil {
		t.Error("found an id that never was")
	}
	if got := len(*ids.slots.Load()); got > 8*keys {
		t.Errorf("%d slots for at most %d groups", got, keys)
	}
}

// What stays is found at any time, whatever else comes and goes.
func TestTableReaders(t *testing.T) {
	ids := newIDTable()
	const stay = 100
	for id := range uint64(stay) {
		ids.put(&Group{ID: id})
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for {
				select {
				case <-done:
					return
				default:
				}
				for id := range uint64(stay) {
					if g := ids.byID(id); g == nil || g.ID != id {
						t.Errorf("%d is %+v", id, g)
						return
					}
				}
				n := 0
				for g := range ids.all() {
					if g.ID < stay {
						n++
					}
				}
				if n != stay {
					t.Errorf("all are %d, not %d", n, stay)
					return
				}
				runtime.Gosched()
			}
		}()
	}
	for id := uint64(stay); id < 20000; id++ {
		ids.put(&Group{ID: id})
		if id >= 2*stay {
			ids.remove(&Group{ID: id - stay})
		}
		ids.put(&Group{ID: id % stay})
	}
	close(done)
	readers.Wait()
}

// tenThousand returns a tree of 10,000 groups, four levels deep.
func tenThousand() *Tree {
	tree := newTree(Options{})
	paths := []string{"/"}
	for id := uint64(1); id <= 10000; id++ {
		g := &Group{ID: id, Path: paths[id-1], CPU: CPU{Controlled: true, Weight: 100, Limit: Limit{1 + time.Duration(id), 100, 0}}}
		if id > 1 {
			g.Parent = (id-2)/25 + 1
		}
		for child := range 25 {
			if len(paths) < 10000 {
				paths = append(paths, join(g.Path, fmt.Sprint(child)))
			}
		}
		tree.publish(Event{Kind: Appeared, Group: g})
	}
	return tree
}

// A policy may ask in each round: nothing is allocated.
func TestReadsAllocateNothing(t *testing.T) {
	tree := tenThousand()
	events := tree.Events(16)
	n := 0
	for name, read := range map[string]func(){
		"Lookup": func() { n += len(tree.Lookup(9999).Path) },
		"Path":   func() { n += len(tree.Path(9999)) },
		"Find":   func() { n += int(tree.Find("/0/0/0").ID) },
		"Limit": func() {
			limit, _ := tree.Limit(9999)
			n += int(limit.Quota)
		},
		"Poll": func() { events.Poll() },
		"All": func() {
			for g := range tree.All() {
				n += int(g.ID)
			}
		},
	} {
		if allocs := testing.AllocsPerRun(100, read); allocs != 0 {
			t.Errorf("%s allocates %v times", name, allocs)
		}
	}
	if n == 0 {
		t.Error("nothing was read")
	}
}

// A change costs the same in a small tree and a large one, but for the array
// that grows now and then.
func TestChangeAllocatesNothing(t *testing.T) {
	tree := tenThousand()
	groups := []*Group{}
	for id := uint64(1); id <= 1000; id++ {
		groups = append(groups, tree.Lookup(id))
	}
	events := tree.Events(16)
	events.Poll()
	i := 0
	if allocs := testing.AllocsPerRun(5000, func() {
		tree.publish(Event{Kind: Changed, Group: groups[i%len(groups)], Changed: WeightValue})
		i++
	}); allocs != 0 {
		t.Errorf("a change allocates %v times", allocs)
	}
}

func BenchmarkLookup(b *testing.B) {
	tree := tenThousand()
	b.ReportAllocs()
	b.ResetTimer()
	n := 0
	for i := range b.N {
		n += len(tree.Lookup(uint64(i%10000) + 1).Path)
	}
}

func BenchmarkFind(b *testing.B) {
	tree := tenThousand()
	path := tree.Path(9999)
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		tree.Find(path)
	}
}

func BenchmarkLimit(b *testing.B) {
	tree := tenThousand()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		tree.Limit(uint64(i%10000) + 1)
	}
}

// A group comes and goes beside 10,000 others.
func BenchmarkAppearAndGo(b *testing.B) {
	tree := tenThousand()
	groups := make([]*Group, 1000)
	for i := range groups {
		groups[i] = &Group{ID: 20000 + uint64(i), Path: fmt.Sprint("/new", i)}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		tree.publish(Event{Kind: Appeared, Group: groups[i%1000]})
		tree.publish(Event{Kind: Gone, Group: groups[i%1000]})
	}
}

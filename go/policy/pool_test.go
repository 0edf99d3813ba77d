package policy

import (
	"math/rand"
	"sort"
	"testing"
)

// The pool against a stable sort, with pushes and pops mixed.
func TestPoolOrder(t *testing.T) {
	for seed := int64(0); seed < 200; seed++ {
		rng := rand.New(rand.NewSource(seed))
		p := NewPool[int](rng.Intn(64))
		type item struct {
			deadline uint64
			id       int
		}
		var model []item
		for id := 0; id < 500; id++ {
			if len(model) > 0 && rng.Intn(3) == 0 {
				sort.SliceStable(model, func(a, b int) bool { return model[a].deadline < model[b].deadline })
				d, v, ok := p.Pop()
				if want := model[0]; !ok || d != want.deadline || v != want.id {
					t.Fatalf("seed %d: Pop() = %d, %d, %v; want %d, %d", seed, d, v, ok, want.deadline, want.id)
				}
				model = model[1:]
				continue
			}
			d := uint64(rng.Intn(20)) // many ties
			p.Push(d, id)
			model = append(model, item{d, id})
			if p.Len() != len(model) {
				t.Fatalf("seed %d: Len() = %d, want %d", seed, p.Len(), len(model))
			}
		}
		sort.SliceStable(model, func(a, b int) bool { return model[a].deadline < model[b].deadline })
		for _, want := range model {
			if d, v, ok := p.Pop(); !ok || d != want.deadline || v != want.id {
				t.Fatalf("seed %d: Pop() = %d, %d, %v; want %d, %d", seed, d, v, ok, want.deadline, want.id)
			}
		}
		if _, _, ok := p.Pop(); ok {
			t.Fatalf("seed %d: Pop() of an empty pool gives something", seed)
		}
	}
}

func TestPoolGrowsOnce(t *testing.T) {
	p := NewPool[int](4)
	cycle := func() {
		for i := 0; i < 100; i++ {
			p.Push(uint64(i*7919%101), i)
		}
		for p.Len() > 0 {
			p.Pop()
		}
	}
	cycle()
	if c := cap(p.heap); c != 128 {
		t.Errorf("capacity after 100 values = %d, want 128", c)
	}
	if n := testing.AllocsPerRun(100, cycle); n != 0 {
		t.Errorf("allocations in the steady state = %v, want 0", n)
	}
}

func BenchmarkPool1000(b *testing.B) {
	p := NewPool[ready](1000)
	rng := rand.New(rand.NewSource(1))
	for i := 0; i < 1000; i++ {
		p.Push(rng.Uint64()>>32, ready{})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		d, v, _ := p.Pop()
		p.Push(d+rng.Uint64()>>34, v)
	}
}

package scxtest

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/scxbridge/scxbridge/go/policy"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// The queue of events against a stable sort.
func TestEvents(t *testing.T) {
	type timed struct {
		at uint64
		event
	}
	for seed := range uint64(100) {
		r := random(seed)
		h := policy.NewPool[event](0)
		var model []timed
		for i := range 300 {
			if len(model) > 0 && r.IntN(3) == 0 {
				slices.SortStableFunc(model, func(a, b timed) int { return int(a.at) - int(b.at) })
				if at, got, _ := h.Pop(); at != model[0].at || got.id != model[0].id {
					t.Fatalf("seed %d: Pop() = %d, %+v, want %+v", seed, at, got, model[0])
				}
				model = model[1:]
				continue
			}
			e := timed{r.Uint64N(30), event{id: int32(i)}}
			h.Push(e.at, e.event)
			model = append(model, e)
		}
	}
}

// Two heaps of tasks against a stable sort: with removals from the middle, the first few and the
// last few in order, and virtual times that wrap.
func TestThreadHeap(t *testing.T) {
	for seed := range uint64(100) {
		r := random(seed)
		heaps := []*threadHeap{{}, nil, {}}
		heapOf := func(t *Thread) *threadHeap { return heaps[2*(t.pid%2)] }
		var model []place
		for i := range uint64(400) {
			if len(model) > 0 && r.IntN(3) == 0 {
				at := r.IntN(len(model))
				heapOf(model[at].t).remove(model[at].t)
				model = slices.Delete(model, at, at+1)
			} else {
				p := place{vtime: r.Uint64N(40) - 20, arrival: i, t: &Thread{pid: r.Int32N(2)}}
				heapOf(p.t).push(p.t, p.vtime, p.arrival)
				model = append(model, p)
			}
			slices.SortStableFunc(model, func(a, b place) int { return int(int64(a.vtime - b.vtime)) })
			limit := 1 + r.IntN(40)
			var got []*Thread
			visitFirst(heaps, limit, func(p *place) bool { got = append(got, p.t); return false })
			if len(got) != min(limit, len(model)) {
				t.Fatalf("seed %d: the first %d are %d of %d", seed, limit, len(got), len(model))
			}
			for j := range got {
				if got[j] != model[j].t {
					t.Fatalf("seed %d: number %d of %d is another", seed, j, len(model))
				}
			}
			if all := sorted(heaps); !slices.Equal(all, model) {
				t.Fatalf("seed %d: sorted() is another order of %d", seed, len(model))
			}
			last := lastPlaces(heaps, limit)
			slices.Reverse(last)
			if !slices.Equal(last, model[len(model)-min(limit, len(model)):]) {
				t.Fatalf("seed %d: the last %d of %d are others", seed, limit, len(model))
			}
		}
	}
}

func TestLocalQueue(t *testing.T) {
	r := random(1)
	var q localQueue
	var model []*Thread
	for range 2000 {
		task := &Thread{}
		switch r.IntN(4) {
		case 0:
			q.push(task)
			model = append(model, task)
		case 1:
			q.pushFront(task)
			model = slices.Insert(model, 0, task)
		default:
			if len(model) > 0 {
				if q.pop() != model[0] {
					t.Fatal("pop() is another one")
				}
				model = model[1:]
			}
		}
		if q.len() != len(model) {
			t.Fatalf("len() = %d, want %d", q.len(), len(model))
		}
	}
}

func TestAgeList(t *testing.T) {
	r := random(1)
	l := ageList{which: listParked}
	var model []*Thread
	for range 1000 {
		if len(model) > 0 && r.IntN(2) == 0 {
			at := r.IntN(len(model))
			l.remove(model[at])
			model = slices.Delete(model, at, at+1)
		} else {
			model = append(model, &Thread{})
			l.push(model[len(model)-1])
		}
		i := 0
		for task := l.first; task != nil; task = l.next(task) {
			if i >= len(model) || task != model[i] {
				t.Fatalf("number %d of %d is another", i, len(model))
			}
			i++
		}
		if i != len(model) {
			t.Fatalf("%d tasks, want %d", i, len(model))
		}
	}
}

func TestMask(t *testing.T) {
	for seed := range uint64(300) {
		r := random(seed)
		n := 1 + r.IntN(200)
		a, b := newMask(n), newMask(n)
		for range r.IntN(8) {
			a.set(r.IntN(n))
			b.set(r.IntN(n))
			a.set(r.IntN(n))
			a.clear(r.IntN(n))
		}
		start, want := r.IntN(n), -1
		for i := range n {
			if cpu := (start + i) % n; a.has(cpu) && b.has(cpu) {
				want = cpu
				break
			}
		}
		if got := a.firstCommon(b, start); got != want {
			t.Fatalf("seed %d: from %d of %d: %d, want %d", seed, start, n, got, want)
		}
	}
}

func TestIdleCPUs(t *testing.T) {
	r := random(1)
	const cpus, threads = 96, 4
	s := newIdleCPUs(cpus, threads)
	var model [cpus]bool
	all := newMask(cpus)
	for i := range cpus {
		all.set(i)
	}
	for range 5000 {
		cpu := r.IntN(cpus)
		switch r.IntN(3) {
		case 0:
			s.set(cpu)
			model[cpu] = true
		case 1:
			if s.claim(cpu) != model[cpu] {
				t.Fatalf("claim(%d) is wrong", cpu)
			}
			model[cpu] = false
		default:
			got := s.pick(all)
			if got >= 0 && !model[got] || got < 0 && slices.Contains(model[:], true) {
				t.Fatalf("pick() = %d", got)
			}
			if got >= 0 {
				whole := false
				for core := 0; core < cpus; core += threads {
					whole = whole || !slices.Contains(model[core:core+threads], false)
				}
				mine := got / threads * threads
				if whole && slices.Contains(model[mine:mine+threads], false) {
					t.Fatalf("pick() = %d, and there was a whole core", got)
				}
				model[got] = false
			}
		}
		n := 0
		for core := 0; core < cpus; core += threads {
			whole := true
			for i := core; i < core+threads; i++ {
				if s.idle.has(i) != model[i] {
					t.Fatalf("CPU %d is wrong", i)
				}
				if model[i] {
					n++
				}
				whole = whole && model[i]
			}
			if s.whole.has(core) != whole || s.whole.has(core+threads-1) != whole {
				t.Fatalf("core of %d is wrong", core)
			}
		}
		if s.n != n {
			t.Fatalf("%d idle, want %d", s.n, n)
		}
	}
}

func TestAffinities(t *testing.T) {
	s := newAffinities(70)
	one, same, other := s.find([]int{69, 3}), s.find([]int{3, 69, 3}), s.find([]int{3})
	if one != same || one == other || s.find(nil) != s.all || len(s.all.cpus) != 70 {
		t.Error("the same CPUs are not the same affinity")
	}
	if !slices.Equal(one.cpus, []int{3, 69}) || !one.allows(69) || one.allows(4) {
		t.Errorf("%v", one.cpus)
	}
}

// The histogram against a sorted list of its numbers.
func TestHistogram(t *testing.T) {
	for seed := range uint64(50) {
		r := random(seed)
		var h, half Histogram
		var all []uint64
		var sum uint64
		for i := range 1 + r.IntN(1000) {
			v := r.Uint64() >> (r.UintN(50) + 10)
			all = append(all, v)
			sum += v
			if i%2 == 0 {
				h.add(v)
			} else {
				half.add(v)
			}
		}
		h.merge(&half)
		slices.Sort(all)
		n := len(all)
		if h.Count() != uint64(n) || h.Max() != time.Duration(all[n-1]) || h.Mean() != time.Duration(sum/uint64(n)) {
			t.Fatalf("seed %d: count %d, max %v, mean %v", seed, h.Count(), h.Max(), h.Mean())
		}
		for _, q := range []float64{0, 0.01, 0.5, 0.9, 0.99, 1} {
			rank := 0
			for float64(rank+1) < q*float64(n) {
				rank++
			}
			want := time.Duration(all[rank])
			if got := h.Quantile(q); got < want || got > want+want/16+1 {
				t.Fatalf("seed %d: Quantile(%v) of %d = %d, want %d", seed, q, n, got, want)
			}
		}
		var count uint64
		last := time.Duration(-1)
		for end, c := range h.Buckets() {
			if end <= last {
				t.Fatalf("seed %d: bucket %v after %v", seed, end, last)
			}
			last, count = end, count+c
		}
		if count != h.Count() {
			t.Fatalf("seed %d: %d in buckets", seed, count)
		}
	}
	var none Histogram
	if none.Count() != 0 || none.Quantile(0.5) != 0 || none.Mean() != 0 || none.Max() != 0 {
		t.Error("an empty histogram has times")
	}
}

func TestBuckets(t *testing.T) {
	last := -1
	for v := uint64(0); v < 1<<20; v++ {
		b := bucketOf(v)
		if b != last && b != last+1 || v > bucketEnd(b) || b > 0 && v <= bucketEnd(b-1) {
			t.Fatalf("%d is in bucket %d, which ends at %d", v, b, bucketEnd(b))
		}
		last = b
	}
	for shift := range 64 {
		if v := uint64(1) << shift; bucketEnd(bucketOf(v)) < v || bits.Len64(bucketEnd(bucketOf(v))) != shift+1 {
			t.Errorf("bucket of 1<<%d ends at %d", shift, bucketEnd(bucketOf(v)))
		}
	}
}

func TestFairTimes(t *testing.T) {
	task := func(weight uint64, got time.Duration) *Thread {
		return &Thread{weight: weight, cgroup: &treeGroup{}, stat: TaskReport{CPUTime: got}}
	}
	for _, c := range []struct {
		tasks []*Thread
		want  []float64
	}{
		{[]*Thread{task(100, 10), task(300, 30)}, []float64{10, 30}},
		{[]*Thread{task(100, 30), task(300, 10)}, []float64{10, 30}},
		// Two CPUs: the heavy one can't use more than one of them.
		{[]*Thread{task(100, 50), task(900, 100), task(100, 50)}, []float64{50, 100, 50}},
		{[]*Thread{task(100, 80), task(900, 90), task(300, 30)}, []float64{25, 100, 75}},
	} {
		if got := fairTimes(c.tasks, 100); !slices.Equal(got, c.want) {
			t.Errorf("fairTimes = %v, want %v", got, c.want)
		}
	}
}

func TestNiceWeight(t *testing.T) {
	for nice, want := range map[int]uint64{-100: 8668, -20: 8668, -10: 932, -1: 125, 0: 100, 1: 80, 10: 11, 19: 1, 100: 1} {
		if got := NiceWeight(nice); got != want {
			t.Errorf("NiceWeight(%d) = %d, want %d", nice, got, want)
		}
	}
	for nice := -19; nice < 20; nice++ {
		if a, b := NiceWeight(nice-1), NiceWeight(nice); a < b {
			t.Errorf("nice %d weighs %d, and %d %d", nice-1, a, nice, b)
		}
	}
}

func TestDists(t *testing.T) {
	r := random(1)
	var sum time.Duration
	low, high := time.Hour, time.Duration(0)
	for range 20000 {
		u := Uniform(10, 20)(r)
		low, high = min(low, u), max(high, u)
		sum += Exponential(time.Millisecond)(r)
	}
	if low != 10 || high != 20 || Uniform(5, 5)(r) != 5 || Always(7)(r) != 7 {
		t.Errorf("Uniform(10, 20) is from %d to %d", low, high)
	}
	if mean := sum / 20000; mean < 950*time.Microsecond || mean > 1050*time.Microsecond {
		t.Errorf("Exponential(1ms) has the mean %v", mean)
	}
}

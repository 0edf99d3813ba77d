package policy

import (
	"slices"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

var (
	_ scxbridge.Policy   = (*Each)(nil)
	_ scxbridge.Policy   = (*FIFO)(nil)
	_ scxbridge.Policy   = (*VRuntime)(nil)
	_ scxbridge.Observer = (*VRuntime)(nil)
)

func vruntime(t *testing.T, o VRuntimeOptions) *VRuntime {
	t.Helper()
	v, err := NewVRuntime(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A task that woke up may preempt one that comes later; one that used up its slice may not.
func TestVRuntimePreempts(t *testing.T) {
	p := vruntime(t, VRuntimeOptions{})
	p.Enqueue([]scxbridge.Task{
		{PID: 1, Weight: 100, Seq: 2, Flags: scxbridge.EnqWakeup},
		{PID: 2, Weight: 100, Seq: 2},
	})
	var d [3]scxbridge.Decision
	if n := p.Dispatch(d[:]); n != 2 {
		t.Fatalf("%d decisions", n)
	}
	for _, d := range d[:2] {
		if d.CPU != scxbridge.PickIdle || d.Flags != scxbridge.PreemptLater {
			t.Errorf("%+v", d)
		}
	}
}

func TestVRuntimeSlice(t *testing.T) {
	v := vruntime(t, VRuntimeOptions{Slice: 20 * time.Millisecond, SliceMin: 2 * time.Millisecond})
	for _, c := range []struct {
		waiting     uint64
		own, weight int
		want        uint32
	}{
		{0, 100, 100, 20e6}, {0, 1000, 1000, 20e6}, {1, 100, 100, 10e6}, {3, 100, 100, 5e6}, {9, 100, 100, 2e6}, {1000, 100, 100, 2e6},
		{0, 50, 50, 10e6}, {0, 1, 1, 2e6}, {0, 100, 50, 20e6}, {0, 100, 1, 2e6},
	} {
		v.Observe(scxbridge.Stats{SharedWaiting: c.waiting})
		if got := v.sliceOf(&scxbridge.Task{OwnWeight: uint16(c.own), Weight: uint64(c.weight)}); got != c.want {
			t.Errorf("slice with %d waiting, weight %d, own %d = %d, want %d", c.waiting, c.weight, c.own, got, c.want)
		}
	}
}

func TestVRuntimeNewTask(t *testing.T) {
	v := vruntime(t, VRuntimeOptions{})
	buf := make([]scxbridge.Decision, 1)
	v.Enqueue([]scxbridge.Task{{PID: 7, Weight: 100, Seq: 3}})
	if n := v.Dispatch(buf); n != 1 || buf[0].VTime != v.now || buf[0].Seq != 3 || buf[0].PID != 7 {
		t.Fatalf("a new task got %+v at %d", buf[0], v.now)
	}
	// A reused pid starts anew, whatever is remembered of the old one.
	v.Enqueue([]scxbridge.Task{{PID: 7, Weight: 100, Seq: 1, StartTS: 1, StopTS: 5e6, ExecRuntime: 5e6, RunNS: 5e6, WeightedNS: 5e6, VTime: buf[0].VTime}})
	v.Dispatch(buf)
	v.Enqueue([]scxbridge.Task{{PID: 7, Weight: 100, Seq: 9}})
	if v.Dispatch(buf); buf[0].VTime != v.now {
		t.Errorf("a reused pid got VTime %d, want %d", buf[0].VTime, v.now)
	}
}

// A new agent takes over tasks with the old one's virtual times.
func TestVRuntimeTakesOver(t *testing.T) {
	v := vruntime(t, VRuntimeOptions{})
	buf := make([]scxbridge.Decision, 1)
	old := genesis * 24
	v.Enqueue([]scxbridge.Task{{PID: 7, Weight: 100, Seq: 3, VTime: old, StartTS: 1, StopTS: 1e6, ExecRuntime: 1e6, RunNS: 1e6, WeightedNS: 1e6}})
	v.Dispatch(buf)
	v.Enqueue([]scxbridge.Task{{PID: 8, Weight: 100, Seq: 1}})
	if v.Dispatch(buf); buf[0].VTime+uint64(time.Second) < old {
		t.Errorf("a newcomer got VTime %d, far ahead of those that wait since the old agent's time, %d", buf[0].VTime, old)
	}
}

// A task gets a lease if it woke up and its runs are short, and only if leases are on.
func TestVRuntimeLease(t *testing.T) {
	const lease = 20 * time.Millisecond
	short := scxbridge.Task{PID: 1, Weight: 100, Seq: 2, VTime: 1, Flags: scxbridge.EnqWakeup, RunNS: 1e5}
	for _, c := range []struct {
		why   string
		lease time.Duration
		edit  func(*scxbridge.Task)
		want  bool
	}{
		{"short", lease, func(*scxbridge.Task) {}, true},
		{"no leases", 0, func(*scxbridge.Task) {}, false},
		{"new", lease, func(t *scxbridge.Task) { t.VTime = 0 }, false},
		{"computing", lease, func(t *scxbridge.Task) { t.Flags = 0 }, false},
		{"long", lease, func(t *scxbridge.Task) { t.RunNS = 5e6 }, false},
		{"short each time", lease, func(t *scxbridge.Task) { t.RunNS, t.Leased = 5e6, 9 }, true},
	} {
		v := vruntime(t, VRuntimeOptions{Lease: c.lease})
		task, buf := short, make([]scxbridge.Decision, 1)
		c.edit(&task)
		v.Enqueue([]scxbridge.Task{task})
		v.Dispatch(buf)
		if got := buf[0].LeaseNS == uint64(lease) && buf[0].LeaseCount > 0; got != c.want {
			t.Errorf("%s: %+v, want a lease: %v", c.why, buf[0], c.want)
		}
	}
}

// A task is charged for its runs under a lease; a decision that came too late does not distort its account.
func TestVRuntimeChargesAll(t *testing.T) {
	v := vruntime(t, VRuntimeOptions{})
	buf := make([]scxbridge.Decision, 1)
	v.Enqueue([]scxbridge.Task{{PID: 7, Weight: 100, Seq: 3}})
	v.Dispatch(buf)
	first := buf[0].VTime
	// It used its lease; then its decision was stale: the vtime is an older one.
	for i, vtime := range []uint64{first + 5e6, first} {
		v.Enqueue([]scxbridge.Task{{PID: 7, Weight: 100, Seq: 4 + uint64(i), VTime: vtime, RunNS: 8e6, WeightedNS: 8e6, Leased: 3}})
		v.Dispatch(buf)
		if want := first + uint64(i+1)*8e6; buf[0].VTime != want {
			t.Errorf("record %d: VTime %d, want %d", i, buf[0].VTime, want)
		}
	}
}

func TestVRuntimeOptions(t *testing.T) {
	for _, o := range []VRuntimeOptions{
		{Slice: -1}, {SliceMin: -1}, {Slice: time.Millisecond, SliceMin: 2 * time.Millisecond},
		{MaxWait: time.Microsecond}, {Lease: -1}, {Lease: 2 * time.Second}, {Tasks: -1}, {Tasks: 1 << 30},
	} {
		if _, err := NewVRuntime(o); err == nil {
			t.Errorf("NewVRuntime(%+v) is accepted", o)
		}
	}
	if _, err := NewVRuntime(VRuntimeOptions{Slice: 500 * time.Microsecond}); err != nil {
		t.Errorf("a slice below the default minimum: %v", err)
	}
}

func TestEach(t *testing.T) {
	e := &Each{Decide: func(task *scxbridge.Task) (scxbridge.Decision, bool) {
		return task.Decide(scxbridge.AnyCPU), task.PID != 2
	}}
	e.Enqueue([]scxbridge.Task{{PID: 1, Seq: 10}, {PID: 2}, {PID: 3}})
	e.Add(scxbridge.Decision{PID: 4}, scxbridge.Decision{PID: 5})
	var got []int32
	for batch := make([]scxbridge.Decision, 3); ; {
		n := e.Dispatch(batch)
		for _, d := range batch[:n] {
			got = append(got, d.PID)
		}
		if n < len(batch) {
			break
		}
	}
	if want := []int32{1, 3, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("decisions for %v, want %v", got, want)
	}
}

func TestFIFOOrder(t *testing.T) {
	f := NewFIFO(5e6, 2)
	tasks := make([]scxbridge.Task, 10)
	for i := range tasks {
		tasks[i] = scxbridge.Task{PID: int32(i + 1), Seq: uint64(i + 100), VTime: 1 << 40}
	}
	f.Enqueue(tasks)
	buf := make([]scxbridge.Decision, 4)
	var last uint64
	pid := int32(1)
	for _, want := range []int{4, 4, 2, 0} {
		if n := f.Dispatch(buf); n != want {
			t.Fatalf("Dispatch() = %d, want %d", n, want)
		}
		for _, d := range buf[:want] {
			if d.PID != pid || d.Seq != uint64(pid+99) || d.SliceNS != 5e6 || d.VTime <= last {
				t.Errorf("decision %+v, want pid %d, in order", d, pid)
			}
			last = d.VTime
			pid++
		}
	}
}

// Tasks that another policy decided about still wait, in the order of its VTimes.
func TestFIFOGoesOnBehindAnotherPolicy(t *testing.T) {
	f := NewFIFO(0, 2)
	f.Enqueue([]scxbridge.Task{{PID: 1, Seq: 1}, {PID: 2, Seq: 1, VTime: 1 << 40}, {PID: 3, Seq: 1, VTime: 7}, {PID: 4, Seq: 1, VTime: foreignMax}})
	buf := make([]scxbridge.Decision, 4)
	f.Dispatch(buf)
	for i, want := range []uint64{1, 1<<40 + 1, 1<<40 + 2, 1<<40 + 3} {
		if buf[i].VTime != want {
			t.Errorf("decision %+v, want VTime %d", buf[i], want)
		}
	}
}

func TestRoundsDoNotAllocate(t *testing.T) {
	for name, p := range map[string]scxbridge.Policy{
		"fifo":     NewFIFO(0, 0),
		"vruntime": vruntime(t, VRuntimeOptions{}),
	} {
		tasks := make([]scxbridge.Task, 512)
		buf := make([]scxbridge.Decision, 512)
		for i := range tasks {
			tasks[i] = scxbridge.Task{PID: int32(i), Seq: 1, Weight: 100, StartTS: 5, StopTS: uint64(i), ExecRuntime: 3}
		}
		if n := testing.AllocsPerRun(50, func() {
			p.Enqueue(tasks)
			for p.Dispatch(buf) == len(buf) {
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations a round, want 0", name, n)
		}
	}
}

func BenchmarkVRuntimeRound1000(b *testing.B) {
	v, _ := NewVRuntime(VRuntimeOptions{})
	tasks := make([]scxbridge.Task, 1000)
	buf := make([]scxbridge.Decision, 1000)
	for i := range tasks {
		tasks[i] = scxbridge.Task{PID: int32(i + 1), Seq: 1, Weight: 100}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		for j := range tasks {
			t := &tasks[j]
			t.Seq++
			t.RunNS = uint64(j % 97)
			t.StartTS, t.StopTS, t.ExecRuntime = uint64(i*1000+j), uint64(i*1000+j+j%97), uint64(j%97)
		}
		v.Enqueue(tasks)
		n := v.Dispatch(buf)
		for _, d := range buf[:n] {
			tasks[d.PID-1].VTime = d.VTime
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/task")
}

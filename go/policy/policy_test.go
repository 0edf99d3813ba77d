package policy

import (
	"math"
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

// machine is one CPU with a shared queue ordered by VTime, as the kernel side
// has it, under tasks that compute or that sleep after some time.
type machine struct {
	t       *testing.T
	policy  scxbridge.Policy
	now     uint64
	tasks   map[int32]*sim
	shared  *Pool[scxbridge.Decision]
	records []scxbridge.Task
	buf     []scxbridge.Decision
}

type sim struct {
	record   scxbridge.Task
	burst    uint64 // CPU time between two sleeps; 0: never sleeps
	sleep    uint64
	left     uint64 // of the burst
	wakeAt   uint64
	asleep   bool
	queuedAt uint64
	total    uint64
	maxWait  uint64
}

func newMachine(t *testing.T, p scxbridge.Policy) *machine {
	return &machine{t: t, policy: p, now: 1e9, tasks: map[int32]*sim{}, shared: NewPool[scxbridge.Decision](16), buf: make([]scxbridge.Decision, 8)}
}

func (m *machine) add(pid int32, weight, burst, sleep uint64) *sim {
	s := &sim{record: scxbridge.Task{PID: pid, Seq: uint64(pid) << 32, Weight: weight, NrCPUsAllowed: 1}, burst: burst, left: burst, sleep: sleep}
	m.tasks[pid] = s
	m.enqueue(s, scxbridge.EnqWakeup)
	return s
}

func (m *machine) enqueue(s *sim, flags uint64) {
	s.record.Seq++
	s.record.Flags, s.queuedAt = flags, m.now
	m.records = append(m.records, s.record)
	s.record.RunNS = 0
}

func (m *machine) round() {
	if len(m.records) > 0 {
		m.policy.Enqueue(m.records)
		m.records = m.records[:0]
	}
	for {
		n := m.policy.Dispatch(m.buf)
		for _, d := range m.buf[:n] {
			s := m.tasks[d.PID]
			if d.Seq != s.record.Seq {
				m.t.Fatalf("decision for pid %d has seq %d, want %d", d.PID, d.Seq, s.record.Seq)
			}
			s.record.VTime = d.VTime
			m.shared.Push(d.VTime, d)
		}
		if n < len(m.buf) {
			return
		}
	}
}

func (m *machine) run(d time.Duration) {
	for end := m.now + uint64(d); m.now < end; {
		for pid := int32(0); pid < 1000; pid++ { // in a fixed order
			if s := m.tasks[pid]; s != nil && s.asleep && s.wakeAt <= m.now {
				s.asleep, s.left, s.record.ExecRuntime = false, s.burst, 0
				m.enqueue(s, scxbridge.EnqWakeup)
			}
		}
		m.round()
		if o, ok := m.policy.(scxbridge.Observer); ok {
			o.Observe(scxbridge.Stats{SharedWaiting: uint64(m.shared.Len())})
		}
		_, dec, ok := m.shared.Pop()
		if !ok {
			m.now += 100_000
			continue
		}
		s := m.tasks[dec.PID]
		s.maxWait = max(s.maxWait, m.now-s.queuedAt)
		ran := dec.SliceNS
		if s.burst > 0 {
			ran = min(ran, s.left)
			s.left -= ran
		}
		s.record.StartTS = m.now
		m.now += ran
		s.record.StopTS = m.now
		s.record.ExecRuntime += ran
		s.record.RunNS += ran
		s.total += ran
		if s.burst > 0 && s.left == 0 {
			s.asleep, s.wakeAt = true, m.now+s.sleep
			continue
		}
		m.enqueue(s, 0)
	}
}

func vruntime(t *testing.T, o VRuntimeOptions) *VRuntime {
	t.Helper()
	v, err := NewVRuntime(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVRuntimeSharesByWeight(t *testing.T) {
	for _, tasks := range []int{1 << 14, 1} { // with its history, and nearly without
		m := newMachine(t, vruntime(t, VRuntimeOptions{Tasks: tasks}))
		weights := []uint64{10, 50, 100, 100, 200, 300}
		var sum uint64
		for i, w := range weights {
			m.add(int32(i+1), w, 0, 0)
			sum += w
		}
		m.run(time.Minute)
		for i, w := range weights {
			want := float64(w) / float64(sum)
			got := float64(m.tasks[int32(i+1)].total) / float64(time.Minute)
			if math.Abs(got-want) > 0.03*want+0.002 {
				t.Errorf("remembering %d: share of weight %d = %.4f, want %.4f", tasks, w, got, want)
			}
		}
	}
}

// Tasks that compute and sleep in turns, and demand more than there is, share
// by weight with those that only compute: the bonus is not charged.
func TestVRuntimeBonusIsNoCharge(t *testing.T) {
	m := newMachine(t, vruntime(t, VRuntimeOptions{}))
	hog := m.add(1, 100, 0, 0)
	napper := m.add(2, 100, uint64(60*time.Millisecond), uint64(time.Millisecond))
	m.run(time.Minute)
	if r := float64(napper.total) / float64(hog.total); r < 0.9 || r > 1.1 {
		t.Errorf("a task that naps got %.3f of what one that never sleeps got, want about 1", r)
	}
}

func TestVRuntimeSleeperGoesFirst(t *testing.T) {
	m := newMachine(t, vruntime(t, VRuntimeOptions{}))
	for pid := int32(1); pid <= 8; pid++ {
		m.add(pid, 100, 0, 0)
	}
	m.run(2 * time.Second)
	sleeper := m.add(9, 100, 200_000, uint64(20*time.Millisecond))
	m.run(time.Second)
	sleeper.maxWait = 0
	m.run(20 * time.Second)
	// At most the rest of a slice: 20 ms / (1 + about 8).
	if limit := uint64(4 * time.Millisecond); sleeper.maxWait > limit {
		t.Errorf("a sleeper waited %v among 8 hogs, want at most %v", time.Duration(sleeper.maxWait), time.Duration(limit))
	}
}

// However light and however heavy the others: the wait is bounded.
func TestVRuntimeMaxWait(t *testing.T) {
	for _, heavies := range []int{1, 3, 50} {
		m := newMachine(t, vruntime(t, VRuntimeOptions{}))
		for i := 0; i < heavies; i++ {
			m.add(int32(10+i), 10000, 0, 0)
		}
		m.run(time.Second)
		light := m.add(1, 1, 0, 0)
		m.run(time.Minute)
		if light.total == 0 || light.maxWait > uint64(3*time.Second) {
			t.Errorf("weight 1 against %d × 10000: longest wait %v, ran %v", heavies, time.Duration(light.maxWait), time.Duration(light.total))
		}
	}
}

// A task that woke up may preempt one that comes later; one that used up its slice not.
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
		if d.CPU != scxbridge.PickIdle || (d.Flags == scxbridge.PreemptLater) != (d.PID == 1) || d.Flags&^scxbridge.PreemptLater != 0 {
			t.Errorf("%+v", d)
		}
	}
}

func TestVRuntimeSlice(t *testing.T) {
	v := vruntime(t, VRuntimeOptions{Slice: 20 * time.Millisecond, SliceMin: 2 * time.Millisecond})
	for _, c := range []struct{ waiting, weight, want uint64 }{
		{0, 100, 20e6}, {0, 1000, 20e6}, {1, 100, 10e6}, {3, 100, 5e6}, {9, 100, 2e6}, {1000, 100, 2e6}, {0, 50, 10e6}, {0, 1, 2e6},
	} {
		v.Observe(scxbridge.Stats{SharedWaiting: c.waiting})
		if got := v.sliceOf(c.weight); got != c.want {
			t.Errorf("slice with %d waiting, weight %d = %d, want %d", c.waiting, c.weight, got, c.want)
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
	v.Enqueue([]scxbridge.Task{{PID: 7, Weight: 100, Seq: 1, StartTS: 1, StopTS: 5e6, ExecRuntime: 5e6, RunNS: 5e6, VTime: buf[0].VTime}})
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
	v.Enqueue([]scxbridge.Task{{PID: 7, Weight: 100, Seq: 3, VTime: old, StartTS: 1, StopTS: 1e6, ExecRuntime: 1e6, RunNS: 1e6}})
	v.Dispatch(buf)
	v.Enqueue([]scxbridge.Task{{PID: 8, Weight: 100, Seq: 1}})
	if v.Dispatch(buf); buf[0].VTime+uint64(time.Second) < old {
		t.Errorf("a newcomer got VTime %d, far ahead of those that wait since the old agent's time, %d", buf[0].VTime, old)
	}
}

// A lease is for a task that wakes up and ran shortly, and only if there are leases.
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

// What a task ran under its lease is charged to it, and no decision that came too late confuses its account.
func TestVRuntimeChargesAll(t *testing.T) {
	v := vruntime(t, VRuntimeOptions{})
	buf := make([]scxbridge.Decision, 1)
	v.Enqueue([]scxbridge.Task{{PID: 7, Weight: 100, Seq: 3}})
	v.Dispatch(buf)
	first := buf[0].VTime
	// It used its lease; then its decision was stale: the vtime is an older one.
	for i, vtime := range []uint64{first + 5e6, first} {
		v.Enqueue([]scxbridge.Task{{PID: 7, Weight: 100, Seq: 4 + uint64(i), VTime: vtime, RunNS: 8e6, Leased: 3}})
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

package replay_test

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
	"github.com/scxbridge/scxbridge/go/scxtest/replay"
	"github.com/scxbridge/scxbridge/go/trace"
)

// recorded is a policy whose records become a trace, with the times of the simulated machine.
type recorded struct {
	scxbridge.Policy
	trace trace.Trace
}

func (r *recorded) Enqueue(tasks []scxbridge.Task) {
	for _, q := range tasks {
		if r.trace.Start == 0 {
			r.trace.Start = q.ReadyTS
		}
		r.trace.Records = append(r.trace.Records, trace.Record{Task: q, Received: q.ReadyTS})
	}
	r.Policy.Enqueue(tasks)
}

var machine = scxtest.Config{CPUs: 2, Seed: 1, Options: scxbridge.Options{NoBuiltinIdle: true}}

func traced(t testing.TB, p scxbridge.Policy, d time.Duration, load ...scxtest.Workload) (*trace.Trace, *scxtest.Report) {
	t.Helper()
	r := &recorded{Policy: p}
	m := scxtest.NewMachine(machine)
	m.Add(load...)
	report, err := m.Run(r, d)
	if err != nil {
		t.Fatal(err)
	}
	r.trace.CPUs, r.trace.End, r.trace.Complete = machine.CPUs, r.trace.Start+uint64(d), true
	return &r.trace, report
}

func mustLoad(t testing.TB, tr *trace.Trace) *replay.Load {
	t.Helper()
	l, err := replay.New(tr)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func vruntime(t testing.TB) scxbridge.Policy {
	t.Helper()
	v, err := policy.NewVRuntime(policy.VRuntimeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func fifo(testing.TB) scxbridge.Policy { return policy.NewFIFO(3_000_000, 0) }

var mixed = []scxtest.Workload{
	scxtest.Hog(3), scxtest.Hog(1).Named("heavy").WithWeight(300),
	scxtest.Sleeper(4, scxtest.Exponential(time.Millisecond), scxtest.Exponential(10*time.Millisecond)),
	scxtest.Sleeper(1, scxtest.Always(8*time.Millisecond), scxtest.Always(50*time.Millisecond)).Named("batch"),
}

// The same policy on the replayed load does what it did with the load itself.
func TestTheSamePolicyDoesTheSame(t *testing.T) {
	for name, make := range map[string]func(testing.TB) scxbridge.Policy{"fifo": fifo, "vruntime": vruntime} {
		tr, report := traced(t, make(t), 5*time.Second, mixed...)
		l := mustLoad(t, tr)
		got, err := l.Run(name, make(t), scxtest.Config{Options: machine.Options})
		if err != nil {
			t.Fatal(err)
		}
		before := map[string]scxtest.TaskReport{}
		for _, task := range report.Tasks {
			before[task.Name] = task
		}
		for i, task := range l.Tasks {
			was := before[task.Comm]
			want, is := was.CPUTime.Seconds(), got.CPUTime[i].Seconds()
			if math.Abs(want-is) > 0.03*want+0.03 {
				t.Errorf("%s: %s had %.3f s, in the replay %.3f s", name, task.Comm, want, is)
			}
			if task.Weight != was.Weight {
				t.Errorf("%s: %s has the weight %d, not %d", name, task.Comm, task.Weight, was.Weight)
			}
		}
		if n := got.ByClass[replay.Hog]; n == nil || n.Tasks != 4 || l.Recorded.ByClass[replay.Short].Tasks != 4 || l.Recorded.ByClass[replay.Long].Tasks != 1 {
			t.Errorf("%s: %+v", name, l.Recorded.ByClass)
		}
		was, is := report.Workload("sleeper").Latency, got.ByClass[replay.Short].Waits
		if p50 := was.Quantile(0.5); is.P50 > p50*3/2+100*time.Microsecond || p50 > is.P50*3/2+100*time.Microsecond {
			t.Errorf("%s: half of the waits of short tasks are below %v, in the replay %v", name, p50, is.P50)
		}
		if n := float64(was.Count()); math.Abs(float64(is.Count)-n) > 0.1*n {
			t.Errorf("%s: %v wake-ups, in the replay %d waits", name, n, is.Count)
		}
	}
}

// What the table is for: sleepers wait less under vruntime than behind hogs in a FIFO.
func TestAnotherPolicyDoesOtherwise(t *testing.T) {
	tr, _ := traced(t, policy.NewFIFO(20_000_000, 0), 5*time.Second, mixed...)
	l := mustLoad(t, tr)
	cfg := scxtest.Config{Options: machine.Options}
	same, err := l.Run("fifo", policy.NewFIFO(20_000_000, 0), cfg)
	if err != nil {
		t.Fatal(err)
	}
	other, err := l.Run("vruntime", vruntime(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if was, is := same.ByClass[replay.Short].Waits.P50, other.ByClass[replay.Short].Waits.P50; is >= was/2 {
		t.Errorf("half of the waits are below %v under vruntime, %v under fifo", is, was)
	}
	var b bytes.Buffer
	if err := l.Compare(&b, same, other); err != nil {
		t.Fatal(err)
	}
	t.Log(b.String())
	for _, want := range []string{"9 tasks, 2 CPUs, 5s", "as recorded", "fifo", "vruntime", `"heavy"`, "300", "long"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &b)
		}
	}
}

// Tasks of one CPU keep to it, and run in the order in which the kernel queued them.
func TestOrderAndAffinity(t *testing.T) {
	tr, _ := traced(t, fifo(t), time.Second, scxtest.Hog(4).On(1))
	for i := range tr.Records {
		tr.Records[i].CPUs = []int{1}
	}
	l := mustLoad(t, tr)
	got, err := l.Run("fifo", fifo(t), scxtest.Config{Options: machine.Options})
	if err != nil {
		t.Fatal(err)
	}
	n := min(len(got.Order), len(l.Recorded.Order)) - 4
	if n < 50 || !reflect.DeepEqual(got.Order[:n], l.Recorded.Order[:n]) {
		t.Errorf("queued in the order\n%v, not\n%v", got.Order, l.Recorded.Order)
	}
	if got.ByClass[replay.Hog].Moves != 0 {
		t.Errorf("%d moves", got.ByClass[replay.Hog].Moves)
	}
}

func task(tid int32, ready, run uint64, flags uint16) trace.Record {
	return trace.Record{Task: scxbridge.Task{
		PID: tid, TGID: tid, ReadyTS: 1000 + ready*1e6, RunNS: run * 1e6, Flags: flags, OwnWeight: 100, Weight: 100, Seq: ready + 1,
	}}
}

func TestWhatBecomesOfRecords(t *testing.T) {
	const woke = scxbridge.EnqWakeup
	leased := task(3, 40, 8, woke)
	leased.Task.Leased = 3
	tr := &trace.Trace{Info: trace.Info{CPUs: 2, Start: 1000}, Summary: trace.Summary{End: 1000 + 100e6}, Records: []trace.Record{
		task(1, 0, 99, woke),  // what ran before the trace does not count
		task(1, 10, 4, 0),     // its slice ended
		task(1, 20, 3, woke),  // it computed 7 ms, and slept
		task(1, 30, 99, woke), // more than there was time for
		task(2, 5, 0, 0), task(2, 50, 20, 0), task(2, 60, 5, 0),
		task(3, 0, 0, woke), leased,
		task(4, 0, 0, woke), task(4, 30, 5, scxbridge.TaskEnded), task(4, 40, 0, woke),
	}}
	l := mustLoad(t, tr)
	ms := time.Millisecond
	if len(l.Tasks) != 5 || l.Inexact != 1 {
		t.Fatalf("%d tasks, %d inexact", len(l.Tasks), l.Inexact)
	}
	for i, want := range [][]replay.Burst{
		{{0, 7 * ms}, {20 * ms, 10 * ms}},
		nil,
		{{0, 2 * ms}, {10 * ms, 2 * ms}, {20 * ms, 2 * ms}, {30 * ms, 2 * ms}},
		{{0, 5 * ms}},
		nil,
	} {
		if got := l.Tasks[i].Bursts; !reflect.DeepEqual(got, want) {
			t.Errorf("task %d: %v, not %v", i, got, want)
		}
	}
	if l.Tasks[1].Class != replay.Hog || l.Tasks[1].CPUTime != 25*ms || l.Tasks[0].Class != replay.Long || l.Tasks[4].Class != replay.Short {
		t.Errorf("%+v", l.Tasks)
	}
}

func TestTracesThatCannotBeReplayed(t *testing.T) {
	for want, tr := range map[string]*trace.Trace{
		"no records":               {},
		"is 0s long":               {Records: []trace.Record{task(1, 0, 0, 0)}, Info: trace.Info{Start: 5}},
		"from after its beginning": {Records: []trace.Record{task(1, 0, 0, 0)}, Info: trace.Info{Start: 1 << 40}, Summary: trace.Summary{End: 1 << 41}},
		"at most 1h0m0s":           {Records: []trace.Record{task(1, 0, 0, 0)}, Summary: trace.Summary{End: 1 << 60}},
	} {
		if _, err := replay.New(tr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, not %q", err, want)
		}
	}
}

// Whatever a trace says, it is replayed or refused.
func FuzzNew(f *testing.F) {
	f.Add(uint64(0), uint64(1e6), uint64(1000), uint64(1e9), uint32(0), uint16(1), uint16(100), uint8(2))
	f.Add(uint64(1<<63), uint64(1<<63), uint64(0), uint64(1<<40), uint32(1<<31), uint16(0), uint16(65535), uint8(0))
	f.Fuzz(func(t *testing.T, ready, run, start, length uint64, leased uint32, flags, weight uint16, cpus uint8) {
		first := task(1, 0, 0, 1)
		first.Task.ReadyTS = start
		second := task(1, 0, 0, flags)
		second.Task.ReadyTS, second.Task.RunNS, second.Task.Leased, second.Task.OwnWeight, second.CPUs = ready, run, leased, weight, []int{int(cpus)}
		tr := &trace.Trace{Info: trace.Info{CPUs: int(cpus), Start: start}, Summary: trace.Summary{End: start + length%uint64(time.Second)}}
		tr.Records = []trace.Record{first, second}
		l, err := replay.New(tr)
		if err != nil {
			return
		}
		if _, err := l.Run("fifo", fifo(t), scxtest.Config{}); err != nil {
			t.Errorf("%v: %+v", err, l)
		}
	})
}

package trace

import (
	"bytes"
	"context"
	"errors"
	"os"
	"reflect"
	"sync"
	"testing"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

var testInfo = Info{
	Agent: "test 1", CPUs: 4, ThreadsPerCore: 2, CPUsPerLLC: 4, Settings: []Setting{{"policy", "fifo"}, {"odd", "a=b"}},
}

func newTestRecorder(t testing.TB, records int) *Recorder {
	t.Helper()
	r, err := NewRecorder(Options{Records: records, Info: testInfo, CPUs: func(tid int32) []int { return []int{0, int(tid)} }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// finish writes what was recorded.
func finish(t testing.TB, r *Recorder) ([]byte, Summary) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var b bytes.Buffer
	s, err := r.Run(ctx, &b)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), s
}

func mustRead(t testing.TB, b []byte) *Trace {
	t.Helper()
	read, err := Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// exampleTask has another value in each field.
func exampleTask(start uint64, pid int32, seq uint64) scxbridge.Task {
	q := scxbridge.Task{
		PID: pid, TGID: pid, CPU: 1, NrCPUsAllowed: 2, ReadyTS: start + 1000*seq, StartTS: start + 1000*seq - 500,
		StopTS: start + 1000*seq - 100, ExecRuntime: 77, Weight: 155, VTime: 1 << 50, CgroupID: 9, Seq: seq, RunNS: 400,
		WeightedNS: 300, Leased: 3, OwnWeight: 125, Flags: scxbridge.EnqWakeup,
	}
	copy(q.Comm[:], "task")
	return q
}

func exampleDecision(q *scxbridge.Task) scxbridge.Decision {
	return scxbridge.Decision{
		PID: q.PID, CPU: scxbridge.PickIdle, SliceNS: 5e6, VTime: 1<<50 + 1, Flags: scxbridge.PreemptLater, Seq: q.Seq,
		LeaseNS: 2e7, LeaseCount: 64,
	}
}

func TestReadGivesBackWhatWasRecorded(t *testing.T) {
	r := newTestRecorder(t, 16)
	start := r.opts.Info.Start
	var tasks []scxbridge.Task
	var decisions []scxbridge.Decision
	for seq := range uint64(3) {
		for pid := range int32(2) {
			// Both seem to run at once on the same CPU.
			q := exampleTask(start+100*uint64(pid), 2+pid, seq+1)
			tasks = append(tasks, q)
			decisions = append(decisions, exampleDecision(&q))
			r.Queued(tasks[len(tasks)-1:])
			r.Decided(decisions[len(tasks)-1:])
		}
	}
	b, s := finish(t, r)
	if path := os.Getenv("TRACE_OUT"); path != "" {
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if s.Received != 6 || s.Traced != 6 || s.Dropped != 0 || s.Decisions != 6 || s.DecisionsTraced != 6 {
		t.Errorf("summary: %+v", s)
	}
	got := mustRead(t, b)
	want := testInfo
	want.Start = start
	if !reflect.DeepEqual(got.Info, want) || got.Summary != s || !got.Complete {
		t.Errorf("%+v, %+v, complete: %v", got.Info, got.Summary, got.Complete)
	}
	if got.Setting("policy") != "fifo" || got.Setting("odd") != "a=b" || got.Setting("none") != "" {
		t.Errorf("settings: %v", got.Settings)
	}
	if len(got.Records) != len(tasks) {
		t.Fatalf("%d records of %d", len(got.Records), len(tasks))
	}
	for i, rec := range got.Records {
		if rec.Task != tasks[i] || rec.Decision != decisions[i] || !reflect.DeepEqual(rec.CPUs, []int{0, int(rec.Task.PID)}) {
			t.Errorf("record %d:\n%+v\n%+v\n%+v", i, rec, tasks[i], decisions[i])
		}
		if rec.Received < start || rec.Decided < rec.Received || rec.Decided > s.End {
			t.Errorf("record %d: received %d, decided %d, in %d to %d", i, rec.Received, rec.Decided, start, s.End)
		}
	}
}

// Slices on a track must not overlap, or a viewer draws nonsense.
func TestSlicesFollowEachOther(t *testing.T) {
	r := newTestRecorder(t, 16)
	start := r.opts.Info.Start
	for seq := range uint64(5) {
		q := exampleTask(start, 7, seq+1) // it starts long before it is decided: it was rescued
		r.Queued([]scxbridge.Task{q})
		r.Decided([]scxbridge.Decision{exampleDecision(&q)})
	}
	b, _ := finish(t, r)
	open, until, slices := map[uint64]bool{}, map[uint64]uint64{}, 0
	eachEvent(t, b, func(at, track, kind uint64) {
		switch kind {
		case sliceBegin:
			if open[track] || at < until[track] {
				t.Errorf("on track %#x a slice begins at %d, before the last ends", track, at-start)
			}
			open[track] = true
			slices++
		case sliceEnd:
			if !open[track] {
				t.Errorf("on track %#x a slice ends at %d that has not begun", track, at-start)
			}
			open[track], until[track] = false, at
		}
	})
	for track, is := range open {
		if is {
			t.Errorf("on track %#x a slice does not end", track)
		}
	}
	if slices < 5+4+4 {
		t.Errorf("only %d slices", slices)
	}
}

func eachEvent(t *testing.T, b []byte, f func(at, track, kind uint64)) {
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(eachField(b, func(packet field) error {
		var at uint64
		return eachField(packet.bytes, func(x field) error {
			if x.number == packetTimestamp {
				at = x.value
			}
			if x.number != packetTrackEvent {
				return nil
			}
			var track, kind uint64
			err := eachField(x.bytes, func(x field) error {
				switch x.number {
				case eventTrack:
					track = x.value
				case eventType:
					kind = x.value
				}
				return nil
			})
			f(at, track, kind)
			return err
		})
	}))
}

func TestWhatFindsNoRoomIsCounted(t *testing.T) {
	r := newTestRecorder(t, 16)
	start := r.opts.Info.Start
	tasks := make([]scxbridge.Task, 40)
	decisions := make([]scxbridge.Decision, len(tasks))
	for i := range tasks {
		tasks[i] = exampleTask(start, int32(2+i), 1)
		decisions[i] = exampleDecision(&tasks[i])
	}
	r.Queued(tasks[:10])
	r.Queued(tasks[10:])
	r.Decided(decisions[30:])
	r.Decided(decisions[:30])
	b, s := finish(t, r)
	want := Summary{
		Received: 40, Traced: 16, Dropped: 24, Decisions: 40, DecisionsDropped: 24, DecisionsUnpaired: 10, DecisionsTraced: 6, End: s.End,
	}
	if s != want {
		t.Errorf("%+v, not %+v", s, want)
	}
	if got := mustRead(t, b); len(got.Records) != 16 || got.Summary != want {
		t.Errorf("%d records, %+v", len(got.Records), got.Summary)
	}
	r.Queued(tasks) // it is over
	if r.received.Load() != 40 {
		t.Error("it still records after its end")
	}
}

// A round beside the writer: nothing may be lost, and nothing be taken for something else.
func TestRoundAndWriterAtTheSameTime(t *testing.T) {
	r := newTestRecorder(t, 64)
	ctx, cancel := context.WithCancel(context.Background())
	var b bytes.Buffer
	var s Summary
	var err error
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		s, err = r.Run(ctx, &b)
	}()
	const rounds = 20000
	tasks, decisions := make([]scxbridge.Task, 3), make([]scxbridge.Decision, 3)
	for seq := range uint64(rounds) {
		for i := range tasks {
			tasks[i] = exampleTask(r.opts.Info.Start, int32(2+i), seq+1)
			decisions[i] = exampleDecision(&tasks[i])
		}
		r.Queued(tasks)
		r.Decided(decisions)
	}
	cancel()
	wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if s.Received != 3*rounds || s.Traced+s.Dropped != s.Received || s.Decisions != 3*rounds ||
		s.DecisionsTraced+s.DecisionsUnpaired+s.DecisionsDropped != s.Decisions {
		t.Errorf("%+v", s)
	}
	read := mustRead(t, b.Bytes())
	if uint64(len(read.Records)) != s.Traced {
		t.Errorf("%d records in the file, %d traced", len(read.Records), s.Traced)
	}
	var decided uint64
	for _, rec := range read.Records {
		if rec.Decided != 0 {
			decided++
			if rec.Decision != exampleDecision(&rec.Task) {
				t.Fatalf("%+v has the decision %+v", rec.Task, rec.Decision)
			}
		}
	}
	if decided != s.DecisionsTraced {
		t.Errorf("%d decisions in the file, %d traced", decided, s.DecisionsTraced)
	}
}

type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errors.New("no space left")
	}
	return len(b), nil
}

func TestWriteFails(t *testing.T) {
	for _, room := range []int{0, 2000} {
		r := newTestRecorder(t, 16)
		if _, err := r.Run(context.Background(), &full{room}); room == 0 && err == nil {
			t.Error("no error")
		} else if room > 0 {
			continue
		}
		if r.on.Load() {
			t.Error("it goes on recording for nobody")
		}
		break
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, n := range []int{-1, 8, 100, 1 << 23} {
		if _, err := NewRecorder(Options{Records: n}); err == nil {
			t.Errorf("%d records: no error", n)
		}
	}
	var none *Recorder
	none.Queued(make([]scxbridge.Task, 1))
	none.Decided(make([]scxbridge.Decision, 1))
}

func TestTracesThatBreakOff(t *testing.T) {
	r := newTestRecorder(t, 16)
	q := exampleTask(r.opts.Info.Start, 5, 1)
	r.Queued([]scxbridge.Task{q})
	b, _ := finish(t, r)
	whole := 0
	for n := range b {
		got, err := Read(bytes.NewReader(b[:n]))
		switch {
		case err != nil:
		case got.Complete:
			t.Errorf("the first %d of %d bytes are complete", n, len(b))
		default:
			whole++
		}
	}
	if whole == 0 {
		t.Error("none is read as far as it goes")
	}
	for _, text := range []string{"", "{\"traceEvents\": []}", "\x0a\xff\xff\xff\x7f", "\x0a\x02\x50\x01"} {
		if _, err := Read(bytes.NewReader([]byte(text))); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

// Traces may be joined. Packets of others are left out, even if they look like ours.
func TestPacketsOfOthers(t *testing.T) {
	r := newTestRecorder(t, 16)
	r.Queued([]scxbridge.Task{exampleTask(r.opts.Info.Start, 5, 1)})
	b, _ := finish(t, r)
	other := appendMessage(nil, tracePacket, func(b []byte) []byte {
		return appendBytes(appendUint(b, packetSequence, 99), packetTrackEvent, "\xff\xff")
	})
	if got := mustRead(t, append(bytes.Clone(other), b...)); len(got.Records) != 1 {
		t.Errorf("%d records", len(got.Records))
	}
}

func FuzzRead(f *testing.F) {
	r := newTestRecorder(f, 16)
	q := exampleTask(r.opts.Info.Start, 5, 1)
	r.Queued([]scxbridge.Task{q})
	r.Decided([]scxbridge.Decision{exampleDecision(&q)})
	b, _ := finish(f, r)
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Read(bytes.NewReader(b))
		if err == nil && (got.End < got.Start || got.CPUs < 0 || got.CPUs > maxCPUs) {
			t.Errorf("%+v", got)
		}
	})
}

func TestCPULists(t *testing.T) {
	for _, cpus := range [][]int{{0}, {0, 1}, {0, 2}, {1, 2, 3, 8}, {5, 7, 8}} {
		if got, err := parseCPUs(formatCPUs(cpus)); err != nil || !reflect.DeepEqual(got, cpus) {
			t.Errorf("%v: %v, %v", cpus, got, err)
		}
	}
	for _, text := range []string{"", "x", "3-1", "1,1", "0-9000", "-1", "1-", "65536"} {
		if got, err := parseCPUs(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestRoundAllocatesNothing(t *testing.T) {
	r := newTestRecorder(t, 1<<15)
	tasks, decisions := make([]scxbridge.Task, 8), make([]scxbridge.Decision, 8)
	if n := testing.AllocsPerRun(100, func() {
		r.Queued(tasks)
		r.Decided(decisions)
	}); n != 0 {
		t.Errorf("%v allocations in a round", n)
	}
}

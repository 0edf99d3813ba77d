package trace

import (
	"io"
	"strings"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/clock"
)

// writer encodes a trace. What it draws of a task after a decision is known only from the task's next record.
type writer struct {
	to    io.Writer
	opts  *Options
	err   error
	out   []byte
	tasks map[int32]*task
	cpus  map[int32]*cpuTrack
	most  int // of tasks; tests set another

	traced, paired, unpaired uint64
}

// task is one that was seen.
type task struct {
	Record
	open  bool   // Record is not written yet
	drawn uint64 // until when its track is drawn: slices may not overlap
	tgid  int32
	comm  [16]byte
	asked bool // CPUs is what its affinity was
}

// Tracks: these, CPU n, and the tasks by their tid.
const (
	trackAgent  = 1
	trackCPUs   = 2
	trackCPU    = 1 << 32
	trackTask   = 2 << 32
	sequence    = 1
	flushAbove  = 1 << 16
	forgetAbove = 1 << 17 // tasks
	forgetAfter = uint64(5e9)
)

func newWriter(to io.Writer, o *Options) *writer {
	w := &writer{to: to, opts: o, tasks: map[int32]*task{}, cpus: map[int32]*cpuTrack{}, most: forgetAbove}
	w.begin()
	return w
}

func (w *writer) packet(f func([]byte) []byte) {
	w.out = appendMessage(w.out, tracePacket, func(b []byte) []byte {
		return f(appendUint(b, packetSequence, sequence))
	})
	if len(w.out) > flushAbove {
		w.flush()
	}
}

func (w *writer) flush() {
	if len(w.out) > 0 && w.err == nil {
		_, w.err = w.to.Write(w.out)
	}
	w.out = w.out[:0]
}

// begin writes what all else refers to.
func (w *writer) begin() {
	w.packet(func(b []byte) []byte {
		b = appendUint(b, packetFlags, sequenceCleared|sequenceNeeds)
		b = appendMessage(b, packetDefaults, func(b []byte) []byte { return appendUint(b, defaultsClock, perfettoMonotonic) })
		return appendMessage(b, packetInterned, func(b []byte) []byte {
			for i, name := range eventNames {
				b = intern(b, internedNames, i+1, name)
			}
			for i, name := range annotationNames[1:] {
				b = intern(b, internedAnnotations, i+1, name)
			}
			return b
		})
	})
	w.packet(func(b []byte) []byte {
		b = appendUint(b, packetTimestamp, clock.Read(clock.Boottime))
		b = appendUint(b, packetClock, perfettoBoottime)
		return appendMessage(b, packetClockSnapshot, func(b []byte) []byte {
			for _, c := range [][2]uint64{
				{perfettoMonotonic, clock.Read(clock.Monotonic)}, {perfettoBoottime, clock.Read(clock.Boottime)},
				{perfettoRealtime, clock.Read(clock.Realtime)},
			} {
				b = appendMessage(b, snapshotClocks, func(b []byte) []byte {
					return appendUint(appendUint(b, clockID, c[0]), clockTime, c[1])
				})
			}
			return b
		})
	})
	w.track(trackAgent, 0, 0, w.opts.Info.Agent, nil)
	w.track(trackCPUs, 0, 1, "CPUs", func(b []byte) []byte { return appendUint(b, trackOrdering, orderExplicit) })
	i := &w.opts.Info
	w.event(i.Start, trackAgent, instant, nameInfo, func(b []byte) []byte {
		b = noteString(b, noteAgent, i.Agent)
		b = note(b, noteMachineCPUs, uint64(i.CPUs))
		b = note(b, noteThreadsPerCore, uint64(i.ThreadsPerCore))
		b = note(b, noteCPUsPerLLC, uint64(i.CPUsPerLLC))
		b = note(b, noteBegin, i.Start)
		for _, s := range i.Settings {
			b = noteString(b, noteSetting, s.Name+"="+s.Value)
		}
		return b
	})
}

func intern(b []byte, field, id int, name string) []byte {
	return appendMessage(b, field, func(b []byte) []byte {
		return appendBytes(appendUint(b, internedID, uint64(id)), internedName, name)
	})
}

func (w *writer) track(uuid, parent, rank uint64, name string, more func([]byte) []byte) {
	w.packet(func(b []byte) []byte {
		return appendMessage(b, packetTrack, func(b []byte) []byte {
			b = appendUint(b, trackUUID, uuid)
			if name != "" {
				b = appendBytes(b, trackName, name)
			}
			if parent != 0 {
				b = appendUint(b, trackParent, parent)
			}
			b = appendUint(b, trackRank, rank)
			if more != nil {
				b = more(b)
			}
			return b
		})
	})
}

func (w *writer) event(at, track uint64, kind, name int, more func([]byte) []byte) {
	w.packet(func(b []byte) []byte {
		b = appendUint(b, packetTimestamp, at)
		b = appendUint(b, packetFlags, sequenceNeeds)
		return appendMessage(b, packetTrackEvent, func(b []byte) []byte {
			b = appendUint(b, eventType, uint64(kind))
			b = appendUint(b, eventTrack, track)
			if name != 0 {
				b = appendUint(b, eventNameID, uint64(name))
			}
			if more != nil {
				b = more(b)
			}
			return b
		})
	})
}

// slice draws one that ends a nanosecond early: of two that touch, the viewer must see the first end before the second
// begins, in whatever order they are written.
func (w *writer) slice(from, to, track uint64, name int, more func([]byte) []byte) {
	w.event(from, track, sliceBegin, name, more)
	w.event(max(from, to-min(to, 1)), track, sliceEnd, 0, nil)
}

func note(b []byte, id int, v uint64) []byte {
	return appendMessage(b, eventAnnotations, func(b []byte) []byte {
		return appendUint(appendUint(b, annotationID, uint64(id)), annotationUint, v)
	})
}

func noteInt(b []byte, id int, v int64) []byte {
	return appendMessage(b, eventAnnotations, func(b []byte) []byte {
		return appendUint(appendUint(b, annotationID, uint64(id)), annotationInt, uint64(v))
	})
}

func noteString(b []byte, id int, v string) []byte {
	return appendMessage(b, eventAnnotations, func(b []byte) []byte {
		return appendBytes(appendUint(b, annotationID, uint64(id)), annotationString, v)
	})
}

// queued takes a record.
func (w *writer) queued(q *scxbridge.Task, at uint64) {
	w.traced++
	if q.Ended() {
		// Nothing is decided about it. An id that is used again belongs to another task.
		if t := w.tasks[q.PID]; t != nil && t.Task.Seq <= q.Seq {
			w.finish(t, q)
			delete(w.tasks, q.PID)
		}
		w.write(&task{Record: Record{Task: *q, Received: at}}, at)
		return
	}
	t := w.tasks[q.PID]
	if t == nil {
		if len(w.tasks) >= w.most {
			w.forget(at)
		}
		t = &task{}
		w.tasks[q.PID] = t
	}
	if t.tgid != q.TGID || t.comm != q.Comm {
		t.tgid, t.comm, t.asked, t.CPUs = q.TGID, q.Comm, false, nil
		w.describe(q)
	}
	w.finish(t, q)
	if restricted := int(q.NrCPUsAllowed) < w.opts.Info.CPUs; !restricted || w.opts.CPUs == nil {
		t.CPUs, t.asked = nil, false
	} else if !t.asked || len(t.CPUs) != int(q.NrCPUsAllowed) {
		t.CPUs, t.asked = w.opts.CPUs(q.PID), true
	}
	t.Record, t.open = Record{Task: *q, Received: at, CPUs: t.CPUs}, true
}

// describe names a task's track. Threads stand below their process.
func (w *writer) describe(q *scxbridge.Task) {
	w.track(trackTask+uint64(uint32(q.PID)), 0, 0, "", func(b []byte) []byte {
		if q.PID == q.TGID {
			b = appendMessage(b, trackProcess, func(b []byte) []byte {
				return appendBytes(appendUint(b, processPID, uint64(q.TGID)), processName, commOf(q))
			})
		}
		return appendMessage(b, trackThread, func(b []byte) []byte {
			b = appendUint(b, threadPID, uint64(q.TGID))
			b = appendUint(b, threadTID, uint64(q.PID))
			return appendBytes(b, threadName, commOf(q))
		})
	})
}

// commOf is a task's name. A program may give itself one that is no text.
func commOf(q *scxbridge.Task) string { return strings.ToValidUTF8(q.Name(), "?") }

// decided takes a decision.
func (w *writer) decided(d *scxbridge.Decision, at uint64) {
	t := w.tasks[d.PID]
	if t == nil || !t.open || t.Task.Seq != d.Seq || t.Decided != 0 {
		w.unpaired++
		return
	}
	w.paired++
	t.Decision, t.Decided = *d, at
}

// finish writes a task's record, and what its next one tells of the time since.
func (w *writer) finish(t *task, next *scxbridge.Task) {
	if t.open {
		t.open = false
		end := max(t.Decided, t.Received)
		if next.StartTS > t.Task.ReadyTS { // it ran since: perhaps rescued before it was decided
			end = min(end, next.StartTS)
		}
		w.write(t, end)
	}
	if next.RunNS == 0 || next.StopTS <= next.StartTS || next.StopTS <= w.opts.Info.Start {
		return
	}
	track := trackTask + uint64(uint32(next.PID))
	start := max(next.StartTS, t.drawn, w.opts.Info.Start)
	stop := max(start, min(next.StopTS, next.ReadyTS))
	if t.drawn != 0 && start > t.drawn {
		name := nameQueue
		// Its runs were more than the last: it had a lease, or was placed on an idle CPU directly.
		if next.Leased > 0 || next.RunNS > next.StopTS-next.StartTS+next.RunNS/16 {
			name = nameUnrecorded
		}
		w.slice(t.drawn, start, track, name, func(b []byte) []byte {
			if name == nameUnrecorded {
				b = note(b, noteLeased, uint64(next.Leased))
				b = note(b, noteRun, next.RunNS)
			}
			return b
		})
	}
	w.slice(start, stop, track, nameRun, func(b []byte) []byte { return noteInt(b, noteCPU, int64(next.CPU)) })
	w.onCPU(next, start, stop)
	t.drawn = stop
}

func (w *writer) onCPU(q *scxbridge.Task, start, stop uint64) {
	if q.CPU < 0 {
		return
	}
	track := trackCPU + uint64(q.CPU)
	c := w.cpus[q.CPU]
	if c == nil {
		c = &cpuTrack{}
		w.cpus[q.CPU] = c
		w.track(track, trackCPUs, uint64(q.CPU), "CPU "+itoa(q.CPU), nil)
	}
	c.draw(span{start, stop}, func(s span) {
		w.slice(s.from, s.to, track, 0, func(b []byte) []byte {
			b = appendBytes(b, eventName, commOf(q))
			return noteInt(b, notePID, int64(q.PID))
		})
	})
	c.forget()
}

// write writes all of a record, on the slice from when the task was queued to this end.
func (w *writer) write(t *task, end uint64) {
	q, d := &t.Task, &t.Decision
	begin := max(q.ReadyTS, t.drawn)
	end = max(begin, end)
	w.slice(begin, end, trackTask+uint64(uint32(q.PID)), nameDecision, func(b []byte) []byte {
		b = noteString(b, noteComm, commOf(q))
		b = noteString(b, noteWhy, why(q))
		b = note(b, noteSeq, q.Seq)
		b = noteInt(b, notePID, int64(q.PID))
		b = noteInt(b, noteTGID, int64(q.TGID))
		b = noteInt(b, noteCPU, int64(q.CPU))
		for _, n := range [...]struct {
			id    int
			value uint64
		}{
			{noteAllowed, uint64(q.NrCPUsAllowed)}, {noteReady, q.ReadyTS}, {noteStart, q.StartTS}, {noteStop, q.StopTS},
			{noteExec, q.ExecRuntime}, {noteWeight, q.Weight}, {noteOwnWeight, uint64(q.OwnWeight)}, {noteVTime, q.VTime},
			{noteCgroup, q.CgroupID}, {noteRun, q.RunNS}, {noteWeighted, q.WeightedNS}, {noteLeased, uint64(q.Leased)},
			{noteFlags, uint64(q.Flags)}, {noteReceived, t.Received}, {noteDecided, t.Decided}, {noteSlice, d.SliceNS},
			{noteKey, d.VTime}, {noteDecisionFlags, d.Flags}, {noteLease, d.LeaseNS}, {noteLeaseCount, uint64(d.LeaseCount)},
		} {
			if n.value != 0 {
				b = note(b, n.id, n.value)
			}
		}
		if t.CPUs != nil {
			b = noteString(b, noteCPUs, formatCPUs(t.CPUs))
		}
		if t.Decided != 0 {
			b = noteInt(b, noteTargetCPU, int64(d.CPU))
			b = noteString(b, noteTarget, target(d.CPU))
			if p := preempts(d.Flags); p != "" {
				b = noteString(b, notePreempt, p)
			}
		}
		return b
	})
	t.drawn = end
}

// forget writes the records of tasks that have not come back for a while, so that those that have ended take no memory.
// If that does not help, it writes all.
func (w *writer) forget(now uint64) {
	for _, after := range []uint64{forgetAfter, 0} {
		for pid, t := range w.tasks {
			if t.Task.ReadyTS+after <= now {
				if t.open {
					w.write(t, max(t.Decided, t.Received))
				}
				delete(w.tasks, pid)
			}
		}
		if len(w.tasks) < w.most/2 {
			return
		}
	}
}

// close writes what is left, and the end.
func (w *writer) close(s *Summary) {
	for _, t := range w.tasks {
		if t.open {
			w.write(t, max(t.Decided, t.Received))
		}
	}
	w.event(s.End, trackAgent, instant, nameSummary, func(b []byte) []byte {
		for _, n := range summaryNotes(s) {
			b = note(b, n.id, *n.value)
		}
		return b
	})
	w.flush()
}

type summaryNote struct {
	id    int
	value *uint64
}

func summaryNotes(s *Summary) []summaryNote {
	return []summaryNote{
		{noteTotalReceived, &s.Received}, {noteTotalTraced, &s.Traced}, {noteTotalDropped, &s.Dropped},
		{noteDecisions, &s.Decisions}, {noteDecisionsTraced, &s.DecisionsTraced}, {noteDecisionsDropped, &s.DecisionsDropped},
		{noteDecisionsUnpaired, &s.DecisionsUnpaired}, {noteEnd, &s.End},
	}
}

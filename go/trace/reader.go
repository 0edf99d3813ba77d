package trace

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Limits of what is read: beyond, it is no trace of ours.
const (
	maxPacket = 1 << 20
	maxInFile = 1 << 24
	maxNames  = 1 << 16
)

// Read reads a trace that a [Recorder] wrote. Packets of other programs are left out, so a trace that was merged with
// theirs can be read, too. One that breaks off is read as far as it goes: see Trace.Complete.
func Read(from io.Reader) (*Trace, error) {
	r := reader{names: map[uint64]int{}}
	in := bufio.NewReaderSize(from, 1<<16)
	var buf []byte
	for offset := int64(0); ; {
		packet, n, err := nextPacket(in, buf)
		if err == nil {
			err = r.packet(packet)
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && r.begun:
			return r.end()
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, errors.New("trace: read: it is no Perfetto trace")
		case err != nil:
			return nil, fmt.Errorf("trace: read the packet at byte %d: %w", offset, err)
		}
		buf = packet[:0]
		offset += int64(n)
	}
}

// nextPacket returns the next packet, which may use buf, and how long it is with its head. io.EOF is the end.
func nextPacket(in *bufio.Reader, buf []byte) (packet []byte, n int, err error) {
	tag, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, 0, err
	}
	if tag != tracePacket<<3|wireBytes {
		return nil, 0, errors.New("it is no Perfetto trace")
	}
	length, err := binary.ReadUvarint(in)
	switch {
	case errors.Is(err, io.EOF):
		return nil, 0, io.ErrUnexpectedEOF
	case err != nil:
		return nil, 0, err
	case length > maxPacket:
		return nil, 0, fmt.Errorf("it has %d bytes, more than %d", length, maxPacket)
	}
	packet = slices.Grow(buf[:0], int(length))[:length]
	if _, err := io.ReadFull(in, packet); err != nil {
		return nil, 0, io.ErrUnexpectedEOF
	}
	return packet, 1 + lengthRoom + int(length), nil
}

type reader struct {
	Trace
	begun bool
	names map[uint64]int // what an annotation's id stands for
}

func (r *reader) end() (*Trace, error) {
	if !r.begun {
		return nil, errors.New("trace: read: no agent of scxbridge wrote it: it does not say how it begins")
	}
	slices.SortStableFunc(r.Records, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Task.ReadyTS, b.Task.ReadyTS), cmp.Compare(a.Task.Seq, b.Task.Seq))
	})
	if !r.Complete {
		for i := range r.Records {
			r.End = max(r.End, r.Records[i].Received, r.Records[i].Decided)
		}
	}
	if r.End < r.Start {
		return nil, fmt.Errorf("trace: read: it ends at %d, before it begins, at %d", r.End, r.Start)
	}
	return &r.Trace, nil
}

func (r *reader) packet(b []byte) error {
	var event, interned []byte
	ours := false
	err := eachField(b, func(f field) error {
		switch f.number {
		case packetTrackEvent:
			event = f.bytes
		case packetInterned:
			interned = f.bytes
		case packetSequence:
			ours = f.value == sequence
		}
		return nil
	})
	if err != nil || !ours {
		return err
	}
	if interned != nil {
		if err := r.intern(interned); err != nil {
			return err
		}
	}
	if event != nil {
		return r.event(event)
	}
	return nil
}

func (r *reader) intern(b []byte) error {
	return eachField(b, func(f field) error {
		if f.number != internedAnnotations {
			return nil
		}
		var id uint64
		var name string
		err := eachField(f.bytes, func(f field) error {
			switch f.number {
			case internedID:
				id = f.value
			case internedName:
				name = string(f.bytes)
			}
			return nil
		})
		if known := slices.Index(annotationNames[:], name); known > 0 {
			r.names[id] = known
		}
		if len(r.names) > maxNames {
			return fmt.Errorf("it has more than %d names", maxNames)
		}
		return err
	})
}

// event reads what is noted of an event. Those without notes are for the viewer.
func (r *reader) event(b []byte) error {
	var rec Record
	var info Info
	var sum Summary
	var isRecord, isInfo, isSummary bool
	err := eachField(b, func(f field) error {
		if f.number != eventAnnotations {
			return nil
		}
		var id, value uint64
		var text string
		err := eachField(f.bytes, func(f field) error {
			switch f.number {
			case annotationID:
				id = f.value
			case annotationUint, annotationInt:
				value = f.value
			case annotationString:
				text = string(f.bytes)
			}
			return nil
		})
		if err != nil {
			return err
		}
		known := r.names[id]
		isRecord = isRecord || known == noteSeq
		isInfo = isInfo || known == noteBegin
		isSummary = isSummary || known == noteEnd
		for _, n := range summaryNotes(&sum) {
			if n.id == known {
				*n.value = value
			}
		}
		return read(&rec, &info, known, value, text)
	})
	switch {
	case err != nil:
		return err
	case isInfo:
		if info.CPUs < 0 || info.CPUs > maxCPUs || info.ThreadsPerCore > maxCPUs || info.CPUsPerLLC > maxCPUs {
			return fmt.Errorf("it is of a machine with %d CPUs, more than %d", info.CPUs, maxCPUs)
		}
		r.Info, r.begun = info, true
	case isSummary:
		r.Summary, r.Complete = sum, true
	case isRecord:
		if len(r.Records) == maxInFile {
			return fmt.Errorf("it has more than %d records", maxInFile)
		}
		r.Records = append(r.Records, rec)
	}
	return nil
}

// read puts a note where it belongs.
func read(rec *Record, info *Info, known int, value uint64, text string) error {
	q, d := &rec.Task, &rec.Decision
	switch known {
	case noteSeq:
		q.Seq, d.Seq = value, value
	case notePID:
		q.PID, d.PID = int32(value), int32(value)
	case noteTGID:
		q.TGID = int32(value)
	case noteCPU:
		q.CPU = int32(value)
	case noteAllowed:
		q.NrCPUsAllowed = uint32(value)
	case noteReady:
		q.ReadyTS = value
	case noteStart:
		q.StartTS = value
	case noteStop:
		q.StopTS = value
	case noteExec:
		q.ExecRuntime = value
	case noteWeight:
		q.Weight = value
	case noteOwnWeight:
		q.OwnWeight = uint16(value)
	case noteVTime:
		q.VTime = value
	case noteCgroup:
		q.CgroupID = value
	case noteRun:
		q.RunNS = value
	case noteWeighted:
		q.WeightedNS = value
	case noteLeased:
		q.Leased = uint32(value)
	case noteFlags:
		q.Flags = uint16(value)
	case noteComm:
		copy(q.Comm[:len(q.Comm)-1], text)
	case noteCPUs:
		cpus, err := parseCPUs(text)
		rec.CPUs = cpus
		return err
	case noteReceived:
		rec.Received = value
	case noteDecided:
		rec.Decided = value
	case noteTargetCPU:
		d.CPU = int32(value)
	case noteSlice:
		d.SliceNS = value
	case noteKey:
		d.VTime = value
	case noteDecisionFlags:
		d.Flags = value
	case noteLease:
		d.LeaseNS = value
	case noteLeaseCount:
		d.LeaseCount = uint32(value)
	case noteAgent:
		info.Agent = text
	case noteMachineCPUs:
		info.CPUs = int(min(value, maxCPUs+1))
	case noteThreadsPerCore:
		info.ThreadsPerCore = int(min(value, maxCPUs+1))
	case noteCPUsPerLLC:
		info.CPUsPerLLC = int(min(value, maxCPUs+1))
	case noteBegin:
		info.Start = value
	case noteSetting:
		name, of, _ := strings.Cut(text, "=")
		info.Settings = append(info.Settings, Setting{name, of})
	}
	return nil
}

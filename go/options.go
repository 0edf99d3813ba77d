package scxbridge

import (
	"math"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// GraceImmediate as Options.Grace: a parked task does not wait for its decision
// at all if a CPU is free for it.
const GraceImmediate time.Duration = -1

// Options configure a scheduler. The zero value of each field means its
// default; [DefaultOptions] tells what these are.
type Options struct {
	// Name is the scheduler's name, as in /sys/kernel/sched_ext/root/ops:
	// 1 to 127 of the characters A-Z a-z 0-9 _ and .
	Name string
	// Timeout is the kernel's watchdog: it ends a scheduler under which a
	// runnable task did not run for so long. 1 ms to 30 s.
	Timeout time.Duration
	// Grace is how long a parked task waits for its decision before the
	// kernel side runs it by itself. Up to 1 s; [GraceImmediate] is none.
	Grace time.Duration
	// Slice is how long a task runs at a stretch where a decision does not
	// say. 100 µs to 1 s.
	Slice time.Duration
	// SliceMax bounds a decision's slice.
	SliceMax time.Duration
	// QueuedBytes is the size of the ring of records: a power of two, and
	// at least a page.
	QueuedBytes int
	// DecisionsBytes is the size of the ring of decisions, likewise.
	DecisionsBytes int
	// ExitDumpBytes is the room for the debug dump of a scheduler that the
	// kernel ended because of an error.
	ExitDumpBytes int
	// NoBuiltinIdle turns off the built-in idle choice. With it, a task that
	// wakes and finds an idle CPU runs there at once, without a record.
	NoBuiltinIdle bool
	// DirectBound: the kernel side alone schedules tasks that may run on one
	// CPU only, fairly by weight, without a record.
	DirectBound bool
	// DirectSync: a task whose waker is about to sleep (a synchronous wake-up)
	// runs next on the waker's CPU, without a record, unless others wait there.
	DirectSync bool
	// BatchWindow is how long this process may sleep on while all CPUs are
	// busy, to decide about many tasks at a time; up to 10 ms. It is woken
	// before when a CPU runs out of decided tasks. 0 is woken at once.
	BatchWindow time.Duration
	// KernelMode lets the kernel side decide about every task by itself, in fair order:
	// no record is sent. [Scheduler.SetPriority] sets tasks before others.
	KernelMode bool
	// Partial leaves all tasks to the kernel but those whose scheduling
	// policy is SCHED_EXT.
	Partial bool
	// LockMemory locks the rings in memory.
	LockMemory bool
	// Pin keeps the scheduler in bpffs, where it outlives this process: the
	// kernel side then runs all tasks by itself until another process adopts
	// it, see [Adopt] and [DetachPinned].
	Pin bool
	// Debug sends libbpf's debug messages to standard error.
	Debug bool
}

// DefaultOptions returns the linked library's defaults, each one spelled out.
func DefaultOptions() Options {
	d := capi.Defaults()
	o := Options{
		Name:           d.Name,
		Timeout:        time.Duration(d.TimeoutMS) * time.Millisecond,
		Grace:          time.Duration(d.GraceUS) * time.Microsecond,
		Slice:          time.Duration(d.SliceNS),
		SliceMax:       time.Duration(d.SliceMaxNS),
		QueuedBytes:    int(d.QueuedBytes),
		DecisionsBytes: int(d.DecisionsBytes),
		ExitDumpBytes:  int(d.ExitDumpBytes),
		NoBuiltinIdle:  d.Flags&capi.OptionBuiltinIdle == 0,
		DirectBound:    d.Flags&capi.OptionDirectBound != 0,
		DirectSync:     d.Flags&capi.OptionDirectSync != 0,
		BatchWindow:    time.Duration(d.BatchUS) * time.Microsecond,
		KernelMode:     d.Flags&capi.OptionKernelMode != 0,
		Partial:        d.Flags&capi.OptionPartial != 0,
		LockMemory:     d.Flags&capi.OptionLockMemory != 0,
		Pin:            d.Flags&capi.OptionPin != 0,
		Debug:          d.Flags&capi.OptionDebug != 0,
	}
	if o.Name == "" {
		o.Name = "scxbridge"
	}
	if d.GraceUS == 0 {
		o.Grace = GraceImmediate
	}
	return o
}

// native lays the options over the library's defaults. It refuses what the C
// types cannot say; the library judges the ranges.
func (o *Options) native(d capi.Options) (capi.Options, error) {
	var err error
	fail := func(field string, value any) {
		if err == nil {
			err = invalid(opOpen, "option %s: %v is out of range", field, value)
		}
	}
	duration := func(field string, v, unit time.Duration, limit uint64, set func(uint64)) {
		switch {
		case v == 0:
		case v < 0 || v%unit != 0 || uint64(v/unit) > limit:
			fail(field, v)
		default:
			set(uint64(v / unit))
		}
	}
	size := func(field string, v int, to *uint32) {
		switch {
		case v == 0:
		case v < 0 || uint64(v) > math.MaxUint32:
			fail(field, v)
		default:
			*to = uint32(v)
		}
	}
	flag := func(on bool, bit uint32) {
		if on {
			d.Flags |= bit
		} else {
			d.Flags &^= bit
		}
	}

	if o.Name != "" {
		d.Name = o.Name
		for _, c := range []byte(o.Name) {
			if c == 0 { // C would end the name here
				fail("Name", o.Name)
			}
		}
	}
	duration("Timeout", o.Timeout, time.Millisecond, math.MaxUint32, func(v uint64) { d.TimeoutMS = uint32(v) })
	if o.Grace == GraceImmediate {
		d.GraceUS = 0
	} else {
		duration("Grace", o.Grace, time.Microsecond, math.MaxUint32, func(v uint64) { d.GraceUS = uint32(v) })
	}
	duration("Slice", o.Slice, time.Nanosecond, math.MaxUint64, func(v uint64) { d.SliceNS = v })
	duration("SliceMax", o.SliceMax, time.Nanosecond, math.MaxUint64, func(v uint64) { d.SliceMaxNS = v })
	size("QueuedBytes", o.QueuedBytes, &d.QueuedBytes)
	size("DecisionsBytes", o.DecisionsBytes, &d.DecisionsBytes)
	size("ExitDumpBytes", o.ExitDumpBytes, &d.ExitDumpBytes)
	flag(!o.NoBuiltinIdle, capi.OptionBuiltinIdle)
	duration("BatchWindow", o.BatchWindow, time.Microsecond, math.MaxUint32, func(v uint64) { d.BatchUS = uint32(v) })
	flag(o.DirectBound, capi.OptionDirectBound)
	flag(o.DirectSync, capi.OptionDirectSync)
	flag(o.KernelMode, capi.OptionKernelMode)
	flag(o.Partial, capi.OptionPartial)
	flag(o.LockMemory, capi.OptionLockMemory)
	flag(o.Pin, capi.OptionPin)
	flag(o.Debug, capi.OptionDebug)
	return d, err
}

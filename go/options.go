// Code generated from rust/options.toml by `make generate`; DO NOT EDIT.

package scxbridge

import (
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// Options configure a scheduler. The zero value of each field means its
// default; [DefaultOptions] tells what these are.
type Options struct {
	// Name: name of the scheduler, as /sys/kernel/sched_ext/root/ops shows it: 1 to 127 of
	// letters, digits, '_' and '.'.
	Name string
	// Timeout: the kernel's watchdog: it ends a scheduler that leaves a runnable task waiting
	// for this long. With thousands of runnable tasks a turn takes seconds. Range: 1ms to 30s.
	Timeout time.Duration
	// Grace: how long a parked task waits for its decision before the kernel side runs it; 0:
	// not at all, where a CPU is free for it. Range: 0s to 1s. 0 is [GraceImmediate].
	Grace time.Duration
	// Slice: time slice where the kernel side decides alone, and of a decision that gives 0.
	// Range: 100us to 1s.
	Slice time.Duration
	// SliceMax: upper bound of a decision's slice. Range: the value of Slice to 1s.
	SliceMax time.Duration
	// QueuedBytes: size of the ring of records: a power of two, one page to 64 MiB. The
	// default has room for about 8000. With several last-level caches, or eight CPUs and more,
	// there are several rings, at most 8, which share it equally; each has 64 KiB at least, so
	// there may be fewer.
	QueuedBytes int
	// DecisionsBytes: size of the ring of decisions, likewise. The default has room for about
	// 4000.
	DecisionsBytes int
	// ExitDumpBytes: room for the kernel's debug dump after an error. Range: 0 to 1048576
	// bytes.
	ExitDumpBytes int
	// BatchWindow: how long the agent may sleep on while all CPUs are busy, to decide about
	// many tasks at once; 0: it is woken at once. It is woken before when a CPU runs out of
	// decided tasks. Range: 0s to 10ms.
	BatchWindow time.Duration
	// NoBuiltinIdle: ask the policy also for tasks that wake up to an idle CPU. Otherwise they
	// run there at once, without a record.
	NoBuiltinIdle bool
	// Partial: schedule only tasks of policy SCHED_EXT, and leave all others to the kernel.
	Partial bool
	// LockMemory: lock the rings into memory; needs a large enough RLIMIT_MEMLOCK.
	LockMemory bool
	// Debug: let libbpf write its debug messages to standard error.
	Debug bool
	// Pin: pin the scheduler in bpffs, so that it outlives its agent: the kernel side then
	// runs all tasks by itself, until another process adopts it.
	Pin bool
	// DirectBound: the kernel side alone schedules tasks that may run on one CPU only, fairly
	// by weight, without a record.
	DirectBound bool
	// DirectSync: a task whose waker is about to sleep (a synchronous wake-up) runs next on
	// the waker's CPU, without a record, unless others wait there.
	DirectSync bool
	// KernelMode: the kernel side decides about every task by itself, in fair order (kernel
	// mode), and no record is sent; tasks can be given a priority.
	KernelMode bool
	// IgnoreCgroupLimits: leave limits of cgroups (cpu.max) to nobody: a task runs although
	// its group's quota is used up.
	IgnoreCgroupLimits bool
	// IgnoreCgroupWeights: leave weights of cgroups (cpu.weight, cpu.idle) to nobody: a task
	// counts by its own weight only.
	IgnoreCgroupWeights bool
	// OneDomain: treat all CPUs alike: one shared queue for all, whichever caches they share.
	OneDomain bool
	// OwnDomains: the program may set the domains, before it attaches and while the scheduler
	// runs. Until then they are as without.
	OwnDomains bool
	// Ends: when a task ends that had a record, a last record says so. It wakes nobody: it
	// comes with those of others.
	Ends bool
}

// fromNative spells out what the library says.
func fromNative(d capi.Options) Options {
	o := Options{
		Name:                orDefault(d.Name, "scxbridge"),
		Timeout:             time.Duration(d.TimeoutMS) * time.Millisecond,
		Grace:               time.Duration(d.GraceUS) * time.Microsecond,
		Slice:               time.Duration(d.SliceNS) * time.Nanosecond,
		SliceMax:            time.Duration(d.SliceMaxNS) * time.Nanosecond,
		QueuedBytes:         int(d.QueuedBytes),
		DecisionsBytes:      int(d.DecisionsBytes),
		ExitDumpBytes:       int(d.ExitDumpBytes),
		BatchWindow:         time.Duration(d.BatchUS) * time.Microsecond,
		NoBuiltinIdle:       d.Flags&capi.OptionBuiltinIdle == 0,
		Partial:             d.Flags&capi.OptionPartial != 0,
		LockMemory:          d.Flags&capi.OptionLockMemory != 0,
		Debug:               d.Flags&capi.OptionDebug != 0,
		Pin:                 d.Flags&capi.OptionPin != 0,
		DirectBound:         d.Flags&capi.OptionDirectBound != 0,
		DirectSync:          d.Flags&capi.OptionDirectSync != 0,
		KernelMode:          d.Flags&capi.OptionKernelMode != 0,
		IgnoreCgroupLimits:  d.Flags&capi.OptionIgnoreCgroupLimits != 0,
		IgnoreCgroupWeights: d.Flags&capi.OptionIgnoreCgroupWeights != 0,
		OneDomain:           d.Flags&capi.OptionOneDomain != 0,
		OwnDomains:          d.Flags&capi.OptionOwnDomains != 0,
		Ends:                d.Flags&capi.OptionEnds != 0,
	}
	if d.GraceUS == 0 {
		o.Grace = GraceImmediate
	}
	return o
}

// native lays the options over the library's defaults. It refuses what the C
// types cannot say; the library judges the ranges.
func (o *Options) native(d capi.Options) (capi.Options, error) {
	var c conversion
	c.text("Name", o.Name, &d.Name)
	duration(&c, "Timeout", o.Timeout, time.Millisecond, &d.TimeoutMS)
	if o.Grace == GraceImmediate {
		d.GraceUS = 0
	} else {
		duration(&c, "Grace", o.Grace, time.Microsecond, &d.GraceUS)
	}
	duration(&c, "Slice", o.Slice, time.Nanosecond, &d.SliceNS)
	duration(&c, "SliceMax", o.SliceMax, time.Nanosecond, &d.SliceMaxNS)
	c.size("QueuedBytes", o.QueuedBytes, &d.QueuedBytes)
	c.size("DecisionsBytes", o.DecisionsBytes, &d.DecisionsBytes)
	c.size("ExitDumpBytes", o.ExitDumpBytes, &d.ExitDumpBytes)
	duration(&c, "BatchWindow", o.BatchWindow, time.Microsecond, &d.BatchUS)
	c.flag(!o.NoBuiltinIdle, &d.Flags, capi.OptionBuiltinIdle)
	c.flag(o.Partial, &d.Flags, capi.OptionPartial)
	c.flag(o.LockMemory, &d.Flags, capi.OptionLockMemory)
	c.flag(o.Debug, &d.Flags, capi.OptionDebug)
	c.flag(o.Pin, &d.Flags, capi.OptionPin)
	c.flag(o.DirectBound, &d.Flags, capi.OptionDirectBound)
	c.flag(o.DirectSync, &d.Flags, capi.OptionDirectSync)
	c.flag(o.KernelMode, &d.Flags, capi.OptionKernelMode)
	c.flag(o.IgnoreCgroupLimits, &d.Flags, capi.OptionIgnoreCgroupLimits)
	c.flag(o.IgnoreCgroupWeights, &d.Flags, capi.OptionIgnoreCgroupWeights)
	c.flag(o.OneDomain, &d.Flags, capi.OptionOneDomain)
	c.flag(o.OwnDomains, &d.Flags, capi.OptionOwnDomains)
	c.flag(o.Ends, &d.Flags, capi.OptionEnds)
	return d, c.err
}

// fields are the options by the names that the library has for them.
var fields = map[string]field{
	"name":                  {"Name", 0},
	"timeout_ms":            {"Timeout", time.Millisecond},
	"grace_us":              {"Grace", time.Microsecond},
	"slice_ns":              {"Slice", time.Nanosecond},
	"slice_max_ns":          {"SliceMax", time.Nanosecond},
	"queued_bytes":          {"QueuedBytes", 0},
	"decisions_bytes":       {"DecisionsBytes", 0},
	"exit_dump_bytes":       {"ExitDumpBytes", 0},
	"batch_us":              {"BatchWindow", time.Microsecond},
	"builtin_idle":          {"NoBuiltinIdle", 0},
	"partial":               {"Partial", 0},
	"lock_memory":           {"LockMemory", 0},
	"debug":                 {"Debug", 0},
	"pin":                   {"Pin", 0},
	"direct_bound":          {"DirectBound", 0},
	"direct_sync":           {"DirectSync", 0},
	"kernel_mode":           {"KernelMode", 0},
	"ignore_cgroup_limits":  {"IgnoreCgroupLimits", 0},
	"ignore_cgroup_weights": {"IgnoreCgroupWeights", 0},
	"one_domain":            {"OneDomain", 0},
	"own_domains":           {"OwnDomains", 0},
	"ends":                  {"Ends", 0},
}

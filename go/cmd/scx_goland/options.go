// Code generated from rust/options.toml by `make generate`; DO NOT EDIT.

package main

import (
	"time"

	"github.com/spf13/pflag"
)

// define adds all flags of the command line; those of the scheduler have the
// defaults that its options have.
func (c *config) define(fs *pflag.FlagSet) {
	o := &c.options
	fs.StringVar(&c.file, "config", "/etc/scx_goland/scx_goland.yaml", "`file` of options, read again at SIGHUP")
	fs.StringVar(&c.policy, "policy", "vruntime", "how to order tasks: `fifo|vruntime`")
	fs.DurationVar(&c.slice, "slice", 20*time.Millisecond, "how long a task runs at a stretch when no other waits")
	fs.DurationVar(&c.sliceMin, "slice-min", 1*time.Millisecond, "shortest slice, however many wait (vruntime)")
	fs.DurationVar(&c.lease, "lease", 20*time.Millisecond, "how long the kernel side repeats decisions by itself; 0: never (vruntime)")
	fs.IntVar(&c.batch, "batch", 512, "most tasks in a round")
	fs.DurationVar(&c.monitorSlack, "monitor-slack", 4*time.Millisecond, "timer slack of Go's monitor thread, sysmon; 0: leave it")
	fs.StringVar(&c.agentCPUs, "agent-cpus", "", "`list` of CPUs for the thread that makes the rounds, such as 0,4-7 (default: all)")
	fs.StringVar(&c.adopt, "adopt", "no", "take over the pinned scheduler of this name; auto: start one if none is pinned: `no|yes|auto`")
	fs.Lookup("adopt").NoOptDefVal = "yes"
	fs.BoolVar(&c.detach, "detach", false, "detach the pinned scheduler of this name, and end")
	fs.Float64Var(&c.seconds, "stats", 0, "print statistics every this many `seconds`; 0: never")
	fs.StringVar(&c.statsFormat, "stats-format", "table", "how to print statistics: `table|json`")
	fs.StringVar(&c.metrics, "metrics", "", "serve metrics for Prometheus there: a port (of this machine alone), HOST:PORT or unix:PATH: `address`")
	fs.BoolVar(&c.scxStats, "scx-stats", false, "serve statistics in scx_stats' protocol at /var/run/scx/root/stats, also for status and top")
	fs.StringVar(&c.trace, "trace", "", "record all decisions there from the beginning to the end, as a Perfetto trace; see also the command trace: `file`")
	fs.BoolVar(&c.verbose, "verbose", false, "say more, and print the debug dump if ejected")
	fs.IntVar(&c.gcPercent, "gc-percent", gcUnset, "Go's GC target `percentage`, -1: off (default: the environment's GOGC)")
	fs.BoolVar(&c.version, "version", false, "print the versions and exit")

	fs.StringVar(&o.Name, "name", "goland", "scheduler's name")
	fs.DurationVar(&o.Timeout, "timeout", o.Timeout, "kernel's watchdog for tasks that don't run")
	fs.DurationVar(&o.Grace, "grace", o.Grace, "how long a task waits for its decision; 0: not at all")
	fs.DurationVar(&o.Slice, "slice-kernel", o.Slice, "slice where the kernel side decides alone")
	fs.DurationVar(&o.SliceMax, "slice-max", o.SliceMax, "longest slice that a decision may give")
	fs.IntVar(&o.QueuedBytes, "queued-bytes", o.QueuedBytes, "size of the ring of records, a power of two")
	fs.IntVar(&o.DecisionsBytes, "decisions-bytes", o.DecisionsBytes, "size of the ring of decisions, a power of two")
	fs.IntVar(&o.ExitDumpBytes, "exit-dump-bytes", o.ExitDumpBytes, "room for the debug dump after an error")
	fs.DurationVar(&o.BatchWindow, "batch-window", o.BatchWindow, "how long to sleep on while all CPUs are busy, to decide about more at once")
	fs.BoolVar(&o.NoBuiltinIdle, "no-builtin-idle", o.NoBuiltinIdle, "ask the policy also for tasks that wake up to an idle CPU")
	fs.BoolVar(&o.Partial, "partial", o.Partial, "schedule only tasks of policy SCHED_EXT")
	fs.BoolVar(&o.LockMemory, "lock-memory", o.LockMemory, "lock the rings in memory")
	fs.BoolVar(&o.Debug, "debug", o.Debug, "libbpf's debug messages, to standard error")
	fs.BoolVar(&o.Pin, "pin", o.Pin, "pin the scheduler in bpffs: it goes on without this program, until --adopt or --detach")
	fs.BoolVar(&o.DirectBound, "direct-bound", o.DirectBound, "the kernel side alone schedules tasks that may run on one CPU only")
	fs.BoolVar(&o.DirectSync, "direct-sync", o.DirectSync, "a task whose waker is about to sleep runs next on that CPU, without the policy")
	fs.BoolVar(&o.IgnoreCgroupLimits, "ignore-cgroup-limits", o.IgnoreCgroupLimits, "let tasks run although the limit of their cgroup (cpu.max) is used up")
	fs.BoolVar(&o.IgnoreCgroupWeights, "ignore-cgroup-weights", o.IgnoreCgroupWeights, "count tasks by their nice values only, not by what their cgroups weigh")
	fs.BoolVar(&o.OneDomain, "one-domain", o.OneDomain, "treat all CPUs alike, whichever caches they share")
}

// flagOf is the flag of each field of scxbridge.Options.
var flagOf = map[string]string{
	"Name":                "name",
	"Timeout":             "timeout",
	"Grace":               "grace",
	"Slice":               "slice-kernel",
	"SliceMax":            "slice-max",
	"QueuedBytes":         "queued-bytes",
	"DecisionsBytes":      "decisions-bytes",
	"ExitDumpBytes":       "exit-dump-bytes",
	"BatchWindow":         "batch-window",
	"NoBuiltinIdle":       "no-builtin-idle",
	"Partial":             "partial",
	"LockMemory":          "lock-memory",
	"Debug":               "debug",
	"Pin":                 "pin",
	"DirectBound":         "direct-bound",
	"DirectSync":          "direct-sync",
	"IgnoreCgroupLimits":  "ignore-cgroup-limits",
	"IgnoreCgroupWeights": "ignore-cgroup-weights",
	"OneDomain":           "one-domain",
}

// settings are all options by their flags.
var settings = map[string]setting{
	"name":                  {field: "Name"},
	"timeout":               {field: "Timeout"},
	"grace":                 {field: "Grace"},
	"slice-kernel":          {field: "Slice"},
	"slice-max":             {field: "SliceMax"},
	"queued-bytes":          {field: "QueuedBytes"},
	"decisions-bytes":       {field: "DecisionsBytes"},
	"exit-dump-bytes":       {field: "ExitDumpBytes"},
	"batch-window":          {field: "BatchWindow"},
	"no-builtin-idle":       {field: "NoBuiltinIdle"},
	"partial":               {field: "Partial"},
	"lock-memory":           {field: "LockMemory"},
	"debug":                 {field: "Debug"},
	"pin":                   {field: "Pin"},
	"direct-bound":          {field: "DirectBound"},
	"direct-sync":           {field: "DirectSync"},
	"ignore-cgroup-limits":  {field: "IgnoreCgroupLimits"},
	"ignore-cgroup-weights": {field: "IgnoreCgroupWeights"},
	"one-domain":            {field: "OneDomain"},
	"config":                {commandLine: true},
	"policy":                {live: true},
	"slice":                 {live: true},
	"slice-min":             {live: true},
	"lease":                 {live: true},
	"batch":                 {},
	"monitor-slack":         {},
	"agent-cpus":            {live: true},
	"adopt":                 {},
	"detach":                {commandLine: true},
	"stats":                 {},
	"stats-format":          {},
	"metrics":               {},
	"scx-stats":             {},
	"trace":                 {commandLine: true},
	"verbose":               {live: true},
	"gc-percent":            {live: true},
	"version":               {commandLine: true},
}

// version is the package's.
const version = "0.1.0"

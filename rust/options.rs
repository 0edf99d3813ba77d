// Generated from rust/options.toml by `make generate`; do not edit.

//! The options of a scheduler.

use crate::config::{in_range, ring_size, validate_name};
use crate::Result;

/// Options of a scheduler; the defaults are good for a whole machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Name of the scheduler, as /sys/kernel/sched_ext/root/ops shows it: 1 to 127 of letters,
    /// digits, '_' and '.'. Default: `scxbridge`.
    pub name: String,
    /// The kernel's watchdog: it ends a scheduler that leaves a runnable task waiting for this
    /// long. With thousands of runnable tasks a turn takes seconds. Range: 1 to 30000 ms. Default:
    /// 30000.
    pub timeout_ms: u32,
    /// How long a parked task waits for its decision before the kernel side runs it; 0: not at all,
    /// where a CPU is free for it. Range: 0 to 1000000 µs. Default: 10000.
    pub grace_us: u32,
    /// Time slice where the kernel side decides alone, and of a decision that gives 0. Range:
    /// 100000 to 1000000000 ns. Default: 5000000.
    pub slice_ns: u64,
    /// Upper bound of a decision's slice. Range: slice_ns to 1000000000 ns. Default: 100000000.
    pub slice_max_ns: u64,
    /// Size of the ring of records: a power of two, one page to 64 MiB. The default has room for
    /// about 8000. With several last-level caches, or eight CPUs and more, there are several rings,
    /// at most 8, which share it equally; each has 64 KiB at least, so there may be fewer. Default:
    /// 1048576.
    pub queued_bytes: u32,
    /// Size of the ring of decisions, likewise. The default has room for about 4000. Default:
    /// 262144.
    pub decisions_bytes: u32,
    /// Room for the kernel's debug dump after an error. Range: 0 to 1048576 bytes. Default: 32768.
    pub exit_dump_bytes: u32,
    /// How long the agent may sleep on while all CPUs are busy, to decide about many tasks at once;
    /// 0: it is woken at once. It is woken before when a CPU runs out of decided tasks. Range: 0 to
    /// 10000 µs. Default: 0.
    pub batch_us: u32,
    /// A task that wakes up and finds an idle CPU runs there at once, without a record. Default:
    /// true.
    pub builtin_idle: bool,
    /// Schedule only tasks of policy SCHED_EXT, and leave all others to the kernel. Default: false.
    pub partial: bool,
    /// Lock the rings into memory; needs a large enough RLIMIT_MEMLOCK. Default: false.
    pub lock_memory: bool,
    /// Let libbpf write its debug messages to standard error. Default: false.
    pub debug: bool,
    /// Pin the scheduler in bpffs, so that it outlives its agent: the kernel side then runs all
    /// tasks by itself, until another process adopts it. Default: false.
    pub pin: bool,
    /// The kernel side alone schedules tasks that may run on one CPU only, fairly by weight,
    /// without a record. Default: false.
    pub direct_bound: bool,
    /// A task whose waker is about to sleep (a synchronous wake-up) runs next on the waker's CPU,
    /// without a record, unless others wait there. Default: false.
    pub direct_sync: bool,
    /// The kernel side decides about every task by itself, in fair order (kernel mode), and no
    /// record is sent; tasks can be given a priority. Default: false.
    pub kernel_mode: bool,
    /// Leave limits of cgroups (cpu.max) to nobody: a task runs although its group's quota is used
    /// up. Default: false.
    pub ignore_cgroup_limits: bool,
    /// Leave weights of cgroups (cpu.weight, cpu.idle) to nobody: a task counts by its own weight
    /// only. Default: false.
    pub ignore_cgroup_weights: bool,
    /// Treat all CPUs alike: one shared queue for all, whichever caches they share. Default: false.
    pub one_domain: bool,
    /// The program may set the domains, before it attaches and while the scheduler runs. Until then
    /// they are as without. Default: false.
    pub own_domains: bool,
    /// When a task ends that had a record, a last record says so. It wakes nobody: it comes with
    /// those of others. Default: false.
    pub ends: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "scxbridge".into(),
            timeout_ms: 30_000,
            grace_us: 10_000,
            slice_ns: 5_000_000,
            slice_max_ns: 100_000_000,
            queued_bytes: 1_048_576,
            decisions_bytes: 262_144,
            exit_dump_bytes: 32_768,
            batch_us: 0,
            builtin_idle: true,
            partial: false,
            lock_memory: false,
            debug: false,
            pin: false,
            direct_bound: false,
            direct_sync: false,
            kernel_mode: false,
            ignore_cgroup_limits: false,
            ignore_cgroup_weights: false,
            one_domain: false,
            own_domains: false,
            ends: false,
        }
    }
}

impl Options {
    /// Checks every option.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), which names the option, its value and its range.
    #[allow(clippy::useless_conversion)]
    pub fn validate(&self) -> Result<()> {
        validate_name(&self.name)?;
        in_range("timeout_ms", self.timeout_ms.into(), 1, 30_000)?;
        in_range("grace_us", self.grace_us.into(), 0, 1_000_000)?;
        in_range("slice_ns", self.slice_ns.into(), 100_000, 1_000_000_000)?;
        in_range(
            "slice_max_ns",
            self.slice_max_ns.into(),
            self.slice_ns.into(),
            1_000_000_000,
        )?;
        ring_size("queued_bytes", self.queued_bytes)?;
        ring_size("decisions_bytes", self.decisions_bytes)?;
        in_range("exit_dump_bytes", self.exit_dump_bytes.into(), 0, 1_048_576)?;
        in_range("batch_us", self.batch_us.into(), 0, 10_000)?;
        Ok(())
    }
}

// Generated from rust/options.toml by `make generate`; do not edit.

use std::ffi::c_char;
use std::mem::size_of;

use crate::Options;

/// A task that wakes up and finds an idle CPU runs there at once, without a record.
pub const OPTION_BUILTIN_IDLE: u32 = 1;

/// Schedule only tasks of policy SCHED_EXT, and leave all others to the kernel.
pub const OPTION_PARTIAL: u32 = 2;

/// Lock the rings into memory; needs a large enough RLIMIT_MEMLOCK.
pub const OPTION_LOCK_MEMORY: u32 = 4;

/// Let libbpf write its debug messages to standard error.
pub const OPTION_DEBUG: u32 = 8;

/// Pin the scheduler in bpffs, so that it outlives its agent: the kernel side then runs all
/// tasks by itself, until another process adopts it.
pub const OPTION_PIN: u32 = 16;

/// The kernel side alone schedules tasks that may run on one CPU only, fairly by weight,
/// without a record.
pub const OPTION_DIRECT_BOUND: u32 = 32;

/// A task whose waker is about to sleep (a synchronous wake-up) runs next on the waker's CPU,
/// without a record, unless others wait there.
pub const OPTION_DIRECT_SYNC: u32 = 64;

/// The kernel side decides about every task by itself, in fair order (kernel mode), and no
/// record is sent; tasks can be given a priority.
pub const OPTION_KERNEL_MODE: u32 = 128;

/// Leave limits of cgroups (cpu.max) to nobody: a task runs although its group's quota is used
/// up.
pub const OPTION_IGNORE_CGROUP_LIMITS: u32 = 256;

/// Leave weights of cgroups (cpu.weight, cpu.idle) to nobody: a task counts by its own weight
/// only.
pub const OPTION_IGNORE_CGROUP_WEIGHTS: u32 = 512;

/// Treat all CPUs alike: one shared queue for all, whichever caches they share.
pub const OPTION_ONE_DOMAIN: u32 = 1024;

/// The program may set the domains, before it attaches and while the scheduler runs. Until then
/// they are as without.
pub const OPTION_OWN_DOMAINS: u32 = 2048;

/// When a task ends that had a record, a last record says so. It wakes nobody: it comes with
/// those of others.
pub const OPTION_ENDS: u32 = 4096;

pub(super) const KNOWN_FLAGS: u32 = OPTION_BUILTIN_IDLE
    | OPTION_PARTIAL
    | OPTION_LOCK_MEMORY
    | OPTION_DEBUG
    | OPTION_PIN
    | OPTION_DIRECT_BOUND
    | OPTION_DIRECT_SYNC
    | OPTION_KERNEL_MODE
    | OPTION_IGNORE_CGROUP_LIMITS
    | OPTION_IGNORE_CGROUP_WEIGHTS
    | OPTION_ONE_DOMAIN
    | OPTION_OWN_DOMAINS
    | OPTION_ENDS;

/// Options of a scheduler. Fill them with scxb_options_init(), then change some.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct OptionsC {
    /// Size of this struct in bytes, as the caller was compiled.
    pub size: u32,
    /// Bits `SCXB_OPTION_*`; default `OPTION_BUILTIN_IDLE`.
    pub flags: u32,
    /// Name of the scheduler, as /sys/kernel/sched_ext/root/ops shows it: 1 to 127 of letters,
    /// digits, '_' and '.'. Default: `scxbridge`. NULL: the default. Read during the call only.
    pub name: *const c_char,
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
}

impl Default for OptionsC {
    fn default() -> Self {
        let options = Options::default();
        Self {
            size: size_of::<Self>() as u32,
            flags: OPTION_BUILTIN_IDLE,
            name: std::ptr::null(),
            timeout_ms: options.timeout_ms,
            grace_us: options.grace_us,
            slice_ns: options.slice_ns,
            slice_max_ns: options.slice_max_ns,
            queued_bytes: options.queued_bytes,
            decisions_bytes: options.decisions_bytes,
            exit_dump_bytes: options.exit_dump_bytes,
            batch_us: options.batch_us,
        }
    }
}

impl OptionsC {
    /// Rust's options, but for those that are texts.
    pub(super) fn numbers(&self) -> Options {
        Options {
            timeout_ms: self.timeout_ms,
            grace_us: self.grace_us,
            slice_ns: self.slice_ns,
            slice_max_ns: self.slice_max_ns,
            queued_bytes: self.queued_bytes,
            decisions_bytes: self.decisions_bytes,
            exit_dump_bytes: self.exit_dump_bytes,
            batch_us: self.batch_us,
            builtin_idle: self.flags & OPTION_BUILTIN_IDLE != 0,
            partial: self.flags & OPTION_PARTIAL != 0,
            lock_memory: self.flags & OPTION_LOCK_MEMORY != 0,
            debug: self.flags & OPTION_DEBUG != 0,
            pin: self.flags & OPTION_PIN != 0,
            direct_bound: self.flags & OPTION_DIRECT_BOUND != 0,
            direct_sync: self.flags & OPTION_DIRECT_SYNC != 0,
            kernel_mode: self.flags & OPTION_KERNEL_MODE != 0,
            ignore_cgroup_limits: self.flags & OPTION_IGNORE_CGROUP_LIMITS != 0,
            ignore_cgroup_weights: self.flags & OPTION_IGNORE_CGROUP_WEIGHTS != 0,
            one_domain: self.flags & OPTION_ONE_DOMAIN != 0,
            own_domains: self.flags & OPTION_OWN_DOMAINS != 0,
            ends: self.flags & OPTION_ENDS != 0,
            ..Options::default()
        }
    }
}

use crate::kernel_side::NAME_LEN;
use crate::{Error, ErrorKind, Result};

/// Options of a scheduler; the defaults are good for a whole machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Name of the scheduler as `/sys/kernel/sched_ext/root/ops` shows it: 1 to
    /// 127 of letters, digits, `_` and `.`. Default `scxbridge`.
    pub name: String,
    /// The kernel ends a scheduler that leaves a runnable task waiting for so
    /// long: 1 to 30000 ms. Default 30000: late tasks are rescued long before, and with
    /// thousands of runnable tasks a turn takes seconds.
    pub timeout_ms: u32,
    /// How long a parked task waits for its decision before the kernel side
    /// runs it: 0 (not at all, where a CPU is free for it) to 1000000 µs.
    /// Default 10000.
    pub grace_us: u32,
    /// Time slice where BPF decides alone, and of a decision that gives 0:
    /// 100 µs to 1 s. Default 5 ms.
    pub slice_ns: u64,
    /// Upper bound of a decision's slice: from `slice_ns` to 1 s. Default 100 ms.
    pub slice_max_ns: u64,
    /// Size of the ring of records: a power of two, 4 KiB to 64 MiB and a
    /// multiple of the page size. Default 1 MiB (about 10000 records).
    pub queued_bytes: u32,
    /// Size of the ring of decisions: as above. Default 256 KiB (about 5400).
    pub decisions_bytes: u32,
    /// Room for the debug dump that the kernel writes when it ends the
    /// scheduler with an error: 0 (no dump) to 1 MiB. Default 32 KiB.
    pub exit_dump_bytes: u32,
    /// A task that wakes up and finds an idle CPU runs there at once, without a
    /// record. Default true.
    pub builtin_idle: bool,
    /// Kernel mode: the kernel side decides about every task by itself, and no record is
    /// sent. Default false.
    pub kernel_mode: bool,
    /// Schedule only tasks of policy `SCHED_EXT`, not the whole machine. Default false.
    pub partial: bool,
    /// Lock the rings into memory (they are prefaulted in any case). Default false.
    pub lock_memory: bool,
    /// Tasks that may run on one CPU only are scheduled by BPF alone, fairly by weight. Default false.
    pub direct_bound: bool,
    /// A task whose waker is about to sleep (a synchronous wake-up) runs next on the waker's CPU,
    /// without a record, unless others wait there. Default false.
    pub direct_sync: bool,
    /// How long the agent may sleep on while all CPUs are busy, to decide about many tasks at a time:
    /// 0 (it is woken at once) to 10000 µs. It is woken before when a CPU runs out of decided tasks. Default 0.
    pub batch_us: u32,
    /// Pin the scheduler in bpffs, so that it outlives its agent and another
    /// process can adopt it. Default false.
    pub pin: bool,
    /// Let libbpf write its debug messages to standard error. Default false.
    pub debug: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: "scxbridge".into(),
            timeout_ms: 30_000,
            grace_us: 10_000,
            slice_ns: 5_000_000,
            slice_max_ns: 100_000_000,
            queued_bytes: 1 << 20,
            decisions_bytes: 1 << 18,
            exit_dump_bytes: 32768,
            builtin_idle: true,
            kernel_mode: false,
            partial: false,
            lock_memory: false,
            direct_bound: false,
            direct_sync: false,
            batch_us: 0,
            pin: false,
            debug: false,
        }
    }
}

/// Longest name of a scheduler that the kernel takes.
pub const NAME_MAX: usize = NAME_LEN - 1;
const SLICE_MIN_NS: u64 = 100_000;
const SLICE_LIMIT_NS: u64 = 1_000_000_000;
const RING_MIN: u32 = 4096;
const RING_MAX: u32 = 64 << 20;
const DUMP_MAX: u32 = 1 << 20;

impl Options {
    /// Checks every option.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`], which names the option, its value and its range.
    pub fn validate(&self) -> Result<()> {
        validate_name(&self.name)?;
        in_range("timeout_ms", self.timeout_ms.into(), 1, 30_000)?;
        in_range("grace_us", self.grace_us.into(), 0, 1_000_000)?;
        in_range("batch_us", self.batch_us.into(), 0, 10_000)?;
        in_range("slice_ns", self.slice_ns, SLICE_MIN_NS, SLICE_LIMIT_NS)?;
        in_range(
            "slice_max_ns",
            self.slice_max_ns,
            self.slice_ns,
            SLICE_LIMIT_NS,
        )?;
        ring_size("queued_bytes", self.queued_bytes)?;
        ring_size("decisions_bytes", self.decisions_bytes)?;
        in_range(
            "exit_dump_bytes",
            self.exit_dump_bytes.into(),
            0,
            DUMP_MAX.into(),
        )
    }
}

/// The kernel's rule for the name of a scheduler.
pub(crate) fn validate_name(name: &str) -> Result<()> {
    let ok = |b: u8| b.is_ascii_alphanumeric() || b"_.".contains(&b);
    // The names of folders, since it is pinned in one.
    let dots = name.bytes().all(|b| b == b'.');
    if !dots && name.len() <= NAME_MAX && name.bytes().all(ok) {
        return Ok(());
    }
    Err(invalid(format!(
        "option name: {name:?} is not 1 to {NAME_MAX} of letters, digits, '_' and '.'"
    )))
}

fn in_range(option: &str, value: u64, min: u64, max: u64) -> Result<()> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(invalid(format!(
        "option {option}: {value} is not in {min} to {max}"
    )))
}

fn ring_size(option: &str, value: u32) -> Result<()> {
    let page = crate::memory::page_size() as u32;
    let min = RING_MIN.max(page);
    if value.is_power_of_two() && (min..=RING_MAX).contains(&value) {
        return Ok(());
    }
    Err(invalid(format!(
        "option {option}: {value} is not a power of two from {min} to {RING_MAX}"
    )))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(change: impl Fn(&mut Options)) -> String {
        let mut options = Options::default();
        change(&mut options);
        match options.validate() {
            Err(err) => {
                assert_eq!(err.kind(), ErrorKind::InvalidInput);
                err.message().to_owned()
            }
            Ok(()) => String::from("accepted"),
        }
    }

    #[test]
    fn defaults_are_valid() {
        assert_eq!(Options::default().validate(), Ok(()));
    }

    #[test]
    fn each_option_out_of_range_is_named() {
        assert!(rejected(|o| o.name.clear()).contains("option name"));
        assert!(rejected(|o| o.name = "a b".into()).contains("\"a b\""));
        assert!(rejected(|o| o.name = "a-b".into()).contains("\"a-b\""));
        assert!(rejected(|o| o.name = "x".repeat(128)).contains("option name"));
        assert!(rejected(|o| o.timeout_ms = 0).contains("timeout_ms: 0 is not in 1 to 30000"));
        assert!(rejected(|o| o.timeout_ms = 30_001).contains("timeout_ms"));
        assert!(rejected(|o| o.grace_us = 1_000_001).contains("grace_us"));
        assert!(rejected(|o| o.batch_us = 10_001).contains("batch_us: 10001 is not in 0 to 10000"));
        assert!(rejected(|o| o.slice_ns = 1).contains("slice_ns: 1 is"));
        assert!(rejected(|o| o.slice_max_ns = o.slice_ns - 1).contains("slice_max_ns"));
        assert!(rejected(|o| o.queued_bytes = 5000).contains("power of two"));
        assert!(rejected(|o| o.queued_bytes = 2048).contains("queued_bytes"));
        assert!(rejected(|o| o.decisions_bytes = 128 << 20).contains("decisions_bytes"));
        assert!(rejected(|o| o.exit_dump_bytes = 2 << 20).contains("exit_dump_bytes"));
    }
}

//! The checks of options; options.toml says which option has which.

use crate::kernel_side::NAME_LEN;
use crate::{Error, ErrorKind, Result};

/// Longest name of a scheduler that the kernel takes.
pub const NAME_MAX: usize = NAME_LEN - 1;
const RING_MIN: u32 = 4096;
const RING_MAX: u32 = 64 << 20;

/// The kernel's rule for the name of a scheduler.
pub(crate) fn validate_name(name: &str) -> Result<()> {
    let ok = |b: u8| b.is_ascii_alphanumeric() || b"_.".contains(&b);
    // It is pinned in a folder of this name, which can't be `.` or `..`.
    let dots = name.bytes().all(|b| b == b'.');
    if !dots && name.len() <= NAME_MAX && name.bytes().all(ok) {
        return Ok(());
    }
    Err(invalid(format!(
        "option name: {name:?} is not 1 to {NAME_MAX} of letters, digits, '_' and '.'"
    )))
}

pub(crate) fn in_range(option: &str, value: u64, min: u64, max: u64) -> Result<()> {
    if (min..=max).contains(&value) {
        return Ok(());
    }
    Err(invalid(format!(
        "option {option}: {value} is not in {min} to {max}"
    )))
}

pub(crate) fn ring_size(option: &str, value: u32) -> Result<()> {
    let page = crate::mapping::page_size() as u32;
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
    use crate::Options;

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

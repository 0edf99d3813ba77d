use std::mem::{offset_of, size_of};

use super::handle::with;
use super::Handle;
use crate::{Error, ErrorKind, Stats};

/// Reads the counters. stats->size says how large the caller's struct is; so much
/// is written, at most. Any thread, when loaded or attached; final after detach.
///
/// Errors: -EINVAL (NULL, or a size under 8), -ENOTCONN (not loaded).
///
/// # Safety
/// `handle` is NULL or valid; `stats` is NULL or has the size that it states.
#[no_mangle]
pub unsafe extern "C" fn scxb_stats_read(handle: *mut Handle, stats: *mut Stats) -> i32 {
    let body = |handle: &Handle| {
        let bad = |text| Error::new(ErrorKind::InvalidInput, text);
        if stats.is_null() {
            return Err(bad("read the statistics: stats is NULL"));
        }
        // SAFETY: not NULL; every version begins with the size.
        let size = unsafe { (*stats).size };
        if (size as usize) < offset_of!(Stats, in_flight) {
            return Err(bad(
                "read the statistics: stats->size is too small; set it to sizeof",
            ));
        }
        let mut ours = handle.stats()?;
        ours.size = size;
        // SAFETY: the caller's struct has `size` bytes.
        unsafe {
            std::ptr::copy_nonoverlapping(
                std::ptr::from_ref(&ours).cast::<u8>(),
                stats.cast::<u8>(),
                (size as usize).min(size_of::<Stats>()),
            );
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with(handle, body) }
}

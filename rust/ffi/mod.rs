//! The C ABI, and the only place with `extern "C"`.
//!
//! Every export passes through [`guard`]: NULL is an error, a panic is caught
//! (it must not unwind into C), and nothing depends on the calling thread.

use std::panic::{catch_unwind, AssertUnwindSafe};

// In the order in which C programs call them, which is that of the header.
mod library;

mod options;

mod handle;

mod calls;

mod priority;

mod stats;

mod exit_info;

pub use calls::*;
pub use exit_info::*;
pub use handle::*;
pub use library::*;
pub use options::*;
pub use priority::*;
pub use stats::*;

/// Runs an export's body; a panic becomes `-EIO`.
fn guard(body: impl FnOnce() -> i32) -> i32 {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(-libc::EIO)
}

/// Copies a text into the caller's buffer, cut to fit and NUL-terminated; a
/// NULL or empty buffer is left alone.
///
/// # Safety
/// `buf` is NULL or points to `len` writable bytes.
unsafe fn copy_text(text: &[u8], buf: *mut std::ffi::c_char, len: usize) {
    if buf.is_null() || len == 0 {
        return;
    }
    let count = text.len().min(len - 1);
    // SAFETY: count + 1 <= len bytes are writable, and the text is not theirs.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr(), buf.cast::<u8>(), count);
        *buf.add(count) = 0;
    }
}

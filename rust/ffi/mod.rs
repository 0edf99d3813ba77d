//! The C ABI, and the only place with `extern "C"`.
//!
//! Every export passes through [`guard`]: NULL is an error, a panic is caught
//! (it must not unwind into C), and nothing depends on the calling thread.

use std::ffi::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::{Error, ErrorKind};

// In the order in which C programs call them, which is that of the header.
mod library;

mod option_struct;

mod options;

mod handle;

mod calls;

mod priority;

mod cgroup;

mod stats;

mod exit_info;

mod domains;

mod topology;

pub use calls::*;
pub use cgroup::*;
pub use domains::*;
pub use exit_info::*;
pub use handle::*;
pub use library::*;
pub use option_struct::*;
pub use options::*;
pub use priority::*;
pub use stats::*;
pub use topology::*;

/// What an export returns: a status, a length, or nothing.
trait Answer {
    /// What its body gives when all went well.
    type Value;

    /// The answer to C; an error is a positive errno.
    fn of(result: std::result::Result<Self::Value, i32>) -> Self;
}

impl Answer for i32 {
    type Value = ();

    fn of(result: std::result::Result<(), i32>) -> Self {
        result.map_or_else(|errno| -errno, |()| 0)
    }
}

/// A length that may be an error.
impl Answer for i64 {
    type Value = usize;

    fn of(result: std::result::Result<usize, i32>) -> Self {
        result.map_or_else(|errno| (-errno).into(), |length| length as Self)
    }
}

/// A length that is 0 on failure.
impl Answer for usize {
    type Value = Self;

    fn of(result: std::result::Result<Self, i32>) -> Self {
        result.unwrap_or(0)
    }
}

impl Answer for () {
    type Value = ();

    fn of(_: std::result::Result<(), i32>) {}
}

/// Runs an export's body; a panic becomes `EIO`.
fn guard<A: Answer>(body: impl FnOnce() -> std::result::Result<A::Value, i32>) -> A {
    A::of(catch_unwind(AssertUnwindSafe(body)).unwrap_or(Err(libc::EIO)))
}

/// Copies a text into the caller's buffer, cut to fit and NUL-terminated; a
/// NULL or empty buffer is left alone.
///
/// # Safety
/// `buf` is NULL or points to `len` writable bytes.
unsafe fn copy_text(text: &[u8], buf: *mut c_char, len: usize) {
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

/// Copies the text of an error that has no handle, and returns its errno.
///
/// # Safety
/// `error` is NULL or has `error_len` writable bytes.
unsafe fn fail(err: &Error, error: *mut c_char, error_len: usize) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { copy_text(err.message().as_bytes(), error, error_len) };
    err.kind().errno()
}

fn null(argument: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, argument)
}

/// A slice of the caller's array; NULL only with a count of 0.
///
/// # Safety
/// `data` is NULL or points to `count` items that nobody else uses during the call.
unsafe fn array<'a, T>(data: *mut T, count: u32) -> crate::Result<&'a mut [T]> {
    if count == 0 {
        return Ok(&mut []);
    }
    if data.is_null() {
        return Err(null("the array is NULL, but its length is not 0"));
    }
    // SAFETY: not NULL, and the caller's promise.
    Ok(unsafe { std::slice::from_raw_parts_mut(data, count as usize) })
}

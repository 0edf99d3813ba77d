use std::ffi::c_char;
use std::mem::{offset_of, size_of};

use super::handle::with;
use super::{copy_text, Handle};
use crate::{Error, ErrorKind, MESSAGE_LEN, REASON_LEN};

/// Why a scheduler ended.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ExitInfoC {
    /// Size of this struct in bytes, as the caller was compiled.
    pub size: u32,
    /// `SCXB_EXIT_*`; SCXB_EXIT_NONE while it runs.
    pub kind: i32,
    /// The kernel's exit code; see SCXB_ECODE_ACT_RESTART.
    pub code: i64,
    /// The kernel's word for the kind.
    pub reason: [c_char; REASON_LEN],
    /// Details; often empty.
    pub message: [c_char; MESSAGE_LEN],
}

const _: () = assert!(size_of::<ExitInfoC>() == 1168);
const _: () = assert!(offset_of!(ExitInfoC, reason) == 16);

/// Reads why the scheduler ended. info->size must be sizeof(struct scxb_exit_info).
/// Any thread, when loaded or attached.
///
/// Errors: -EINVAL (NULL, or a smaller size), -ENOTCONN (not loaded).
///
/// # Safety
/// `handle` is NULL or valid; `info` is NULL or has the size that it states.
#[no_mangle]
pub unsafe extern "C" fn scxb_exit_info_read(handle: *mut Handle, info: *mut ExitInfoC) -> i32 {
    let body = |handle: &Handle| {
        // SAFETY: the caller's promise; every version begins with the size.
        if info.is_null() || (unsafe { (*info).size } as usize) < size_of::<ExitInfoC>() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "read the exit information: info is NULL or info->size too small; set it to sizeof",
            ));
        }
        let exit = handle.exit_info()?;
        // SAFETY: not NULL, and large enough.
        let info = unsafe { &mut *info };
        info.kind = exit.kind;
        info.code = exit.code;
        // SAFETY: both are arrays of ours.
        unsafe {
            copy_text(exit.reason.as_bytes(), info.reason.as_mut_ptr(), REASON_LEN);
            copy_text(
                exit.message.as_bytes(),
                info.message.as_mut_ptr(),
                MESSAGE_LEN,
            );
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with(handle, body) }
}

/// Copies the debug dump that the kernel made when it ended the scheduler with an
/// error into `buf`, cut to `len` bytes with its NUL, and returns its whole length
/// without the NUL, or a negative errno. `buf` NULL: only the length.
///
/// Errors: -EINVAL (NULL handle), -ENOTCONN (not loaded).
///
/// # Safety
/// `handle` is NULL or valid; `buf` is NULL or has `len` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn scxb_exit_dump_read(
    handle: *mut Handle,
    buf: *mut c_char,
    len: usize,
) -> i64 {
    let body = |handle: &Handle| {
        let dump = handle.exit_dump()?;
        // SAFETY: the caller's promise.
        unsafe { copy_text(&dump, buf, len) };
        Ok(dump.len())
    };
    // SAFETY: the caller's promise.
    unsafe { with(handle, body) }
}

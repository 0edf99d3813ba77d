//! What can be asked of the library without a handle.

use std::ffi::c_char;

/// Major version of this ABI: also that of the soname. Another major is not compatible.
pub const ABI_MAJOR: u32 = 0;
/// Minor version of this ABI: grows with every addition.
pub const ABI_MINOR: u32 = 2;

/// The library's ABI version: major << 16 | minor. Compare the major with
/// SCXB_ABI_MAJOR. Any thread, before anything else.
#[no_mangle]
pub extern "C" fn scxb_abi_version() -> u32 {
    (ABI_MAJOR << 16) | ABI_MINOR
}

/// The library's version, for people. The text is static.
#[no_mangle]
pub extern "C" fn scxb_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// What a status means, in a few words. The text is static.
#[no_mangle]
pub extern "C" fn scxb_strerror(status: i32) -> *const c_char {
    let text: &std::ffi::CStr = match -status {
        0 => c"success",
        libc::EINVAL => c"invalid argument",
        libc::EPERM | libc::EACCES => c"permission denied",
        libc::EOPNOTSUPP => c"not supported by this kernel",
        libc::EBUSY => c"in use, or no CPU is idle",
        libc::ESRCH => c"no such task",
        libc::ENODATA => c"no such cgroup, or it has no cpu controller",
        libc::ENOTCONN => c"wrong phase: not attached",
        libc::ESHUTDOWN => c"the scheduler has ended",
        libc::ETIMEDOUT => c"time limit passed",
        libc::EINTR => c"woken",
        libc::ECANCELED => c"being closed",
        libc::E2BIG => c"a struct has fields that this library does not know",
        libc::ENOMEM => c"out of memory",
        libc::EIO => c"internal error",
        _ => c"error of the kernel",
    };
    text.as_ptr()
}

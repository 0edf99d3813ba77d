//! Priority tasks, and preemption.

use super::handle::with;
use super::Handle;

/// Makes a task a priority task, or changes it, in kernel mode
/// (SCXB_OPTION_KERNEL_MODE). A level from 0 to SCXB_PRIORITY_URGENT_MAX preempts what
/// is less urgent; one up to SCXB_PRIORITY_MAX is charged for a part of its time only.
/// `slice_ns` of 0 is the default, and one above slice_max_ns is cut. Remove a task that
/// ends: its id may become another's. Any thread; never blocks; one system call.
///
/// Errors: -EINVAL (pid not positive, level too large, NULL), -EOPNOTSUPP (not in kernel
/// mode), -E2BIG (more than SCXB_MAX_PRIORITIES), -ENOTCONN.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_priority_set(
    handle: *mut Handle,
    pid: i32,
    level: u32,
    slice_ns: u64,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        with(handle, |handle| {
            handle.attached(|scheduler| scheduler.set_priority(pid, level, slice_ns))
        })
    }
}

/// Makes a priority task an ordinary one. Any thread; never blocks; one system call.
///
/// Errors: -ESRCH (it is one), -EINVAL (pid not positive, NULL), -EOPNOTSUPP (not in
/// kernel mode), -ENOTCONN.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_priority_remove(handle: *mut Handle, pid: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        with(handle, |handle| {
            handle.attached(|scheduler| scheduler.remove_priority(pid))
        })
    }
}

/// Interrupts what runs on a CPU, which then has to choose a task anew. Any thread; one
/// system call.
///
/// Errors: -EINVAL (no such CPU, or offline; NULL), -ENOTCONN, -ESHUTDOWN.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_preempt_cpu(handle: *mut Handle, cpu: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        with(handle, |handle| {
            handle.attached(|scheduler| scheduler.preempt_cpu(cpu))
        })
    }
}

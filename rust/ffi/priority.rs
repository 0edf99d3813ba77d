//! Priority tasks, and preemption.

use super::handle::with_attached;
use super::Handle;
use crate::Whose;

/// Makes a thread a priority task, or changes it, in kernel mode
/// (SCXB_OPTION_KERNEL_MODE). A level from 0 to SCXB_PRIORITY_URGENT_MAX preempts what
/// is less urgent; one up to SCXB_PRIORITY_MAX is charged for a part of its time only.
/// `slice_ns` of 0 is the default, and one above slice_max_ns is cut. `pid` is the id of a
/// thread, in the first pid namespace, as in records. The priority holds until it is removed
/// or the thread ends, and never passes to another with the same id. Any thread; never
/// blocks; one system call.
///
/// Errors: -ESRCH (no such thread), -EINVAL (pid not positive, level too large, NULL),
/// -EOPNOTSUPP (not in kernel mode), -E2BIG (more than SCXB_MAX_PRIORITIES), -ENOTCONN.
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
        with_attached(handle, |scheduler| {
            scheduler.set_priority(Whose::Thread(pid), level, slice_ns)
        })
    }
}

/// Makes a priority task an ordinary one, but for the priority of its process. Any thread;
/// never blocks; one system call.
///
/// Errors: -ESRCH (it has none), -EINVAL (pid not positive, NULL), -EOPNOTSUPP (not in
/// kernel mode), -ENOTCONN.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_priority_remove(handle: *mut Handle, pid: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        with_attached(handle, |scheduler| {
            scheduler.remove_priority(Whose::Thread(pid))
        })
    }
}

/// As scxb_priority_set(), for all threads of a process, those included that it makes
/// later. A thread with a priority of its own keeps that. `pid` is the id of the process. The
/// priority holds until it is removed or the process ends.
///
/// Errors: as scxb_priority_set(); -ESRCH for the id of another thread than the first, too.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_priority_set_process(
    handle: *mut Handle,
    pid: i32,
    level: u32,
    slice_ns: u64,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        with_attached(handle, |scheduler| {
            scheduler.set_priority(Whose::Process(pid), level, slice_ns)
        })
    }
}

/// Takes from a process the priority that scxb_priority_set_process() gave it.
///
/// Errors: as scxb_priority_remove().
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_priority_remove_process(handle: *mut Handle, pid: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        with_attached(handle, |scheduler| {
            scheduler.remove_priority(Whose::Process(pid))
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
    unsafe { with_attached(handle, |scheduler| scheduler.preempt_cpu(cpu)) }
}

//! The calls of a round.

use std::time::Duration;

use super::handle::{with, with_attached};
use super::{array, null, Handle};
use crate::{AttachedScheduler, CpuRequest, Decision, Result, Task};

/// A negative one is none.
fn time_limit(timeout_ns: i64) -> Option<Duration> {
    u64::try_from(timeout_ns).ok().map(Duration::from_nanos)
}

/// Blocks until records wait (0), or: -ETIMEDOUT after `timeout_ns` (negative: no
/// limit), -EINTR after scxb_wake(), -ESHUTDOWN when the scheduler has ended,
/// -ECANCELED in scxb_close(). Signals don't end it. A wake that came before the
/// call ends it at once, even if records wait. One thread at a time (-EBUSY).
/// -ENOTCONN: not attached.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_wait(handle: *mut Handle, timeout_ns: i64) -> i32 {
    let timeout = time_limit(timeout_ns);
    // SAFETY: the caller's promise.
    unsafe { with_attached(handle, |scheduler| scheduler.wait(timeout)) }
}

/// Ends the scxb_wait() or scxb_receive_wait() that is under way, or else the next one,
/// with -EINTR. Any thread, but not from within a signal handler; never blocks. Does
/// nothing when not attached.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_wake(handle: *mut Handle) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { with(handle, Handle::wake) }
}

/// Copies records that wait into `tasks`, at most `capacity`, and their number
/// into *received: 0 when none waits. Never blocks, makes no system call. One
/// thread at a time.
///
/// Errors: -ENOTCONN (not attached), -ESHUTDOWN (the scheduler has ended, see
/// scxb_exit_info_read), -EBUSY (another thread receives), -EINVAL (NULL).
///
/// # Safety
/// `handle` is NULL or valid; `tasks` has room for `capacity` tasks.
#[no_mangle]
pub unsafe extern "C" fn scxb_receive(
    handle: *mut Handle,
    tasks: *mut Task,
    capacity: u32,
    received: *mut u32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        receive_by(
            AttachedScheduler::receive,
            handle,
            tasks,
            capacity,
            received,
        )
    }
}

/// As scxb_receive(), but blocks until there is a record, so that *received is 1 at least:
/// scxb_wait() and scxb_receive() in one. If records wait, it makes no system call.
///
/// Errors: those of scxb_wait(); -EBUSY also if another thread receives; -EINVAL (NULL, or a
/// capacity of 0).
///
/// # Safety
/// `handle` is NULL or valid; `tasks` has room for `capacity` tasks.
#[no_mangle]
pub unsafe extern "C" fn scxb_receive_wait(
    handle: *mut Handle,
    tasks: *mut Task,
    capacity: u32,
    received: *mut u32,
    timeout_ns: i64,
) -> i32 {
    let receive = |scheduler: &AttachedScheduler, tasks: &mut [Task]| {
        scheduler.receive_wait(tasks, time_limit(timeout_ns))
    };
    // SAFETY: the caller's promise.
    unsafe { receive_by(receive, handle, tasks, capacity, received) }
}

/// # Safety
/// As for scxb_receive().
unsafe fn receive_by(
    receive: impl FnOnce(&AttachedScheduler, &mut [Task]) -> Result<usize>,
    handle: *mut Handle,
    tasks: *mut Task,
    capacity: u32,
    received: *mut u32,
) -> i32 {
    let body = |handle: &Handle| {
        // SAFETY: the caller's promise.
        let tasks = unsafe { array(tasks, capacity) }?;
        if received.is_null() {
            return Err(null("receive: received is NULL"));
        }
        let count = handle.attached(|scheduler| receive(scheduler, tasks))?;
        // SAFETY: not NULL, and the caller's promise.
        unsafe { received.write(count as u32) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with(handle, body) }
}

/// Writes `count` decisions and has the kernel carry them out in one call (in
/// several when they do not fit the ring); their number goes to *accepted (may be
/// NULL). Whether each was carried out, the statistics tell. One thread at a time.
///
/// Errors: -ENOTCONN, -ESHUTDOWN, -EBUSY as in scxb_receive(), -EINVAL (NULL).
///
/// # Safety
/// `handle` is NULL or valid; `decisions` has `count` decisions.
#[no_mangle]
pub unsafe extern "C" fn scxb_dispatch(
    handle: *mut Handle,
    decisions: *const Decision,
    count: u32,
    accepted: *mut u32,
) -> i32 {
    let body = |handle: &Handle| {
        // SAFETY: the caller's promise; the slice is only read.
        let decisions: &[Decision] = unsafe { array(decisions.cast_mut(), count) }?;
        let written = handle.attached(|scheduler| scheduler.dispatch(decisions))?;
        if !accepted.is_null() {
            // SAFETY: not NULL, and the caller's promise.
            unsafe { accepted.write(written as u32) };
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with(handle, body) }
}

/// Finds an idle CPU that the task may use, and counts it as taken: send the task
/// there. `prev_cpu` is preferred; -1: the one that the task last ran on. The CPU
/// id goes to *cpu. One system call.
///
/// Errors: -EBUSY (no allowed CPU is idle), -ESRCH (no such task), -EINVAL (pid
/// not positive, no such CPU, NULL), -ENOTCONN, -ESHUTDOWN.
///
/// # Safety
/// `handle` is NULL or valid; `cpu` is writable.
#[no_mangle]
pub unsafe extern "C" fn scxb_select_cpu(
    handle: *mut Handle,
    pid: i32,
    prev_cpu: i32,
    cpu: *mut i32,
) -> i32 {
    let body = |handle: &Handle| {
        if cpu.is_null() {
            return Err(null("select a CPU: cpu is NULL"));
        }
        let found = handle.attached(|scheduler| scheduler.select_cpu(pid, prev_cpu))?;
        // SAFETY: not NULL, and the caller's promise.
        unsafe { cpu.write(found) };
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with(handle, body) }
}

/// As scxb_select_cpu() for `count` requests, with one system call for each 512;
/// each request's `cpu` has its own result.
///
/// Errors: -ENOTCONN, -ESHUTDOWN, -EINVAL (NULL).
///
/// # Safety
/// `handle` is NULL or valid; `requests` has `count` requests.
#[no_mangle]
pub unsafe extern "C" fn scxb_select_cpus(
    handle: *mut Handle,
    requests: *mut CpuRequest,
    count: u32,
) -> i32 {
    let body = |handle: &Handle| {
        // SAFETY: the caller's promise.
        let requests = unsafe { array(requests, count) }?;
        handle.attached(|scheduler| scheduler.select_cpus(requests))
    };
    // SAFETY: the caller's promise.
    unsafe { with(handle, body) }
}

/// Ends the lease of the task `pid`, or all leases with 0, at once: the next time that
/// the task wants to run there is a record. A task without a lease is no error. One
/// system call; any thread.
///
/// Errors: -ESRCH (no such task), -EINVAL (negative pid, NULL), -ENOTCONN, -ESHUTDOWN.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_lease_revoke(handle: *mut Handle, pid: i32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { with_attached(handle, |scheduler| scheduler.revoke_lease(pid)) }
}

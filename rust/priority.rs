//! Priority tasks of the kernel mode: the map that the kernel side looks into.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::from_ref;

use libbpf_rs::libbpf_sys;

use crate::bpf::Priority;
use crate::{Error, ErrorKind, Result};

/// The last level that preempts; 0 is the highest.
pub const PRIORITY_URGENT_MAX: u32 = 9;
/// The last level.
pub const PRIORITY_MAX: u32 = 20;
/// How many priority tasks there can be.
pub const MAX_PRIORITIES: u32 = 8192;

pub(crate) fn set(map: BorrowedFd<'_>, pid: i32, level: u32, slice_ns: u64) -> Result<()> {
    check_pid("set a priority", pid)?;
    if level > PRIORITY_MAX {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("set a priority: level {level} is not in 0 to {PRIORITY_MAX}"),
        ));
    }
    let value = Priority {
        slice_ns,
        level,
        ..Priority::default()
    };
    // SAFETY: key and value are of the map's types and outlive the call.
    let ret = unsafe {
        libbpf_sys::bpf_map_update_elem(
            map.as_raw_fd(),
            from_ref(&pid).cast(),
            from_ref(&value).cast(),
            0,
        )
    };
    if ret < 0 {
        let err = io::Error::from_raw_os_error(-ret);
        let attempt = format!("set the priority of task {pid} (there can be {MAX_PRIORITIES})");
        return Err(Error::kernel(attempt, &err));
    }
    Ok(())
}

pub(crate) fn remove(map: BorrowedFd<'_>, pid: i32) -> Result<()> {
    check_pid("remove a priority", pid)?;
    // SAFETY: the key is of the map's type and outlives the call.
    let ret = unsafe { libbpf_sys::bpf_map_delete_elem(map.as_raw_fd(), from_ref(&pid).cast()) };
    match -ret {
        0 => Ok(()),
        libc::ENOENT => Err(Error::new(
            ErrorKind::NoSuchTask,
            format!("remove a priority: task {pid} has none"),
        )),
        errno => Err(Error::kernel(
            format!("remove the priority of task {pid}"),
            &io::Error::from_raw_os_error(errno),
        )),
    }
}

fn check_pid(what: &str, pid: i32) -> Result<()> {
    if pid > 0 {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidInput,
        format!("{what}: the task id {pid} is not positive"),
    ))
}

//! The CPUs of this machine. These calls have no handle.

use std::ffi::c_char;

use super::{array, fail, guard, null};
use crate::{Cpu, Result, Topology};

/// Reads from sysfs which CPUs this machine can have, whether each is online, and where it is, in the
/// order of ids. Writes `capacity` of them at most into `cpus` (NULL only with a capacity of 0), how many
/// there are into *count, and the generation, as scxb_topology_generation() has it, into *generation (may
/// be NULL). A change meanwhile makes this generation an old one. On failure the reason in words goes to
/// `error` (may be NULL), cut to `error_len` bytes with its NUL. Any thread, at any time; allocates.
///
/// Errors: -EINVAL (NULL), or what the kernel says if sysfs is not there.
///
/// # Safety
/// `cpus` has room for `capacity` CPUs; other pointers are NULL where allowed, or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_topology_read(
    cpus: *mut Cpu,
    capacity: u32,
    count: *mut u32,
    generation: *mut u64,
    error: *mut c_char,
    error_len: usize,
) -> i32 {
    let body = || -> Result<()> {
        // SAFETY: the caller's promise.
        let to = unsafe { array(cpus, capacity) }?;
        if count.is_null() {
            return Err(null("read the topology: count is NULL"));
        }
        let read = Topology::read()?;
        for (to, from) in to.iter_mut().zip(&read.cpus) {
            *to = *from;
        }
        // SAFETY: not NULL, and the caller's promise.
        unsafe { count.write(read.cpus.len() as u32) };
        if !generation.is_null() {
            // SAFETY: not NULL, and the caller's promise.
            unsafe { generation.write(read.generation) };
        }
        Ok(())
    };
    // SAFETY: the caller's promise about the buffer.
    guard(|| body().map_err(|err| unsafe { fail(&err, error, error_len) }))
}

/// Writes a number into *generation that differs from the one before whenever a CPU has come or gone:
/// then call scxb_topology_read() anew. It means nothing else, and nothing to another process. Reads two
/// files of sysfs. `error` as there. Any thread, at any time.
///
/// Errors: those of scxb_topology_read().
///
/// # Safety
/// Pointers are NULL, or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_topology_generation(
    generation: *mut u64,
    error: *mut c_char,
    error_len: usize,
) -> i32 {
    let body = || -> Result<()> {
        if generation.is_null() {
            return Err(null("read the topology: generation is NULL"));
        }
        let current = Topology::current_generation()?;
        // SAFETY: not NULL, and the caller's promise.
        unsafe { generation.write(current) };
        Ok(())
    };
    // SAFETY: the caller's promise about the buffer.
    guard(|| body().map_err(|err| unsafe { fail(&err, error, error_len) }))
}

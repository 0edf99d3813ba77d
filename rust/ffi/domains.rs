//! Domains: which CPUs are near each other.

use std::mem::size_of;

use super::handle::with;
use super::{null, Handle};
use crate::{Domains, Error, ErrorKind};

/// Reads into *domains which domain each CPU is in. domains->size must be set to sizeof. Any thread, when loaded or
/// attached; no system call.
///
/// Errors: -EINVAL (NULL, another size), -ENOTCONN (not loaded).
///
/// # Safety
/// `handle` is NULL or valid; `domains` is NULL or has the size that it states.
#[no_mangle]
pub unsafe extern "C" fn scxb_domains_read(handle: *mut Handle, domains: *mut Domains) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        with(handle, |handle: &Handle| {
            check(domains, "read the domains: domains is NULL")?;
            let read = handle.domains()?;
            domains.write(read);
            Ok(())
        })
    }
}

/// Sets the domains; the scheduler must have been opened with SCXB_OPTION_OWN_DOMAINS. Tasks that wait go to the
/// queues of their new domains; those that run go on. They hold until they are set anew, also for another agent that
/// adopts the scheduler. Any thread, when loaded or attached; a system call, and some files of sysfs.
///
/// Errors, after which nothing has changed: -EINVAL (NULL, another size; a domain without a CPU, a CPU without a
/// domain, not this machine's CPUs), -EOPNOTSUPP (opened without the option), -ENOTCONN (not loaded), -ESHUTDOWN.
///
/// # Safety
/// As scxb_domains_read().
#[no_mangle]
pub unsafe extern "C" fn scxb_domains_set(handle: *mut Handle, domains: *const Domains) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        with(handle, |handle: &Handle| {
            check(domains, "set the domains: domains is NULL")?;
            handle.set_domains(&*domains)
        })
    }
}

/// # Safety
/// `domains` is NULL or has the size that it states.
unsafe fn check(domains: *const Domains, if_null: &'static str) -> crate::Result<()> {
    if domains.is_null() {
        return Err(null(if_null));
    }
    // SAFETY: not NULL, and the caller's promise.
    let size = unsafe { (*domains).size };
    if size as usize != size_of::<Domains>() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("read or set the domains: domains->size is {size}, not sizeof"),
        ));
    }
    Ok(())
}

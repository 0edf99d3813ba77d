//! Memory shared with the kernel: mappings that are prefaulted, and locked on request.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::{self, NonNull};

use crate::{Error, Result};

pub(crate) fn page_size() -> usize {
    // SAFETY: sysconf takes no pointers; _SC_PAGESIZE can't fail.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

/// A shared mapping of a part of a BPF map; unmapped when dropped.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: a mapping is plain memory that belongs to the process, not to a thread;
// all access goes through raw pointers, whose users take care of ordering.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `len` bytes of `map` from `offset`, with all pages present.
    pub(crate) fn new(
        map: BorrowedFd<'_>,
        what: &str,
        offset: usize,
        len: usize,
        writable: bool,
        lock: bool,
    ) -> Result<Self> {
        let prot = libc::PROT_READ | if writable { libc::PROT_WRITE } else { 0 };
        // SAFETY: a new mapping at an address that the kernel chooses touches no other memory.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                len,
                prot,
                libc::MAP_SHARED | libc::MAP_POPULATE,
                map.as_raw_fd(),
                offset as libc::off_t,
            )
        };
        let start = match NonNull::new(start.cast::<u8>()) {
            Some(start) if start.as_ptr().cast() != libc::MAP_FAILED => start,
            _ => {
                return Err(Error::kernel(
                    format_args!("map {len} bytes of {what}"),
                    &io::Error::last_os_error(),
                ))
            }
        };
        let mapping = Self { start, len };
        if lock {
            mapping.lock(what)?;
        }
        Ok(mapping)
    }

    fn lock(&self, what: &str) -> Result<()> {
        // SAFETY: the range is a mapping of ours.
        if unsafe { libc::mlock(self.start.as_ptr().cast(), self.len) } == 0 {
            return Ok(());
        }
        Err(Error::kernel(
            format_args!(
                "lock {} bytes of {what} into memory (RLIMIT_MEMLOCK may be too small: raise it, or leave lock_memory off)",
                self.len
            ),
            &io::Error::last_os_error(),
        ))
    }

    /// Where it begins.
    pub(crate) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Pointer to the byte at `offset`.
    pub(crate) fn at(&self, offset: usize) -> *mut u8 {
        debug_assert!(offset < self.len);
        self.start.as_ptr().wrapping_add(offset)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range was mapped by us and nothing refers to it any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

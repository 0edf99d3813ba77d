// SPDX-License-Identifier: Apache-2.0
//! Memory that forked children share with their parent, for gates and results.

use std::io::Error;
use std::ptr::NonNull;

/// Data that may start as zero bytes in shared memory.
///
/// # Safety
/// All-zero bytes are a valid value, and nothing in it points anywhere or needs dropping.
pub unsafe trait Plain {}

/// `len` zeroed values of `T`, shared by this process and those that it forks.
pub struct Shm<T: Plain> {
    base: NonNull<T>,
    len: usize,
}

impl<T: Plain> Shm<T> {
    /// Maps `len` zeroed values.
    pub fn new(len: usize) -> Result<Self, String> {
        let bytes = (len * size_of::<T>()).max(1);
        // SAFETY: a fresh anonymous mapping; no existing memory is touched.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(format!(
                "map {bytes} shared bytes: {}",
                Error::last_os_error()
            ));
        }
        match NonNull::new(base.cast()) {
            Some(base) => Ok(Shm { base, len }),
            None => Err("map shared bytes: got address 0".into()),
        }
    }

    fn slot(&self, index: usize) -> *mut T {
        assert!(index < self.len, "slot {index} of {}", self.len);
        // SAFETY: within the mapping, by the assertion above; page alignment suffices for any T used here.
        unsafe { self.base.as_ptr().add(index) }
    }

    /// A value that takes care of concurrent use itself (atomics).
    pub fn get(&self, index: usize) -> &T
    where
        T: Sync,
    {
        // SAFETY: in bounds, aligned, valid from its first (zero) byte on; T is Sync, so that what
        // another process does to it at the same time goes through atomics.
        unsafe { &*self.slot(index) }
    }

    /// Stores a result; by convention only the one child that owns `index` does so.
    pub fn put(&self, index: usize, value: T)
    where
        T: Copy,
    {
        // SAFETY: in bounds and aligned. Shm is not Sync, so no thread of this process interferes.
        unsafe { self.slot(index).write_volatile(value) };
    }

    /// Returns a result after its child was reaped; zeroes if it stored none.
    pub fn take(&self, index: usize) -> T
    where
        T: Copy,
    {
        // SAFETY: as in `put`; every byte pattern a finished child can leave is a whole value of T,
        // and one killed while writing leaves integers, which have no invalid patterns.
        unsafe { self.slot(index).read_volatile() }
    }
}

impl<T: Plain> Drop for Shm<T> {
    fn drop(&mut self) {
        let bytes = (self.len * size_of::<T>()).max(1);
        // SAFETY: exactly the mapping made in `new`; borrows of it ended with `self`.
        unsafe { libc::munmap(self.base.as_ptr().cast(), bytes) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // SAFETY: an integer.
    unsafe impl Plain for u64 {}

    #[test]
    fn zeroed_and_kept() {
        let shm = Shm::<u64>::new(3).unwrap();
        assert_eq!((shm.take(0), shm.take(2)), (0, 0));
        shm.put(1, 9);
        assert_eq!((*shm.get(1), shm.take(2)), (9, 0));
    }

    #[test]
    #[should_panic(expected = "slot 3 of 3")]
    fn bounds_are_checked() {
        Shm::<u64>::new(3).unwrap().put(3, 1);
    }
}

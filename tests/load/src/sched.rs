// SPDX-License-Identifier: Apache-2.0
//! Scheduling classes and nice values.

use std::io::Error;

/// A scheduling class, by its kernel number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Class {
    /// SCHED_OTHER.
    Other = 0,
    /// SCHED_FIFO.
    Fifo = 1,
    /// SCHED_RR.
    Rr = 2,
    /// SCHED_BATCH.
    Batch = 3,
    /// SCHED_IDLE.
    Idle = 5,
    /// SCHED_EXT.
    Ext = 7,
}

impl Class {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Class::Other => "other",
            Class::Fifo => "fifo",
            Class::Rr => "rr",
            Class::Batch => "batch",
            Class::Idle => "idle",
            Class::Ext => "ext",
        }
    }

    /// Whether it is a real-time class.
    pub fn realtime(self) -> bool {
        matches!(self, Class::Fifo | Class::Rr)
    }
}

/// `struct sched_attr` of sched_setattr(2), its first published size.
#[repr(C)]
struct Attr {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

/// Sets class and nice value of thread `tid` (0: the caller); the real-time priority is `priority`, at least 1.
pub fn set(tid: i32, class: Class, nice: i32, priority: u32) -> Result<(), Error> {
    let attr = Attr {
        size: size_of::<Attr>() as u32,
        policy: class as u32,
        flags: 0,
        nice: if class.realtime() { 0 } else { nice },
        priority: if class.realtime() { priority.max(1) } else { 0 },
        runtime: 0,
        deadline: 0,
        period: 0,
    };
    // SAFETY: the kernel reads `attr.size` bytes of `attr`.
    let rc = unsafe { libc::syscall(libc::SYS_sched_setattr, tid, &raw const attr, 0) };
    if rc < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(())
    }
}

/// The class number of thread `tid` (0: the caller), as the kernel sees it.
pub fn policy(tid: i32) -> Result<u32, Error> {
    // SAFETY: takes an integer only.
    let rc = unsafe { libc::sched_getscheduler(tid) };
    // SCHED_RESET_ON_FORK may be or-ed in.
    if rc < 0 {
        Err(Error::last_os_error())
    } else {
        Ok((rc & !libc::SCHED_RESET_ON_FORK) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_what_was_asked_for() {
        std::thread::spawn(|| {
            assert_eq!(size_of::<Attr>(), 48);
            for class in [Class::Batch, Class::Other] {
                set(0, class, 0, 0).unwrap();
                assert_eq!(policy(0).unwrap(), class as u32);
            }
            set(0, Class::Other, 7, 0).unwrap();
            // SAFETY: takes integers only.
            assert_eq!(unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }, 7);
            assert!(set(0, Class::Other, 0, 0).is_ok() || policy(0).is_ok());
            assert!(set(i32::MAX, Class::Other, 0, 0).is_err());
        })
        .join()
        .unwrap();
    }
}

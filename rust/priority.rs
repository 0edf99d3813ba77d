//! Priorities in kernel mode: sets and removes entries of the maps that the kernel side reads.

use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::from_ref;

use libbpf_rs::libbpf_sys;

use crate::program::ProgramFd;
use crate::skeleton::PriorityRequest;
use crate::{Error, ErrorKind, Result, MAX_PRIORITIES, PRIORITY_MAX};

/// The thread or process that a priority is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The thread with this id.
    Thread(i32),
    /// All threads of the process with this id.
    Process(i32),
}

impl Whose {
    fn pid(self) -> i32 {
        let (Self::Thread(pid) | Self::Process(pid)) = self;
        pid
    }

    fn check(self, what: &str) -> Result<()> {
        if self.pid() > 0 {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{what}: the id of {self} is not positive"),
        ))
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thread(pid) => write!(f, "thread {pid}"),
            Self::Process(pid) => write!(f, "process {pid}"),
        }
    }
}

/// Runs the program that finds the thread or process, and makes the entry.
pub(crate) fn set(program: ProgramFd, whose: Whose, level: u32, slice_ns: u64) -> Result<()> {
    whose.check("set a priority")?;
    if level > PRIORITY_MAX {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("set a priority: level {level} is not in 0 to {PRIORITY_MAX}"),
        ));
    }
    let mut request = PriorityRequest {
        slice_ns,
        level,
        ..request(whose)
    };
    let result = program
        .run(Some(&mut request))
        .map_err(|err| Error::kernel("set a priority", &err))?;
    match -result {
        0 => Ok(()),
        libc::ESRCH => Err(Error::new(
            ErrorKind::NoSuchTask,
            format!("set a priority: there is no {whose}"),
        )),
        errno => {
            let err = io::Error::from_raw_os_error(errno);
            let attempt = format!("set the priority of {whose} (there can be {MAX_PRIORITIES})");
            Err(Error::kernel(attempt, &err))
        }
    }
}

fn request(whose: Whose) -> PriorityRequest {
    PriorityRequest {
        pid: whose.pid(),
        process: matches!(whose, Whose::Process(_)).into(),
        ..PriorityRequest::default()
    }
}

/// Removes the entry, and runs the program that gives those that wait another place; `map` is the one for such ids.
pub(crate) fn remove(map: BorrowedFd<'_>, program: ProgramFd, whose: Whose) -> Result<()> {
    whose.check("remove a priority")?;
    let pid = whose.pid();
    // SAFETY: the key is of the map's type and outlives the call.
    let ret = unsafe { libbpf_sys::bpf_map_delete_elem(map.as_raw_fd(), from_ref(&pid).cast()) };
    match -ret {
        0 => {
            let mut request = PriorityRequest {
                removed: 1,
                ..request(whose)
            };
            program
                .run(Some(&mut request))
                .map_err(|err| Error::kernel("remove a priority", &err))?;
            Ok(())
        }
        libc::ENOENT => Err(Error::new(
            ErrorKind::NoSuchTask,
            format!("remove a priority: {whose} has none"),
        )),
        errno => Err(Error::kernel(
            format!("remove the priority of {whose}"),
            &io::Error::from_raw_os_error(errno),
        )),
    }
}

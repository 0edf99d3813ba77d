//! Attaches a scheduler (the agent registers, then a link makes it active) and detaches it.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::Ordering;

use libbpf_rs::libbpf_sys;

use crate::core::Core;
use crate::pins::Pins;
use crate::{diagnose, disabling, system, Error, ErrorKind, Result, EXIT_NONE};

impl Core {
    pub(crate) fn attach(&mut self) -> Result<OwnedFd> {
        let attempt = format!("attach {:?}", self.name);
        self.check_no_scheduler()?;
        self.register(&attempt)?;
        self.shared.exit_kind().store(EXIT_NONE, Ordering::Release);
        if let Some(pins) = &self.pins {
            pins.pin_handles(&self.handles)?;
        }
        let link = self.create_link(&attempt).and_then(|link| {
            if let Some(pins) = &self.pins {
                pins.pin_link(link.as_fd())?;
            }
            Ok(link)
        });
        if link.is_err() {
            let _ = self.leave();
            if let Some(pins) = &self.pins {
                let _ = pins.remove();
            }
        }
        link
    }

    fn create_link(&mut self, attempt: &str) -> Result<OwnedFd> {
        let link = match &mut self.object {
            Some(object) => object.attach(&self.name),
            None => link_ops(self.handles.ops.as_fd()).map_err(|err| Error::kernel(attempt, &err)),
        };
        link.map_err(|err| {
            // Another scheduler may have come between the check and the attempt.
            if let Err(busy) = self.check_no_scheduler() {
                return busy;
            }
            let invalid = err.kind() == ErrorKind::Kernel(libc::EINVAL);
            let why = invalid.then(|| diagnose::attach(attempt, Path::new(diagnose::ROOT)));
            why.flatten().unwrap_or(err)
        })
    }

    fn check_no_scheduler(&self) -> Result<()> {
        system::check_no_scheduler(&self.name).map_err(|err| {
            let pins = Pins::of(&self.name);
            if !pins.exist() {
                return err;
            }
            let folder = pins.folder().display();
            let hint =
                format!("{err} (one of this name is pinned in {folder}: adopt or detach it)");
            Error::new(ErrorKind::Busy, hint)
        })
    }
}

/// Ends a scheduler. Closing our link is not enough, since other processes may have it open. A
/// kernel that can't detach has no such links.
pub(crate) fn detach_link(link: OwnedFd) {
    let _meanwhile = disabling::Help::start();
    // SAFETY: a descriptor of ours, and no pointers.
    unsafe { libbpf_sys::bpf_link_detach(link.as_raw_fd()) };
    drop(link);
}

/// Registers a loaded struct_ops map that was attached before.
fn link_ops(ops: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // SAFETY: no options, so no pointers.
    let fd = unsafe {
        libbpf_sys::bpf_link_create(
            ops.as_raw_fd(),
            0,
            libbpf_sys::BPF_STRUCT_OPS,
            std::ptr::null(),
        )
    };
    if fd < 0 {
        return Err(io::Error::from_raw_os_error(-fd));
    }
    // SAFETY: the descriptor is new and ours alone.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

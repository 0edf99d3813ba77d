//! Pins: what keeps a scheduler in the kernel without its agent.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use libbpf_rs::libbpf_sys;

use crate::handles::Handles;
use crate::{Error, ErrorKind, Result};

const BPFFS: &str = "/sys/fs/bpf";
const LINK: &str = "link";

/// The folder of bpffs in which a scheduler is pinned.
#[derive(Clone, Debug)]
pub(crate) struct Pins {
    folder: PathBuf,
}

impl Pins {
    pub(crate) fn of(name: &str) -> Self {
        Self {
            folder: Path::new(BPFFS).join("scxbridge").join(name),
        }
    }

    /// Whether a scheduler is pinned here.
    pub(crate) fn exist(&self) -> bool {
        self.folder.join(LINK).exists()
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Pins all that an adopter needs, but not yet the link.
    pub(crate) fn pin_handles(&self, handles: &Handles) -> Result<()> {
        self.remove()?;
        fs::create_dir_all(&self.folder).map_err(|err| self.failed("create", &err))?;
        for (name, fd) in handles.each() {
            self.pin(name, fd)?;
        }
        Ok(())
    }

    /// Pins the link: from now on the scheduler outlives its agent.
    pub(crate) fn pin_link(&self, link: BorrowedFd<'_>) -> Result<()> {
        self.pin(LINK, link)
    }

    fn pin(&self, name: &str, fd: BorrowedFd<'_>) -> Result<()> {
        let path = self
            .path(name)
            .map_err(|err| self.failed("pin into", &err))?;
        // SAFETY: the path is a string that outlives the call.
        match unsafe { libbpf_sys::bpf_obj_pin(fd.as_raw_fd(), path.as_ptr()) } {
            0 => Ok(()),
            ret => Err(self.failed("pin into", &io::Error::from_raw_os_error(-ret))),
        }
    }

    /// Opens the pinned scheduler's link.
    pub(crate) fn open_link(&self) -> Result<OwnedFd> {
        self.get(LINK)
            .map_err(|err| self.failed("open the link in", &err))
    }

    /// Opens the pinned scheduler's handles and link, if its shared memory passes the check, which
    /// tells how many rings of records there are.
    pub(crate) fn open(
        &self,
        check_shared: impl FnOnce(BorrowedFd<'_>) -> Result<u32>,
    ) -> Result<(Handles, OwnedFd)> {
        if !self.exist() {
            return Err(Error::new(
                ErrorKind::Kernel(libc::ENOENT),
                format!(
                    "adopt: no scheduler is pinned in {}; start one with the option pin (scx_goland --pin)",
                    self.folder.display()
                ),
            ));
        }
        let link = self.open_link()?;
        let failed = |err| self.failed("adopt from", &err);
        // A scheduler of another layout may have other pins, but it has this one.
        let rings = check_shared(self.get("shared").map_err(failed)?.as_fd())?;
        let handles = Handles::open(rings, |name| self.get(name)).map_err(failed)?;
        Ok((handles, link))
    }

    fn get(&self, name: &str) -> io::Result<OwnedFd> {
        let path = self.path(name)?;
        // SAFETY: the path is a string that outlives the call.
        let fd = unsafe { libbpf_sys::bpf_obj_get(path.as_ptr()) };
        if fd < 0 {
            return Err(io::Error::from_raw_os_error(-fd));
        }
        // SAFETY: the descriptor is new and ours alone.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    /// Removes all pins, if there are any. The link goes first: half a set can't be adopted.
    pub(crate) fn remove(&self) -> Result<()> {
        if !self.folder.exists() {
            return Ok(());
        }
        let _ = fs::remove_file(self.folder.join(LINK));
        let entries = fs::read_dir(&self.folder).map_err(|err| self.failed("read", &err))?;
        for entry in entries.flatten() {
            fs::remove_file(entry.path()).map_err(|err| self.failed("remove", &err))?;
        }
        fs::remove_dir(&self.folder).map_err(|err| self.failed("remove", &err))
    }

    fn path(&self, name: &str) -> io::Result<CString> {
        Ok(CString::new(self.folder.join(name).as_os_str().as_bytes())?)
    }

    fn failed(&self, what: &str, err: &io::Error) -> Error {
        Error::kernel(
            format_args!(
                "{what} {} (bpffs must be mounted on {BPFFS})",
                self.folder.display()
            ),
            err,
        )
    }
}

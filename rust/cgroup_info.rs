//! What the kernel side keeps of a cgroup.

use std::io;

use crate::{AttachedScheduler, CgroupInfo, Error, ErrorKind, Result};

impl AttachedScheduler {
    /// The limit of a cgroup as the kernel side keeps it, and how its tasks waited for quota. The id
    /// is as in records. One system call.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchCgroup`] if the kernel side keeps nothing of it: there is none with this
    /// id, it has no cpu controller, it is the root, or cgroups are ignored;
    /// [`ErrorKind::Ended`].
    pub fn read_cgroup(&self, id: u64) -> Result<CgroupInfo> {
        let core = self.core();
        core.check_running()?;
        let mut info = CgroupInfo {
            id,
            ..CgroupInfo::default()
        };
        let result = core
            .handles
            .cgroup_read()
            .run(Some(&mut info))
            .map_err(|err| Error::kernel("read a cgroup", &err))?;
        match -result {
            0 => Ok(info),
            libc::ENODATA => Err(Error::new(
                ErrorKind::NoSuchCgroup,
                format!(
                    "read cgroup {id}: the kernel side knows no cgroup with this id and the cpu controller"
                ),
            )),
            errno => Err(Error::kernel(
                format!("read cgroup {id}"),
                &io::Error::from_raw_os_error(errno),
            )),
        }
    }
}

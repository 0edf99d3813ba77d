//! What the kernel side keeps of a cgroup.

use std::mem::{offset_of, size_of};

use super::handle::with;
use super::Handle;
use crate::{CgroupInfo, Error, ErrorKind};

/// Reads the limit of the cgroup `id`, as in records, and how its tasks waited for quota, into *info.
/// info->size says how large the caller's struct is; so much is written, at most. Any thread;
/// one system call.
///
/// Errors: -ENODATA (nothing is kept of a cgroup with this id: there is none, it has no cpu
/// controller, it is the root, or cgroups are ignored), -EINVAL (NULL, or a size
/// under 16), -ENOTCONN, -ESHUTDOWN.
///
/// # Safety
/// `handle` is NULL or valid; `info` is NULL or has the size that it states.
#[no_mangle]
pub unsafe extern "C" fn scxb_cgroup_read(
    handle: *mut Handle,
    id: u64,
    info: *mut CgroupInfo,
) -> i32 {
    let body = |handle: &Handle| {
        let bad = |text| Error::new(ErrorKind::InvalidInput, text);
        if info.is_null() {
            return Err(bad("read a cgroup: info is NULL"));
        }
        // SAFETY: not NULL; every version begins with the size.
        let size = unsafe { (*info).size };
        if (size as usize) < offset_of!(CgroupInfo, quota_ns) {
            return Err(bad(
                "read a cgroup: info->size is too small; set it to sizeof",
            ));
        }
        let mut ours = handle.attached(|scheduler| scheduler.read_cgroup(id))?;
        ours.size = size;
        // SAFETY: the caller's struct has `size` bytes.
        unsafe {
            std::ptr::copy_nonoverlapping(
                std::ptr::from_ref(&ours).cast::<u8>(),
                info.cast::<u8>(),
                (size as usize).min(size_of::<CgroupInfo>()),
            );
        }
        Ok(())
    };
    // SAFETY: the caller's promise.
    unsafe { with(handle, body) }
}

//! Checks what this machine offers before anything is changed, so that each missing thing gets a
//! message of its own.

use std::fs;
use std::path::Path;

use crate::{Error, ErrorKind, Result};

const SCHED_EXT: &str = "/sys/kernel/sched_ext";
const BTF: &str = "/sys/kernel/btf/vmlinux";

/// From include/uapi/linux/capability.h.
const CAP_SYS_ADMIN: u32 = 21;
const CAP_PERFMON: u32 = 38;
const CAP_BPF: u32 = 39;

/// Checks that a scheduler can be loaded here, by this process.
pub(crate) fn check() -> Result<()> {
    check_own_privileges()?;
    check_kernel(Path::new(SCHED_EXT), Path::new(BTF))
}

/// Whether the kernel is disabling a scheduler.
pub(crate) fn is_disabling() -> bool {
    fs::read_to_string(format!("{SCHED_EXT}/state")).is_ok_and(|state| state.trim() == "disabling")
}

/// Checks that this process may load BPF programs.
pub(crate) fn check_own_privileges() -> Result<()> {
    check_privileges(&fs::read_to_string("/proc/self/status").unwrap_or_default())?;
    check_user_namespace(fs::read_link("/proc/self/ns/user").ok().as_deref())
}

/// BPF requires capabilities in the initial user namespace, whose inode number is the kernel's
/// constant PROC_USER_INIT_INO.
fn check_user_namespace(namespace: Option<&Path>) -> Result<()> {
    match namespace {
        Some(other) if other != Path::new("user:[4026531837]") => Err(Error::new(
            ErrorKind::PermissionDenied,
            "open a scheduler: this process is in a user namespace, whose capabilities do not count for BPF; \
             run it as root outside of it",
        )),
        // Unknown: let the kernel be the judge.
        _ => Ok(()),
    }
}

fn check_privileges(status: &str) -> Result<()> {
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok())
        // Unknown: let the kernel be the judge.
        .unwrap_or(u64::MAX);
    let has = |cap: u32| effective & (1 << cap) != 0;
    if has(CAP_SYS_ADMIN) || (has(CAP_BPF) && has(CAP_PERFMON)) {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::PermissionDenied,
        "open a scheduler: the capabilities CAP_BPF and CAP_PERFMON are missing; run it as root",
    ))
}

fn check_kernel(sched_ext: &Path, btf: &Path) -> Result<()> {
    let release = release();
    if !btf.exists() {
        return Err(Error::new(
            ErrorKind::NotSupported,
            format!(
                "open a scheduler: kernel {release} has no type information ({} is missing); \
                 use one built with CONFIG_DEBUG_INFO_BTF=y",
                btf.display()
            ),
        ));
    }
    if !sched_ext.exists() {
        return Err(Error::new(
            ErrorKind::NotSupported,
            format!(
                "open a scheduler: kernel {release} has no sched_ext ({} is missing); \
                 use 6.12 or newer, built with CONFIG_SCHED_CLASS_EXT=y",
                sched_ext.display()
            ),
        ));
    }
    Ok(())
}

/// Counts CPU hotplug events; 0 where the kernel does not tell.
pub(crate) fn hotplug_seq() -> u64 {
    read(&format!("{SCHED_EXT}/hotplug_seq"))
        .parse()
        .unwrap_or(0)
}

/// Checks that no other scheduler is active.
pub(crate) fn check_no_scheduler(name: &str) -> Result<()> {
    let state = read(&format!("{SCHED_EXT}/state"));
    if state.is_empty() || state == "disabled" {
        return Ok(());
    }
    let other = read(&format!("{SCHED_EXT}/root/ops"));
    Err(Error::new(
        ErrorKind::Busy,
        format!("attach {name:?}: another scheduler {other:?} is active; stop it first"),
    ))
}

/// The running kernel's version.
pub(crate) fn release() -> String {
    read("/proc/sys/kernel/osrelease")
}

fn read(path: &str) -> String {
    fs::read_to_string(path)
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(status: &str) -> bool {
        matches!(check_privileges(status), Err(err) if err.kind() == ErrorKind::PermissionDenied)
    }

    #[test]
    fn privileges() {
        assert!(denied("Name:\tx\nCapEff:\t0000000000000000\n"));
        assert!(denied("CapEff:\t0000008000000000\n"), "CAP_BPF alone");
        assert!(!denied("CapEff:\t000000c000000000\n"));
        assert!(!denied("CapEff:\t0000000000200000\n"));
        assert!(!denied("no such line"));
    }

    #[test]
    fn user_namespaces() {
        assert!(check_user_namespace(Some(Path::new("user:[4026532000]"))).is_err());
        assert!(check_user_namespace(Some(Path::new("user:[4026531837]"))).is_ok());
        assert!(check_user_namespace(None).is_ok());
    }

    #[test]
    fn what_the_kernel_lacks_is_named() {
        let here = Path::new("/");
        let nowhere = Path::new("/nonexistent");
        let text = |r: Result<()>| r.err().map(|e| e.to_string()).unwrap_or_default();
        assert!(text(check_kernel(here, nowhere)).contains("CONFIG_DEBUG_INFO_BTF"));
        assert!(text(check_kernel(nowhere, here)).contains("CONFIG_SCHED_CLASS_EXT"));
        assert_eq!(check_kernel(here, here), Ok(()));
    }
}

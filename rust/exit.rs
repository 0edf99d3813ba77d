use crate::shared::Shared;
use std::sync::atomic::Ordering;

/// Why a scheduler ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExitInfo {
    /// `EXIT_*`: `enum scx_exit_kind` of the kernel; [`EXIT_NONE`] while it runs.
    pub kind: i32,
    /// The kernel's exit code; see [`ECODE_ACT_RESTART`].
    pub code: i64,
    /// The kernel's word for the kind.
    pub reason: String,
    /// Details, for example which task was not run in time; often empty.
    pub message: String,
}

/// The scheduler has not ended.
pub const EXIT_NONE: i32 = 0;
/// It ended and everything is cleaned up.
pub const EXIT_DONE: i32 = 1;
/// It was detached by user space.
pub const EXIT_UNREG: i32 = 64;
/// It was detached by BPF.
pub const EXIT_UNREG_BPF: i32 = 65;
/// It was ended by the kernel without an error, for example for CPU hotplug.
pub const EXIT_UNREG_KERN: i32 = 66;
/// It was ended by SysRq-S.
pub const EXIT_SYSRQ: i32 = 67;
/// It was ended for an error that the kernel found.
pub const EXIT_ERROR: i32 = 1024;
/// It was ended for an error that BPF reported.
pub const EXIT_ERROR_BPF: i32 = 1025;
/// It was ended by the watchdog: a task was not run in time.
pub const EXIT_ERROR_STALL: i32 = 1026;

/// Bit of the exit code: the kernel asks for the scheduler to be started again.
pub const ECODE_ACT_RESTART: u64 = 0x1_0000_0000_0000;

impl ExitInfo {
    pub(crate) fn read(shared: &Shared) -> Self {
        let kind = shared.exit_kind().load(Ordering::Acquire);
        if kind == EXIT_NONE {
            return Self {
                kind,
                code: 0,
                reason: String::new(),
                message: String::new(),
            };
        }
        let (code, reason, message) = shared.exit_details();
        Self {
            kind,
            code,
            reason: c_text(&reason),
            message: c_text(&message),
        }
    }

    /// Whether the kernel asks for the scheduler to be started again (CPU hotplug).
    pub fn restart_requested(&self) -> bool {
        self.code as u64 & ECODE_ACT_RESTART != 0
    }
}

/// The text up to its NUL.
pub(crate) fn c_text(bytes: &[u8]) -> String {
    let len = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..len]).into_owned()
}

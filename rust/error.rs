use std::borrow::Cow;
use std::fmt;
use std::io;

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or option is out of its range (`EINVAL`).
    InvalidInput,
    /// A capability is missing (`EPERM`).
    PermissionDenied,
    /// This kernel can't do it: too old, no BTF, no sched_ext (`EOPNOTSUPP`).
    NotSupported,
    /// Something else is using it: another scheduler, another thread (`EBUSY`).
    Busy,
    /// No idle CPU that the task may use (`EBUSY` at the C ABI, of `select_cpu` only).
    NoIdleCpu,
    /// No task has this id (`ESRCH`).
    NoSuchTask,
    /// The kernel side keeps nothing of a cgroup with this id (`ENODATA`).
    NoSuchCgroup,
    /// The scheduler is not in the phase that the call needs (`ENOTCONN`).
    WrongPhase,
    /// The scheduler has ended, see its exit information (`ESHUTDOWN`).
    Ended,
    /// The time limit of a wait has passed (`ETIMEDOUT`).
    TimedOut,
    /// A wait was ended by `wake` (`EINTR`).
    Woken,
    /// A wait was ended because the handle is being closed (`ECANCELED`).
    Closed,
    /// Any other error that the kernel returned: its errno.
    Kernel(i32),
}

impl ErrorKind {
    /// The positive errno that stands for this kind in the C ABI.
    pub fn errno(self) -> i32 {
        match self {
            Self::InvalidInput => libc::EINVAL,
            Self::PermissionDenied => libc::EPERM,
            Self::NotSupported => libc::EOPNOTSUPP,
            Self::Busy | Self::NoIdleCpu => libc::EBUSY,
            Self::NoSuchTask => libc::ESRCH,
            Self::NoSuchCgroup => libc::ENODATA,
            Self::WrongPhase => libc::ENOTCONN,
            Self::Ended => libc::ESHUTDOWN,
            Self::TimedOut => libc::ETIMEDOUT,
            Self::Woken => libc::EINTR,
            Self::Closed => libc::ECANCELED,
            Self::Kernel(errno) => errno,
        }
    }
}

/// An error: its kind, and a text that says what was attempted, on what, why it failed and, if
/// possible, what to do about it.
///
/// Errors of the hot path carry a static text: creating them allocates nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: Cow<'static, str>,
}

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// An error of the kernel while `attempt` was done.
    pub(crate) fn kernel(attempt: impl fmt::Display, err: &io::Error) -> Self {
        let kind = match err.raw_os_error() {
            Some(libc::EPERM | libc::EACCES) => ErrorKind::PermissionDenied,
            Some(errno) => ErrorKind::Kernel(errno),
            None => ErrorKind::Kernel(libc::EIO),
        };
        Self::new(kind, format!("{attempt}: {err}"))
    }

    /// An error of libbpf while `attempt` was done, and what it said about it.
    pub(crate) fn libbpf(attempt: impl fmt::Display, err: &libbpf_rs::Error, log: &str) -> Self {
        use libbpf_rs::ErrorKind as Bpf;
        let kind = match err.kind() {
            Bpf::PermissionDenied => ErrorKind::PermissionDenied,
            Bpf::InvalidInput | Bpf::InvalidData => ErrorKind::Kernel(libc::EINVAL),
            Bpf::NotFound => ErrorKind::Kernel(libc::ENOENT),
            Bpf::AlreadyExists => ErrorKind::Kernel(libc::EEXIST),
            _ => ErrorKind::Kernel(libc::EIO),
        };
        let separator = if log.is_empty() { "" } else { "\n" };
        Self::new(kind, format!("{attempt}: {err:#}{separator}{log}"))
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The text without allocation.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

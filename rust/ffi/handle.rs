use std::ffi::{c_char, CStr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock, RwLockWriteGuard};

use super::{copy_text, fail, guard, Answer, OptionsC};
use crate::wait::Waker;
use crate::{
    AttachedScheduler, Domains, Error, ErrorKind, ExitInfo, LoadedScheduler, OpenScheduler, Result,
    Stats,
};

/// A scheduler in one of its phases. Made by scxb_open(), ended by scxb_close().
///
/// Closing releases all that it holds, but not its own few hundred bytes: so a call
/// on a closed handle finds out, instead of reading memory that is somebody else's.
pub struct Handle {
    phase: RwLock<Phase>,
    /// Ends a wait without the lock that the waiter holds.
    waker: Mutex<Waiting>,
    /// Text of the last error; its buffer is kept.
    error: Mutex<String>,
}

/// Who can be waiting.
enum Waiting {
    /// Nobody, as the scheduler is not attached.
    Nobody,
    /// Whoever waits for records of the attached scheduler.
    ForRecords(Arc<Waker>),
    /// Nobody any more.
    Closed,
}

enum Phase {
    Open(OpenScheduler),
    Loaded(LoadedScheduler),
    Attached(AttachedScheduler),
    Closed,
    /// A phase change failed for good, or is under way.
    Void,
}

/// The handles that were closed, so that leak checkers see where they are.
static CLOSED: Mutex<Vec<Retired>> = Mutex::new(Vec::new());

/// Not a box: others may still look at it.
struct Retired(#[allow(dead_code)] *const Handle);

// SAFETY: never dereferenced.
unsafe impl Send for Retired {}

/// Room kept for the text of an error, so that those of the hot path allocate nothing.
const ERROR_ROOM: usize = 256;

impl Handle {
    fn new(phase: Phase) -> Self {
        let waker = match &phase {
            Phase::Attached(attached) => Waiting::ForRecords(attached.waker()),
            _ => Waiting::Nobody,
        };
        Self {
            phase: RwLock::new(phase),
            waker: Mutex::new(waker),
            error: Mutex::new(String::with_capacity(ERROR_ROOM)),
        }
    }

    /// Runs a call: its error becomes the handle's last one and an errno.
    fn call<T>(&self, body: impl FnOnce(&Self) -> Result<T>) -> std::result::Result<T, i32> {
        body(self).map_err(|err| {
            let mut text = self.error.lock();
            text.clear();
            text.push_str(err.message());
            err.kind().errno()
        })
    }

    /// Runs `body` on the attached scheduler.
    pub(super) fn attached<T>(
        &self,
        body: impl FnOnce(&AttachedScheduler) -> Result<T>,
    ) -> Result<T> {
        match &*self.phase.read() {
            Phase::Attached(scheduler) => body(scheduler),
            other => Err(other.refuses("the scheduler is not attached")),
        }
    }

    pub(super) fn stats(&self) -> Result<Stats> {
        match &*self.phase.read() {
            Phase::Loaded(scheduler) => scheduler.stats(),
            Phase::Attached(scheduler) => scheduler.stats(),
            other => Err(other.refuses("read the statistics: nothing is loaded")),
        }
    }

    pub(super) fn domains(&self) -> Result<Domains> {
        match &*self.phase.read() {
            Phase::Loaded(scheduler) => Ok(scheduler.domains()),
            Phase::Attached(scheduler) => Ok(scheduler.domains()),
            other => Err(other.refuses("read the domains: nothing is loaded")),
        }
    }

    pub(super) fn set_domains(&self, domains: &Domains) -> Result<()> {
        match &*self.phase.read() {
            Phase::Loaded(scheduler) => scheduler.set_domains(domains),
            Phase::Attached(scheduler) => scheduler.set_domains(domains),
            other => Err(other.refuses("set the domains: nothing is loaded")),
        }
    }

    pub(super) fn exit_info(&self) -> Result<ExitInfo> {
        match &*self.phase.read() {
            Phase::Loaded(scheduler) => Ok(scheduler.exit_info()),
            Phase::Attached(scheduler) => Ok(scheduler.exit_info()),
            other => Err(other.refuses("read the exit information: nothing is loaded")),
        }
    }

    pub(super) fn exit_dump(&self) -> Result<Vec<u8>> {
        match &*self.phase.read() {
            Phase::Loaded(scheduler) => scheduler.exit_dump(),
            Phase::Attached(scheduler) => scheduler.exit_dump(),
            other => Err(other.refuses("read the debug dump: nothing is loaded")),
        }
    }

    fn load(&self) -> Result<()> {
        let mut phase = self.phase.write();
        match std::mem::replace(&mut *phase, Phase::Void) {
            Phase::Open(open) => {
                *phase = Phase::Loaded(open.load()?);
                Ok(())
            }
            other => {
                *phase = other;
                Err(phase.refuses("load: the scheduler is loaded already, or loading failed"))
            }
        }
    }

    fn attach(&self) -> Result<()> {
        let mut phase = self.phase.write();
        match std::mem::replace(&mut *phase, Phase::Void) {
            Phase::Loaded(loaded) => match loaded.attach() {
                Ok(attached) => {
                    *self.waker.lock() = Waiting::ForRecords(attached.waker());
                    *phase = Phase::Attached(attached);
                    Ok(())
                }
                Err((loaded, err)) => {
                    *phase = Phase::Loaded(loaded);
                    Err(err)
                }
            },
            other => {
                *phase = other;
                Err(phase.refuses("attach: the scheduler is not loaded, or attached already"))
            }
        }
    }

    /// The phase, to be changed: a waiter holds its lock. It may begin to wait again
    /// before we have it, so `end_wait` is called until we do.
    fn write_phase(&self, end_wait: impl Fn(&Waker)) -> RwLockWriteGuard<'_, Phase> {
        loop {
            if let Waiting::ForRecords(waker) = &*self.waker.lock() {
                end_wait(waker);
            }
            if let Some(phase) = self.phase.try_write_for(Duration::from_millis(10)) {
                return phase;
            }
        }
    }

    fn detach(&self) -> Result<()> {
        let mut phase = self.write_phase(Waker::wake);
        match std::mem::replace(&mut *phase, Phase::Void) {
            Phase::Attached(attached) => {
                *phase = Phase::Loaded(attached.detach());
                Ok(())
            }
            other => {
                *phase = other;
                Err(phase.refuses("detach: the scheduler is not attached"))
            }
        }
    }

    pub(super) fn wake(&self) -> Result<()> {
        match &*self.waker.lock() {
            Waiting::Nobody => {}
            Waiting::ForRecords(waker) => waker.wake(),
            Waiting::Closed => return Err(closed()),
        }
        Ok(())
    }

    /// Ends waits, and releases everything when no other call is under way. False if
    /// that was done before.
    fn shut(&self) -> bool {
        let mut phase = self.write_phase(Waker::close);
        *self.waker.lock() = Waiting::Closed;
        let last = std::mem::replace(&mut *phase, Phase::Closed);
        let first = !matches!(last, Phase::Closed);
        // With the lock held: when a second close returns, everything is released, too.
        drop(last);
        first
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the handle is closed")
}

impl Phase {
    fn refuses(&self, message: &'static str) -> Error {
        match self {
            Self::Closed => closed(),
            _ => Error::new(ErrorKind::WrongPhase, message),
        }
    }
}

/// Runs an export on a handle; NULL is `-EINVAL`.
///
/// # Safety
/// `handle` is NULL or came from scxb_open().
pub(super) unsafe fn with<A: Answer>(
    handle: *const Handle,
    body: impl FnOnce(&Handle) -> Result<A::Value>,
) -> A {
    guard(|| {
        // SAFETY: the caller's promise.
        let handle = unsafe { handle.as_ref() }.ok_or(libc::EINVAL)?;
        handle.call(body)
    })
}

/// Runs an export on the attached scheduler of a handle.
///
/// # Safety
/// As [`with`].
pub(super) unsafe fn with_attached(
    handle: *const Handle,
    body: impl FnOnce(&AttachedScheduler) -> Result<()>,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { with(handle, |handle| handle.attached(body)) }
}

/// Checks options and machine, and makes a handle in *out, to be ended with
/// scxb_close(). Nothing is changed on the system yet. On failure there is no
/// handle, so the reason in words goes to `error` (may be NULL), cut to
/// `error_len` bytes with its NUL. `options` NULL: all defaults.
///
/// Errors: -EINVAL (an option), -EPERM (capabilities), -EOPNOTSUPP (the kernel has
/// no BTF or no sched_ext), -E2BIG (options of a newer header that are in use).
///
/// # Safety
/// Pointers are NULL where allowed, or valid; `options` for the size it states.
#[no_mangle]
pub unsafe extern "C" fn scxb_open(
    options: *const OptionsC,
    out: *mut *mut Handle,
    error: *mut c_char,
    error_len: usize,
) -> i32 {
    let opened = || {
        // SAFETY: the caller's promise about the options.
        let options = unsafe { OptionsC::read(options) }?;
        OpenScheduler::open(options).map(Phase::Open)
    };
    // SAFETY: the caller's promise.
    unsafe { make(opened, out, error, error_len) }
}

/// Loads the BPF programs into the kernel and maps the rings.
///
/// Errors: -ENOTCONN (not freshly opened), or the kernel's. After a failure the
/// handle can only be closed.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_load(handle: *mut Handle) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { with(handle, Handle::load) }
}

/// Makes the calling process the agent, and lets the machine be scheduled.
///
/// Errors: -ENOTCONN (not loaded, or attached already), -EBUSY (another scheduler
/// is active), or the kernel's. After a failure the handle stays loaded.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_attach(handle: *mut Handle) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { with(handle, Handle::attach) }
}

/// Gives the machine back to the kernel's own scheduler, and returns when that is
/// done. The handle is loaded then: statistics and exit information can be read,
/// and it can be attached again. Removes the pins. Ends another thread's scxb_wait() and
/// scxb_receive_wait().
///
/// Errors: -ENOTCONN (not attached).
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_detach(handle: *mut Handle) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { with(handle, Handle::detach) }
}

/// Takes over the pinned scheduler called `name`, which has no agent: it was killed,
/// or left for an upgrade. The calling process becomes the agent; the handle, in
/// *out, is attached. On failure there is none, as for scxb_open().
///
/// Errors: -EINVAL (NULL), -ENOENT (none is pinned under this name), -EBUSY (its agent
/// is alive), -ESHUTDOWN (the kernel has ended it), -EOPNOTSUPP (a library of another
/// layout made it), -EPERM.
///
/// # Safety
/// Pointers are NULL or valid; `name` ends with NUL.
#[no_mangle]
pub unsafe extern "C" fn scxb_adopt(
    name: *const c_char,
    out: *mut *mut Handle,
    error: *mut c_char,
    error_len: usize,
) -> i32 {
    let adopted = || {
        // SAFETY: the caller's promise.
        let name = unsafe { read_name(name) }?;
        AttachedScheduler::adopt(name).map(Phase::Attached)
    };
    // SAFETY: the caller's promise.
    unsafe { make(adopted, out, error, error_len) }
}

/// Detaches the pinned scheduler called `name`, which has no agent, and removes its
/// pins; also one that the kernel has ended. Else as scxb_adopt().
///
/// # Safety
/// Pointers are NULL or valid; `name` ends with NUL.
#[no_mangle]
pub unsafe extern "C" fn scxb_detach_pinned(
    name: *const c_char,
    error: *mut c_char,
    error_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's promise.
        unsafe { read_name(name) }
            .and_then(AttachedScheduler::detach_pinned)
            // SAFETY: the caller's promise.
            .map_err(|err| unsafe { fail(&err, error, error_len) })
    })
}

/// Makes a handle in *out, or tells why not.
///
/// # Safety
/// Pointers are NULL or valid.
unsafe fn make(
    phase: impl FnOnce() -> Result<Phase>,
    out: *mut *mut Handle,
    error: *mut c_char,
    error_len: usize,
) -> i32 {
    guard(|| {
        if out.is_null() {
            return Err(libc::EINVAL);
        }
        // SAFETY: the caller's promise.
        let phase = phase().map_err(|err| unsafe { fail(&err, error, error_len) })?;
        let handle = Box::into_raw(Box::new(Handle::new(phase)));
        // SAFETY: not NULL, and the caller's promise.
        unsafe { out.write(handle) };
        Ok(())
    })
}

/// # Safety
/// `name` is NULL or a NUL-terminated string that lives during the call.
unsafe fn read_name<'a>(name: *const c_char) -> Result<&'a str> {
    let invalid = |text| Error::new(ErrorKind::InvalidInput, text);
    if name.is_null() {
        return Err(invalid("the name of the pinned scheduler is NULL"));
    }
    // SAFETY: the caller's promise.
    let name = unsafe { CStr::from_ptr(name) };
    name.to_str()
        .map_err(|_| invalid("the name of the pinned scheduler is not UTF-8"))
}

/// Detaches (a pinned scheduler stays and can be adopted), ends other threads'
/// scxb_wait() and scxb_receive_wait() with -ECANCELED, waits for calls under way and
/// releases all descriptors and memory mappings. NULL is a no-op. A second close waits
/// for the first one, and does nothing else.
///
/// Every other call on a closed handle fails with -ECANCELED, but for
/// scxb_error_text(). So that they can, a few hundred bytes of the handle are never freed.
///
/// # Safety
/// `handle` is NULL or valid.
#[no_mangle]
pub unsafe extern "C" fn scxb_close(handle: *mut Handle) {
    guard(|| {
        // SAFETY: the caller's promise.
        if unsafe { handle.as_ref() }.is_some_and(Handle::shut) {
            CLOSED.lock().push(Retired(handle));
        }
        Ok(())
    })
}

/// Copies the reason of the handle's last failed call, in words, into `buf`, cut
/// to `len` bytes with its NUL, and returns its whole length without the NUL.
/// `buf` NULL: only the length. Empty before the first failure.
///
/// # Safety
/// `handle` is NULL or valid; `buf` is NULL or has `len` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn scxb_error_text(
    handle: *mut Handle,
    buf: *mut c_char,
    len: usize,
) -> usize {
    guard(|| {
        // SAFETY: the caller's promise.
        let handle = unsafe { handle.as_ref() }.ok_or(libc::EINVAL)?;
        let text = handle.error.lock();
        // SAFETY: the caller's promise.
        unsafe { copy_text(text.as_bytes(), buf, len) };
        Ok(text.len())
    })
}

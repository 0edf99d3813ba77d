//! Waiting for records: no wake-up is lost, and none is made that nobody needs.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::atomic::{fence, AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::kernel_side::MAX_RINGS;
use crate::shared::Shared;
use crate::task_rings::TaskRings;
use crate::{Error, ErrorKind, Result};

/// Wakes a waiter from any thread: an eventfd, and what it means.
#[derive(Debug)]
pub(crate) struct Waker {
    event: OwnedFd,
    /// Set by wake(), cleared by the wait that it ends, also by one that finds records and does not sleep.
    woken: AtomicBool,
    closing: AtomicBool,
    /// Held by the one thread that waits.
    waiter: Mutex<()>,
}

impl Waker {
    pub(crate) fn new() -> Result<Self> {
        // SAFETY: no pointers are passed.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(Error::kernel(
                "create an eventfd",
                &io::Error::last_os_error(),
            ));
        }
        Ok(Self {
            // SAFETY: the descriptor is new and ours alone.
            event: unsafe { OwnedFd::from_raw_fd(fd) },
            woken: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            waiter: Mutex::new(()),
        })
    }

    /// Ends the wait that is under way, or else the next one.
    pub(crate) fn wake(&self) {
        self.woken.store(true, Ordering::Release);
        self.signal_event();
    }

    fn signal_event(&self) {
        let one = 1u64;
        // SAFETY: writes 8 bytes from a local. It can fail only when the counter
        // is at its maximum, and then a wake-up is pending anyway.
        unsafe { libc::write(self.event.as_raw_fd(), std::ptr::from_ref(&one).cast(), 8) };
    }

    /// Ends this wait and all to come.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.signal_event();
    }

    fn take_event(&self) {
        let mut count = 0u64;
        // SAFETY: reads 8 bytes into a local; nothing to read is fine, too.
        unsafe {
            libc::read(
                self.event.as_raw_fd(),
                std::ptr::from_mut(&mut count).cast(),
                8,
            )
        };
    }

    /// Blocks until records wait, at most until the deadline (`None`: no limit), or until one of
    /// the errors of [`AttachedScheduler::wait`](crate::AttachedScheduler::wait).
    pub(crate) fn wait(
        &self,
        rings: &TaskRings,
        shared: &Shared,
        deadline: Option<Instant>,
    ) -> Result<()> {
        let Some(_only) = self.waiter.try_lock() else {
            return Err(Error::new(
                ErrorKind::Busy,
                "wait: another thread waits already",
            ));
        };
        loop {
            if let Some(result) = self.ready(rings, shared) {
                return result;
            }
            // From here on the kernel side wakes us; the second look sees what came before. Pairs
            // with agent_wakeup_flags() and agent_wake_if_waiting() in rust/bpf/wake.bpf.h.
            shared.waiting().store(1, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            if let Some(result) = self.ready(rings, shared) {
                shared.waiting().store(0, Ordering::Relaxed);
                return result;
            }
            let polled = self.poll(rings, deadline);
            shared.waiting().store(0, Ordering::Relaxed);
            if polled? == Polled::Event {
                // The event follows the flag; if the flag was already consumed, this drops the event.
                self.take_event();
            }
        }
    }

    fn ready(&self, rings: &TaskRings, shared: &Shared) -> Option<Result<()>> {
        if self.closing.load(Ordering::Acquire) {
            return Some(Err(closed()));
        }
        if shared.exit_kind().load(Ordering::Acquire) != 0 {
            return Some(Err(ended()));
        }
        // Before the records: under load there are always some.
        if self.woken.load(Ordering::Relaxed) && self.woken.swap(false, Ordering::Acquire) {
            return Some(Err(woken()));
        }
        rings.has_records().then_some(Ok(()))
    }

    /// One system call, however many rings there are.
    fn poll(&self, rings: &TaskRings, deadline: Option<Instant>) -> Result<Polled> {
        let readable = |fd| libc::pollfd {
            fd,
            events: libc::POLLIN,
            revents: 0,
        };
        // The event comes first. The kernel skips a negative descriptor.
        let mut fds = [readable(-1); 1 + MAX_RINGS];
        let mut count = 0;
        let all = [self.event.as_raw_fd()].into_iter().chain(rings.raw_fds());
        for (to, fd) in fds.iter_mut().zip(all) {
            *to = readable(fd);
            count += 1;
        }
        let limit = deadline.map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            libc::timespec {
                tv_sec: left.as_secs() as _,
                tv_nsec: left.subsec_nanos() as _,
            }
        });
        let limit = limit.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: the array and the time limit outlive the call; no signal mask.
        let ready = unsafe { libc::ppoll(fds.as_mut_ptr(), count, limit, std::ptr::null()) };
        match ready {
            0 => Err(Error::new(
                ErrorKind::TimedOut,
                "wait: no record came in time",
            )),
            n if n < 0 => {
                let err = io::Error::last_os_error();
                if err.kind() == io::ErrorKind::Interrupted {
                    // A signal for the process (the Go runtime sends many) is not ours.
                    return Ok(Polled::Again);
                }
                Err(Error::kernel("wait for records", &err))
            }
            _ if fds[0].revents != 0 => Ok(Polled::Event),
            _ => Ok(Polled::Again),
        }
    }
}

/// When a timeout that starts now expires. `None`: never, also if the clock can't express it.
pub(crate) fn deadline(timeout: Option<Duration>) -> Option<Instant> {
    Instant::now().checked_add(timeout?)
}

#[derive(PartialEq, Eq)]
enum Polled {
    Event,
    Again,
}

pub(crate) fn ended() -> Error {
    Error::new(
        ErrorKind::Ended,
        "the scheduler has ended; its exit information tells why",
    )
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "wait: the scheduler is being closed")
}

fn woken() -> Error {
    Error::new(ErrorKind::Woken, "wait: woken")
}

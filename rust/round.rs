//! The calls of a round: receive, wait, dispatch. Only one thread at a time may be in each.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::core::Core;
use crate::wait::{deadline, Waker};
use crate::{AttachedScheduler, Decision, Error, ErrorKind, Result, Task};

/// How often a flush retries while another CPU drains, before it leaves the rest to ops.dispatch.
const FLUSH_TRIES: u32 = 1000;

impl AttachedScheduler {
    /// Copies records that wait into `tasks` and returns how many; 0 when none
    /// waits. Never blocks, makes no system call, allocates nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Ended`], [`ErrorKind::Busy`].
    pub fn receive(&self, tasks: &mut [Task]) -> Result<usize> {
        let core = self.core();
        let Some(_only) = core.receiver.try_lock() else {
            return Err(busy("receive: another thread receives at this moment"));
        };
        core.check_running()?;
        Ok(core.take(tasks))
    }

    /// Receives at least one record: blocks until there are any, for at most `timeout` (`None`: no
    /// limit), without a system call if some wait. Counts as both [`Self::receive`] and
    /// [`Self::wait`], and so one thread at a time may be in it. Allocates nothing.
    ///
    /// # Errors
    /// Those of [`Self::wait`]; [`ErrorKind::InvalidInput`] without room for a record.
    pub fn receive_wait(&self, tasks: &mut [Task], timeout: Option<Duration>) -> Result<usize> {
        if tasks.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "receive: there is no room for a record",
            ));
        }
        let core = self.core();
        let Some(_only) = core.receiver.try_lock() else {
            return Err(busy("receive: another thread receives at this moment"));
        };
        let deadline = deadline(timeout);
        loop {
            core.wait(deadline)?;
            match core.take(tasks) {
                // The records were discarded, or are still being written, which takes only a
                // moment.
                0 => std::hint::spin_loop(),
                count => return Ok(count),
            }
        }
    }

    /// Blocks until records wait, for at most `timeout` (`None`: no limit). Signals don't end it. A
    /// wake that came before the call ends it at once.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`], [`ErrorKind::Woken`], [`ErrorKind::Ended`],
    /// [`ErrorKind::Closed`], [`ErrorKind::Busy`].
    pub fn wait(&self, timeout: Option<Duration>) -> Result<()> {
        self.core().wait(deadline(timeout))
    }

    /// Ends the wait that is under way, or else the next one, with [`ErrorKind::Woken`].
    pub fn wake(&self) {
        self.core().waker.wake();
    }

    /// The handle that wakes this scheduler's waiter; it may outlive the scheduler.
    pub(crate) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.core().waker)
    }

    /// Writes the decisions, and has the kernel carry them out in one call.
    /// Returns how many were written: all of them, unless there is an error.
    /// Allocates nothing; a batch larger than the ring is flushed in parts.
    ///
    /// # Errors
    /// [`ErrorKind::Ended`], [`ErrorKind::Busy`], or what the kernel says.
    pub fn dispatch(&self, decisions: &[Decision]) -> Result<usize> {
        let core = self.core();
        let Some(_only) = core.dispatcher.try_lock() else {
            return Err(busy("dispatch: another thread dispatches at this moment"));
        };
        core.check_running()?;
        core.beat();
        let mut done = 0;
        while done < decisions.len() {
            // The count first: ops.dispatch reads it to see whether to drain, and this thread may
            // be preempted right after the decisions are published.
            let rest = &decisions[done..];
            let count = rest.len().min(core.decisions.room());
            let written = core.decisions.written() + count as u64;
            core.shared.decisions().store(written, Ordering::Release);
            core.decisions.write(&rest[..count]);
            done += count;
            core.flush(count == 0)?;
        }
        Ok(done)
    }
}

impl Core {
    fn wait(&self, deadline: Option<Instant>) -> Result<()> {
        self.waker.wait(&self.tasks, &self.shared, deadline)
    }

    /// Takes what waits. The caller holds `receiver`.
    fn take(&self, tasks: &mut [Task]) -> usize {
        self.beat();
        let count = self.tasks.read(tasks);
        add(self.shared.received(), count);
        count
    }

    /// Has the kernel apply what was written. Retries while another CPU drains from ops.dispatch,
    /// which takes what is left after that.
    pub(crate) fn flush(&self, must_make_room: bool) -> Result<()> {
        for _ in 0..FLUSH_TRIES {
            let drained = self
                .handles
                .flush()
                .run::<u64>(None)
                .map_err(|err| Error::kernel("flush the decisions", &err))?;
            if drained >= 0 || self.decisions.is_drained() {
                return Ok(());
            }
            if drained != -libc::EBUSY {
                let err = io::Error::from_raw_os_error(-drained);
                return Err(Error::kernel("drain the decisions", &err));
            }
            std::hint::spin_loop();
        }
        if must_make_room {
            return Err(busy("dispatch: the ring of decisions stays full"));
        }
        Ok(())
    }
}

fn add(word: &AtomicU64, count: usize) {
    // Only the receiver writes it, so this need not be one atomic step.
    word.store(
        word.load(Ordering::Relaxed) + count as u64,
        Ordering::Relaxed,
    );
}

fn busy(message: &'static str) -> Error {
    Error::new(ErrorKind::Busy, message)
}

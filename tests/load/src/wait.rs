// SPDX-License-Identifier: Apache-2.0
//! Raw futex waits, and the gate behind which all tasks of a run gather before the clock starts.

use crate::shm::Plain;
use crate::time::{now, timespec};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

/// Which tasks can wait on a futex word.
#[derive(Clone, Copy, PartialEq)]
pub enum Scope {
    /// Threads of this process.
    Process,
    /// Any process that maps the word.
    Shared,
}

fn op(base: libc::c_int, scope: Scope) -> libc::c_int {
    if scope == Scope::Process {
        base | libc::FUTEX_PRIVATE_FLAG
    } else {
        base
    }
}

/// Sleeps while `word == value`, until woken or `deadline`. May return early: look again.
pub fn futex_wait(word: &AtomicU32, value: u32, scope: Scope, deadline: Option<u64>) {
    // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time.
    let ts = deadline.map(timespec);
    let ts_ptr = ts.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: `word` and `ts` outlive the call, which reads both and writes neither.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            op(libc::FUTEX_WAIT_BITSET, scope),
            value,
            ts_ptr,
            std::ptr::null::<u32>(),
            u32::MAX,
        )
    };
}

/// Wakes up to `count` waiters.
pub fn futex_wake(word: &AtomicU32, count: i32, scope: Scope) {
    // SAFETY: FUTEX_WAKE uses the address as a key only.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            op(libc::FUTEX_WAKE, scope),
            count,
        )
    };
}

/// A start line, for threads and (in shared memory) processes.
#[derive(Default)]
#[repr(C)]
pub struct Gate {
    ready: AtomicU32,
    go: AtomicU32,
    stop: AtomicU32,
    start: AtomicU64,
}

// SAFETY: atomics of integers.
unsafe impl Plain for Gate {}

impl Gate {
    /// A task calls this first, before anything that can fail: it reports that it is ready, waits for the start,
    /// and returns the start time.
    pub fn arrive(&self) -> u64 {
        self.ready.fetch_add(1, SeqCst);
        futex_wake(&self.ready, 1, Scope::Shared);
        while self.go.load(SeqCst) == 0 {
            futex_wait(&self.go, 0, Scope::Shared, None);
        }
        self.start.load(SeqCst)
    }

    /// Waits until `tasks` have arrived, then lets them all go. Returns the start time, or an error at `deadline`.
    pub fn open(&self, tasks: usize, deadline: u64) -> Result<u64, String> {
        loop {
            let ready = self.ready.load(SeqCst);
            if ready as usize >= tasks {
                break;
            }
            if now() >= deadline {
                return Err(format!(
                    "only {ready} of {tasks} tasks were ready by the deadline"
                ));
            }
            futex_wait(&self.ready, ready, Scope::Shared, Some(deadline));
        }
        let start = now();
        self.start.store(start, SeqCst);
        self.go.store(1, SeqCst);
        futex_wake(&self.go, i32::MAX, Scope::Shared);
        Ok(start)
    }

    /// Asks every task to end.
    pub fn stop(&self) {
        self.stop.store(1, SeqCst);
    }

    /// Whether tasks have been asked to end.
    pub fn stopped(&self) -> bool {
        self.stop.load(SeqCst) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MS;
    use std::sync::Arc;

    #[test]
    fn all_start_at_once() {
        let gate = Arc::new(Gate::default());
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let gate = gate.clone();
                std::thread::spawn(move || (gate.arrive(), now()))
            })
            .collect();
        let start = gate.open(3, now() + 20_000 * MS).unwrap();
        for t in threads {
            let (seen, at) = t.join().unwrap();
            assert!(seen == start && at >= start);
        }
    }

    #[test]
    fn a_missing_task_is_an_error() {
        let gate = Gate::default();
        let error = gate.open(1, now() + 5 * MS).unwrap_err();
        assert!(error.contains("0 of 1"), "{error}");
    }
}

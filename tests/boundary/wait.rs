//! Waiting: every record and every wake-up ends it, nothing else does.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{Boundary, Patience, Production};
use crate::shared::Shared;
use crate::task_rings::TaskRings;
use crate::wait::{deadline, Waker};
use crate::{ErrorKind, Task};

/// Long enough for any machine; only a lost wake-up takes this long.
const LONG: Option<Duration> = Some(Duration::from_secs(20));
const SHORT: Option<Duration> = Some(Duration::from_millis(20));

struct Fixture {
    boundary: Boundary,
    rings: TaskRings,
    shared: Shared,
    waker: Waker,
}

impl Fixture {
    fn new() -> Option<Self> {
        Self::with_rings(1)
    }

    fn with_rings(count: u32) -> Option<Self> {
        let boundary = Boundary::load_rings(count)?;
        Some(Self {
            rings: boundary.task_rings(),
            shared: boundary.shared(),
            waker: Waker::new().unwrap(),
            boundary,
        })
    }

    fn wait(&self, timeout: Option<Duration>) -> Result<(), ErrorKind> {
        let begin = Instant::now();
        let ended = self
            .waker
            .wait(&self.rings, &self.shared, deadline(timeout))
            .map_err(|err| err.kind());
        // The kernel checks the ring once more at the timeout, so a record that woke nobody is
        // found, but late.
        if timeout == LONG && Some(begin.elapsed()) >= LONG {
            return Err(ErrorKind::TimedOut);
        }
        ended
    }

    /// Sends a record as enqueue does.
    fn enqueue(&self, first: u64) {
        self.enqueue_in(0, first);
    }

    fn enqueue_in(&self, ring: u32, first: u64) {
        let produced = self.boundary.produce(Production {
            first,
            count: 1,
            wake: 1,
            ring,
            ..Production::default()
        });
        assert_eq!(produced, 1);
    }

    fn until_waiting(&self) {
        let patience = Patience::new();
        while self.shared.waiting().load(Ordering::Acquire) == 0 {
            patience.last("beginning to wait");
        }
    }

    /// Runs `act` while another thread waits; returns how the wait ended.
    fn during_wait(&self, act: impl FnOnce()) -> Result<(), ErrorKind> {
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| self.wait(LONG));
            self.until_waiting();
            act();
            waiter.join().unwrap()
        })
    }
}

#[test]
fn records_end_a_wait() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    fixture.enqueue(0);
    assert_eq!(fixture.wait(LONG), Ok(()), "it was there already");
    assert_eq!(fixture.rings.read(&mut [Task::default(); 4]), 1);

    assert_eq!(fixture.during_wait(|| fixture.enqueue(1)), Ok(()));
    let waiting = fixture.shared.waiting().load(Ordering::Acquire);
    assert_eq!(waiting, 0, "nobody wakes one who does not wait");
    assert_eq!(fixture.rings.read(&mut [Task::default(); 4]), 1);
}

#[test]
fn records_of_any_ring_end_a_wait() {
    let Some(fixture) = Fixture::with_rings(3) else {
        return;
    };
    for ring in 0..3 {
        fixture.enqueue_in(ring, 0);
        assert_eq!(fixture.wait(LONG), Ok(()), "it was there already: {ring}");
        assert_eq!(fixture.rings.read(&mut [Task::default(); 4]), 1);
        let ended = fixture.during_wait(|| fixture.enqueue_in(ring, 1));
        assert_eq!(ended, Ok(()), "{ring}");
        assert_eq!(fixture.rings.read(&mut [Task::default(); 4]), 1);
    }
}

#[test]
fn a_time_limit_ends_a_wait() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let begin = Instant::now();
    assert_eq!(fixture.wait(SHORT), Err(ErrorKind::TimedOut));
    assert!(begin.elapsed() >= SHORT.unwrap());
    assert_eq!(fixture.wait(Some(Duration::ZERO)), Err(ErrorKind::TimedOut));
    assert_eq!(fixture.shared.waiting().load(Ordering::Acquire), 0);
}

#[test]
fn a_wake_ends_one_wait() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    fixture.waker.wake();
    fixture.waker.wake();
    assert_eq!(fixture.wait(LONG), Err(ErrorKind::Woken), "came before");
    assert_eq!(fixture.wait(SHORT), Err(ErrorKind::TimedOut), "used up");
    let ended = fixture.during_wait(|| fixture.waker.wake());
    assert_eq!(ended, Err(ErrorKind::Woken));
}

#[test]
fn a_wake_is_seen_before_the_records() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    fixture.enqueue(0);
    fixture.waker.wake();
    assert_eq!(fixture.wait(LONG), Err(ErrorKind::Woken));
    assert_eq!(fixture.wait(LONG), Ok(()), "the record still waits");
    assert_eq!(fixture.rings.read(&mut [Task::default(); 4]), 1);
    assert_eq!(fixture.wait(SHORT), Err(ErrorKind::TimedOut), "used up");
}

#[test]
fn closing_ends_all_waits() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let ended = fixture.during_wait(|| fixture.waker.close());
    assert_eq!(ended, Err(ErrorKind::Closed));
    fixture.enqueue(0);
    assert_eq!(fixture.wait(LONG), Err(ErrorKind::Closed), "and to come");
}

#[test]
fn the_end_of_the_scheduler_ends_waits() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    fixture.shared.exit_kind().store(64, Ordering::Release);
    fixture.enqueue(0);
    assert_eq!(fixture.wait(LONG), Err(ErrorKind::Ended));
}

#[test]
fn one_thread_waits() {
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let ended = fixture.during_wait(|| {
        assert_eq!(fixture.wait(LONG), Err(ErrorKind::Busy));
        fixture.waker.wake();
    });
    assert_eq!(ended, Err(ErrorKind::Woken));
}

#[test]
fn signals_do_not_end_a_wait() {
    static CAUGHT: AtomicBool = AtomicBool::new(false);
    extern "C" fn caught(_: i32) {
        CAUGHT.store(true, Ordering::Release);
    }
    let Some(fixture) = Fixture::new() else {
        return;
    };
    // SAFETY: the handler only stores to an atomic; nobody else uses this signal.
    unsafe { libc::signal(libc::SIGUSR1, caught as *const () as libc::sighandler_t) };
    let waiter = AtomicU64::new(0);
    let ended = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            // SAFETY: takes nothing.
            waiter.store(unsafe { libc::pthread_self() }, Ordering::Release);
            fixture.wait(LONG)
        });
        fixture.until_waiting();
        // SAFETY: the thread has not been joined.
        unsafe { libc::pthread_kill(waiter.load(Ordering::Acquire), libc::SIGUSR1) };
        let patience = Patience::new();
        while !CAUGHT.load(Ordering::Acquire) {
            patience.last("a signal");
        }
        fixture.until_waiting();
        fixture.waker.wake();
        thread.join().unwrap()
    });
    assert_eq!(ended, Err(ErrorKind::Woken));
}

/// Another thread for each ring sends a record each time that the last one was received.
fn no_wake_up_is_lost_with(rings: u32) {
    const ROUNDS: u64 = 5000;
    let Some(fixture) = Fixture::with_rings(rings) else {
        return;
    };
    let received: Vec<AtomicU64> = (0..rings).map(|_| AtomicU64::new(0)).collect();
    let failed = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for ring in 0..rings {
            let (fixture, failed, received) = (&fixture, &failed, &received[ring as usize]);
            scope.spawn(move || {
                for round in 0..ROUNDS / u64::from(rings) {
                    fixture.enqueue_in(ring, u64::from(ring));
                    // Each record finds the agent about to sleep, asleep or just awake.
                    while received.load(Ordering::Acquire) <= round {
                        if failed.load(Ordering::Acquire) {
                            return;
                        }
                        std::thread::yield_now();
                    }
                }
            });
        }
        let mut batch = [Task::default(); 8];
        let mut left = ROUNDS / u64::from(rings) * u64::from(rings);
        while left > 0 {
            let ended = fixture.wait(LONG);
            if ended.is_err() {
                failed.store(true, Ordering::Release);
                assert_eq!(ended, Ok(()), "after {received:?} records");
            }
            let count = fixture.rings.read(&mut batch);
            for task in &batch[..count] {
                received[task.pid as usize].fetch_add(1, Ordering::Release);
            }
            left -= count as u64;
        }
    });
}

#[test]
fn no_wake_up_is_lost() {
    no_wake_up_is_lost_with(1);
}

#[test]
fn no_wake_up_of_several_rings_is_lost() {
    no_wake_up_is_lost_with(3);
}

//! Proof that a round allocates nothing: the test binary counts allocations.
//! (libbpf is C, but all that a round uses of it is one system call.)

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::os::fd::AsFd;
use std::time::Duration;

use super::{Boundary, Production};
use crate::program::ProgramFd;
use crate::wait::{deadline, Waker};
use crate::{CpuRequest, Decision, ErrorKind, Task};

struct Counting;

thread_local! {
    /// Per thread, so that other tests do not interfere.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    ALLOCATIONS.with(|count| count.set(count.get() + 1));
}

// SAFETY: passes everything on to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promise.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Runs `body`, and checks that it allocates and frees nothing.
fn without_allocation<T>(body: impl FnOnce() -> T) -> T {
    let before = ALLOCATIONS.get();
    let result = body();
    assert_eq!(ALLOCATIONS.get() - before, 0, "allocated");
    result
}

#[test]
#[should_panic(expected = "allocated")]
fn an_allocation_is_noticed() {
    without_allocation(|| drop(std::hint::black_box(Box::new(1))));
}

#[test]
fn a_round_allocates_nothing() {
    round_without_allocation(1);
}

#[test]
fn a_round_with_several_rings_allocates_nothing() {
    round_without_allocation(3);
}

fn round_without_allocation(rings: u32) {
    let Some(boundary) = Boundary::load_rings(rings) else {
        return;
    };
    let tasks = boundary.task_rings();
    let decisions = boundary.decision_ring();
    let shared = boundary.shared();
    let waker = Waker::new().unwrap();
    let drain = ProgramFd::new(boundary.skel.progs.scxb_drain.as_fd());
    let answer = ProgramFd::new(boundary.skel.progs.scxb_answer.as_fd());
    let mut batch = [Task::default(); 64];
    let mut decided = [Decision::default(); 64];
    let mut asked = CpuRequest::default();

    for _ in 0..10 {
        without_allocation(|| {
            let wait = |timeout| waker.wait(&tasks, &shared, deadline(timeout));
            let timed_out = wait(Some(Duration::from_micros(1))).map_err(|err| err.kind());
            assert_eq!(timed_out, Err(ErrorKind::TimedOut));
            waker.wake();
            assert_eq!(wait(None).map_err(|err| err.kind()), Err(ErrorKind::Woken));

            boundary.produce(Production {
                count: 10,
                ring: rings - 1,
                ..Production::default()
            });
            assert_eq!(wait(None), Ok(()));
            let count = tasks.read(&mut batch);
            assert_eq!(count, 10);
            for (decision, task) in decided.iter_mut().zip(&batch[..count]) {
                *decision = Decision::new(task, 0);
            }
            assert_eq!(decisions.write(&decided[..count]), count);
            let drained = drain.run(Some(&mut { u32::MAX })).map(|n| n as usize);
            assert!(drained.is_ok_and(|drained| drained == count));
            assert!(answer.run(Some(&mut asked)).is_ok());
        });
    }
}

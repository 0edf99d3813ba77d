//! Records: from the kernel's ring buffer to the caller's array.

use std::os::fd::AsFd;
use std::sync::atomic::Ordering;

use super::{
    record, ring_size, Boundary, Patience, Production, DUMMY_DISCARDED, DUMMY_UNKNOWN, DUMMY_WAKE,
};
use crate::program::ProgramFd;
use crate::task_rings::TaskRings;
use crate::Task;

/// Size of one record in the ring, with its header.
const RECORD: u64 = 8 + size_of::<Task>() as u64;

/// How many records a ring takes: the kernel never fills its last byte.
fn capacity() -> u64 {
    u64::from(ring_size() - 1) / RECORD
}

/// Reads the records that are there in batches of at most `limit`, and checks them.
fn read_all(ring: &TaskRings, limit: usize, next: &mut u64) {
    let mut batch = vec![Task::default(); limit];
    loop {
        let count = ring.read(&mut batch);
        for task in &batch[..count] {
            assert_eq!(*task, record(*next));
            *next += 1;
        }
        if count == 0 {
            return;
        }
    }
}

fn order_and_content(limit: usize, dummies: u32) {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let ring = boundary.task_rings();
    let (mut first, mut next) = (0, 0);
    // All fit with their dummies. The counts have no common divisor, so they end anywhere in the
    // ring.
    for count in [1, 7, 23, 13, 2, 22, 11].into_iter().cycle().take(100) {
        let produced = boundary.produce(Production {
            first,
            count,
            dummies,
            ..Production::default()
        });
        assert_eq!(produced, count);
        first += count;
        assert!(ring.has_records());
        read_all(&ring, limit, &mut next);
        assert_eq!(next, first, "records were lost");
        assert!(!ring.has_records());
    }
    let bytes = first * RECORD;
    assert!(bytes > 20 * u64::from(ring_size()) || ring_size() > 4096);
}

#[test]
fn read_one_by_one_across_wrap_around() {
    order_and_content(1, 0);
}

#[test]
fn read_in_sevens_across_wrap_around() {
    order_and_content(7, 0);
}

#[test]
fn read_all_at_once_across_wrap_around() {
    order_and_content(1000, 0);
}

#[test]
fn discarded_records_are_skipped() {
    order_and_content(1, DUMMY_DISCARDED);
    order_and_content(1000, DUMMY_DISCARDED);
    order_and_content(7, DUMMY_WAKE);
}

#[test]
fn records_of_unknown_size_are_skipped() {
    order_and_content(7, DUMMY_UNKNOWN);
}

#[test]
fn no_more_is_read_than_fits() {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let ring = boundary.task_rings();
    let mut batch = [Task::default(); 8];
    assert_eq!(ring.read(&mut batch), 0, "a new ring is empty");
    boundary.produce(Production {
        count: 8,
        ..Production::default()
    });
    assert_eq!(ring.read(&mut []), 0);
    assert_eq!(ring.read(&mut batch[..5]), 5);
    assert_eq!(batch[5], Task::default(), "beyond the batch");
    assert_eq!(ring.read(&mut batch), 3);
    assert_eq!(batch[2], record(7));
    assert_eq!(
        batch[3],
        record(3),
        "beyond what was read, the array is untouched"
    );
}

#[test]
fn reading_makes_room_in_a_full_ring() {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let ring = boundary.task_rings();
    let produce = |first| {
        boundary.produce(Production {
            first,
            count: 10_000,
            ..Production::default()
        })
    };
    assert_eq!(produce(0), capacity());
    assert_eq!(produce(0), 0, "the ring is full");

    let mut batch = [Task::default(); 3];
    assert_eq!(ring.read(&mut batch), 3);
    let mut next = 3;
    assert_eq!(produce(capacity()), 3);
    read_all(&ring, 1000, &mut next);
    assert_eq!(next, capacity() + 3);
    assert_eq!(produce(0), capacity(), "all room is free again");
}

#[test]
fn an_unfinished_record_holds_back_later_ones() {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let ring = boundary.task_rings();
    let mut batch = [Task::default(); 4];
    std::thread::scope(|scope| {
        let program = ProgramFd::new(boundary.skel.progs.scxb_hold.as_fd());
        let patience = Patience::new();
        let holder = scope.spawn(move || program.run::<u64>(None));
        while boundary.hold_reserved().load(Ordering::Acquire) == 0 {
            assert!(!holder.is_finished(), "the program did not begin");
            patience.last("reserving a record");
        }
        boundary.produce(Production {
            first: 1,
            count: 2,
            ..Production::default()
        });
        let early = (ring.has_records(), ring.read(&mut batch));
        boundary.hold_release().store(1, Ordering::Release);
        assert_eq!(holder.join().unwrap().unwrap(), 0, "held until released");
        assert_eq!(
            early,
            (true, 0),
            "record 0 is unfinished, so nothing is read"
        );
    });
    assert_eq!(ring.read(&mut batch), 3);
    assert_eq!(batch[..3], [record(0), record(1), record(2)]);
}

#[test]
fn reading_while_the_kernel_writes() {
    const COUNT: u64 = 50_000;
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let ring = boundary.task_rings();
    std::thread::scope(|scope| {
        let producer = scope.spawn(|| {
            let patience = Patience::new();
            let mut first = 0;
            while first < COUNT {
                first += boundary.produce(Production {
                    first,
                    count: (COUNT - first).min(500),
                    dummies: DUMMY_WAKE,
                    ..Production::default()
                });
                patience.last("sending records");
            }
        });
        let mut next = 0;
        while next < COUNT {
            let finished = producer.is_finished();
            let before = next;
            read_all(&ring, 16, &mut next);
            assert!(
                next > before || !finished,
                "the producer ended at record {next}"
            );
        }
        assert_eq!(next, COUNT);
    });
}

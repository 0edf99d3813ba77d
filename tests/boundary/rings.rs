//! Several rings of records, read as one.

use super::{record, ring_size, Boundary, Patience, Production, DUMMY_DISCARDED};
use crate::task_rings::TaskRings;
use crate::Task;

/// How many records a ring takes: the kernel never fills its last byte.
fn capacity() -> u64 {
    u64::from(ring_size() - 1) / (8 + size_of::<Task>() as u64)
}

fn produce(boundary: &Boundary, ring: u32, first: u64, count: u64) -> u64 {
    boundary.produce(Production {
        ring,
        first,
        count,
        ..Production::default()
    })
}

fn read(rings: &TaskRings, limit: usize) -> Vec<Task> {
    let mut tasks = vec![Task::default(); limit];
    let count = rings.read(&mut tasks);
    tasks.truncate(count);
    tasks
}

/// Records `numbers`, the age of which grows with the number.
fn records(numbers: impl IntoIterator<Item = u64>) -> Vec<Task> {
    numbers.into_iter().map(record).collect()
}

#[test]
fn the_oldest_comes_first() {
    let Some(boundary) = Boundary::load_rings(3) else {
        return;
    };
    let rings = boundary.task_rings();
    assert!(!rings.has_records());
    for (ring, first, count) in [(0, 4, 2), (1, 0, 3), (2, 3, 1), (1, 6, 2)] {
        assert_eq!(produce(&boundary, ring, first, count), count);
    }
    // In batches of all sizes, and what is left stays.
    let mut next = 0;
    for limit in [1, 3, 0, 2, 10] {
        let tasks = read(&rings, limit);
        assert_eq!(tasks, records(next..(next + limit as u64).min(8)));
        next += tasks.len() as u64;
        assert_eq!(rings.has_records(), next < 8);
    }
    assert_eq!(next, 8);
}

#[test]
fn a_ring_that_is_filled_all_the_time_keeps_none_waiting() {
    let Some(boundary) = Boundary::load_rings(2) else {
        return;
    };
    let rings = boundary.task_rings();
    // What ring 1 has comes after what ring 0 had by then, and before all that is newer.
    let mut next = produce(&boundary, 0, 0, capacity());
    let waiting = next;
    assert_eq!(produce(&boundary, 1, waiting, 1), 1);
    next += 1;
    let mut received = Vec::new();
    while !received.contains(&record(waiting)) {
        assert!(
            received.len() as u64 <= waiting,
            "{} came before it",
            received.len()
        );
        received.extend(read(&rings, 4));
        next += produce(&boundary, 0, next, 100);
    }
    let place = received.iter().position(|task| *task == record(waiting));
    assert_eq!(place, Some(waiting as usize));
}

#[test]
fn a_full_ring_leaves_others_alone() {
    let Some(boundary) = Boundary::load_rings(3) else {
        return;
    };
    let rings = boundary.task_rings();
    let full = capacity();
    assert_eq!(produce(&boundary, 1, 0, 1000), full);
    assert_eq!(produce(&boundary, 1, full, 1), 0, "the ring is full");
    assert_eq!(produce(&boundary, 0, full, 2), 2);
    assert_eq!(produce(&boundary, 2, full + 2, 2), 2);
    assert_eq!(produce(&boundary, 1, full, 1), 0, "others gave no room");
    // Reading frees the room of what was read, in its ring.
    assert_eq!(read(&rings, 2), records(0..2));
    assert_eq!(produce(&boundary, 1, full + 4, 5), 2);
    assert_eq!(read(&rings, 1000), records(2..full + 6));
    for ring in 0..3 {
        assert_eq!(produce(&boundary, ring, 0, 1000), full, "{ring} is empty");
    }
}

#[test]
fn what_is_discarded_in_any_ring_is_skipped() {
    let Some(boundary) = Boundary::load_rings(2) else {
        return;
    };
    let rings = boundary.task_rings();
    for ring in 0..2 {
        let produced = boundary.produce(Production {
            ring,
            first: u64::from(ring) * 6,
            count: 6,
            dummies: DUMMY_DISCARDED,
            ..Production::default()
        });
        assert_eq!(produced, 6);
    }
    assert_eq!(read(&rings, 1000), records(0..12));
    assert!(!rings.has_records());
}

#[test]
fn reading_while_several_write() {
    const COUNT: u64 = 20_000;
    const RINGS: u32 = 3;
    let Some(boundary) = Boundary::load_rings(RINGS) else {
        return;
    };
    let rings = boundary.task_rings();
    std::thread::scope(|scope| {
        let patience = Patience::new();
        for ring in 0..RINGS {
            let boundary = &boundary;
            scope.spawn(move || {
                let patience = Patience::new();
                let begin = u64::from(ring) * COUNT;
                let mut next = begin;
                while next < begin + COUNT {
                    next += produce(boundary, ring, next, (begin + COUNT - next).min(500));
                    patience.last("sending records");
                }
            });
        }
        let mut next: Vec<u64> = (0..u64::from(RINGS)).map(|ring| ring * COUNT).collect();
        let mut left = u64::from(RINGS) * COUNT;
        while left > 0 {
            for task in read(&rings, 16) {
                let next = &mut next[(task.pid as u64 / COUNT) as usize];
                assert_eq!(task, record(*next), "each ring keeps its order");
                *next += 1;
                left -= 1;
            }
            patience.last("reading records");
        }
    });
    assert!(!rings.has_records());
}

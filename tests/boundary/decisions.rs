//! Decisions: from the caller's array to the kernel's callback.

use super::{ring_size, Boundary, Patience};
use crate::Decision;

/// Size of one decision in the ring, with its header.
const SAMPLE: u32 = 8 + 56;
const ALL: u32 = u32::MAX;

fn decision(n: u64) -> Decision {
    Decision {
        pid: n as i32,
        cpu: -(n as i32),
        slice_ns: n * 3,
        vtime: n * 5,
        flags: n * 7,
        seq: n,
        lease_ns: n * 11,
        lease_count: n as u32 + 13,
        reserved: 0,
    }
}

fn batch(first: u64, count: usize) -> Vec<Decision> {
    (first..).take(count).map(decision).collect()
}

/// Checks that the kernel side took decisions 0 to `count - 1`, and the content of the last `kept`.
fn assert_taken(boundary: &Boundary, count: u64, kept: u64) {
    let bss = boundary.bss();
    assert_eq!(bss.taken_count, count);
    assert_eq!(bss.taken_malformed, 0);
    assert_eq!(bss.taken_misordered, 0);
    for n in count - kept..count {
        let taken = bss.taken[(n % bss.taken.len() as u64) as usize];
        let taken = Decision {
            pid: taken.pid,
            cpu: taken.cpu,
            slice_ns: taken.slice_ns,
            vtime: taken.vtime,
            flags: taken.flags,
            seq: taken.seq,
            lease_ns: taken.lease_ns,
            lease_count: taken.lease_count,
            reserved: taken.reserved,
        };
        assert_eq!(taken, decision(n));
    }
}

#[test]
fn batches_arrive_across_wrap_around() {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let ring = boundary.decision_ring();
    assert!(ring.is_drained());
    let mut first = 0;
    for count in [1, 7, 61, 13, 64, 2].into_iter().cycle().take(60) {
        assert_eq!(ring.write(&batch(first, count)), count);
        first += count as u64;
        assert_eq!(ring.written(), first);
        assert!(!ring.is_drained());
        assert_eq!(boundary.drain(ALL), count as i32);
        assert!(ring.is_drained());
        assert_taken(&boundary, first, count as u64);
    }
    assert!(first * u64::from(SAMPLE) > 10 * u64::from(ring_size()) || ring_size() > 4096);
    assert_eq!(boundary.drain(ALL), 0, "nothing is left");
}

#[test]
fn an_empty_batch_is_nothing() {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let ring = boundary.decision_ring();
    assert_eq!(ring.write(&[]), 0);
    assert!(ring.is_drained());
    assert_eq!(boundary.drain(ALL), 0);
}

#[test]
fn a_full_ring_takes_what_fits() {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let ring = boundary.decision_ring();
    let capacity = (ring_size() / SAMPLE) as usize;
    assert_eq!(ring.write(&batch(0, capacity + 10)), capacity);
    assert_eq!(ring.written(), capacity as u64);
    let mut next = capacity as u64;
    assert_eq!(ring.write(&batch(next, 1)), 0, "the ring is full");

    // The kernel side takes some: as many fit again.
    assert_eq!(boundary.drain(4), 4);
    assert!(!ring.is_drained());
    assert_taken(&boundary, 4, 4);
    assert_eq!(ring.write(&batch(next, 10)), 4);
    next += 4;
    assert_eq!(boundary.drain(ALL), capacity as i32);
    assert!(ring.is_drained());
    assert_taken(&boundary, next, capacity.min(128) as u64);
}

#[test]
fn writing_while_the_kernel_drains() {
    const COUNT: u64 = 50_000;
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let ring = boundary.decision_ring();
    std::thread::scope(|scope| {
        let drainer = scope.spawn(|| {
            let patience = Patience::new();
            let mut taken = 0;
            while taken < COUNT {
                let count = boundary.drain(17);
                assert!(count >= 0, "drain: {count}");
                taken += count as u64;
                patience.last("draining decisions");
            }
        });
        let mut next = 0;
        while next < COUNT && !drainer.is_finished() {
            let count = (COUNT - next).min(60) as usize;
            next += ring.write(&batch(next, count)) as u64;
        }
        drainer.join().unwrap();
    });
    assert!(ring.is_drained());
    assert_taken(&boundary, COUNT, 64);
}

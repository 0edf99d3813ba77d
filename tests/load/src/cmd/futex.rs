// SPDX-License-Identifier: Apache-2.0
//! Threads that hand a lock, and a token, to one another by raw futex calls. A lost wake-up would leave
//! all of them asleep forever: the only time-out is the deadline of the whole run.

use crate::args::{int, Spec, CPU, OR_SECONDS};
use crate::cpus::pin;
use crate::hist::Hist;
use crate::report::{Ctx, Report};
use crate::team::Team;
use crate::time::{burn, now, Bound};
use crate::wait::{futex_wait, futex_wake, Gate, Scope};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::Arc;

pub static SPEC: Spec = Spec {
    name: "futex",
    about: "threads that fight for a futex lock, and as many that pass a token round a ring; finds lost wake-ups",
    flags: &[
        int("threads", "N", (1, 1000), Some("3"), "threads at the lock, and as many in the ring"),
        OR_SECONDS,
        int("count", "N", (1, 1 << 40), None, "acquisitions per thread at the lock, rounds of the token"),
        CPU,
    ],
    fields: "acquisitions, contended (of them, waited for), handoffs (of the token),\n  \
             handoff_p50_us, handoff_p90_us, handoff_p99_us, handoff_max_us (from before the wake to the woken)",
};

const FREE: u32 = 0;
const TAKEN: u32 = 1;
const AWAITED: u32 = 2;

/// A mutex of three states (Drepper, "Futexes are tricky"), and what it protects.
#[derive(Default)]
struct Lock {
    state: AtomicU32,
    guarded: UnsafeCell<u64>,
}

// SAFETY: `guarded` is touched only between `acquire` and `release`.
unsafe impl Sync for Lock {}

impl Lock {
    /// Acquires the lock. Returns whether it had to wait.
    fn acquire(&self) -> bool {
        if self
            .state
            .compare_exchange(FREE, TAKEN, SeqCst, SeqCst)
            .is_ok()
        {
            return false;
        }
        while self.state.swap(AWAITED, SeqCst) != FREE {
            futex_wait(&self.state, AWAITED, Scope::Process, None);
        }
        true
    }

    fn release(&self) {
        if self.state.swap(FREE, SeqCst) == AWAITED {
            futex_wake(&self.state, 1, Scope::Process);
        }
    }

    /// Adds one to the guarded number, slowly and not atomically: a broken lock would lose additions.
    fn add_one(&self) -> bool {
        let waited = self.acquire();
        // SAFETY: the lock is held, so nobody else touches the number.
        unsafe {
            let before = self.guarded.get().read_volatile();
            burn(200);
            self.guarded.get().write_volatile(before + 1);
        }
        self.release();
        waited
    }

    fn value(&self) -> u64 {
        self.acquire();
        // SAFETY: as above.
        let value = unsafe { self.guarded.get().read_volatile() };
        self.release();
        value
    }
}

const NOTHING: u32 = 0;
const TOKEN: u32 = 1;
const STOP: u32 = 2;

/// A place in the ring.
#[derive(Default)]
struct Seat {
    word: AtomicU32,
    given: AtomicU64,
}

impl Seat {
    fn give(&self, what: u32) {
        self.given.store(now(), SeqCst);
        self.word.store(what, SeqCst);
        futex_wake(&self.word, 1, Scope::Process);
    }

    fn receive(&self) -> u32 {
        loop {
            let what = self.word.swap(NOTHING, SeqCst);
            if what != NOTHING {
                return what;
            }
            futex_wait(&self.word, NOTHING, Scope::Process, None);
        }
    }
}

/// One seat's part: pass the token on until the end, then pass the end on.
fn sit(seats: &[Seat], place: usize, start: u64, bound: Bound) -> Hist {
    let (seat, next) = (&seats[place], &seats[(place + 1) % seats.len()]);
    let mut handoffs = Hist::new();
    loop {
        let what = seat.receive();
        if what == STOP {
            next.give(STOP);
            return handoffs;
        }
        let time = now();
        handoffs.record(time.saturating_sub(seat.given.load(SeqCst)));
        // Only seat 0 decides, so that the seats' numbers of rounds differ by at most one.
        let over = place == 0 && bound.over(start, time, handoffs.total());
        next.give(if over { STOP } else { TOKEN });
        if over {
            return handoffs;
        }
    }
}

enum Did {
    Lock { acquired: u64, waited: u64 },
    Ring(Box<Hist>),
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let (threads, bound, cpu) = (ctx.args.num("threads"), ctx.bound(), ctx.args.cpu());
    let gate = Arc::new(Gate::default());
    let lock = Arc::new(Lock::default());
    let seats: Arc<Vec<Seat>> = Arc::new((0..threads).map(|_| Seat::default()).collect());
    let mut team = Team::new();
    for i in 0..threads {
        let (gate, lock) = (gate.clone(), lock.clone());
        team.spawn(format!("locker {i}"), move || {
            let start = gate.arrive();
            pin(cpu)?;
            let (mut acquired, mut waited) = (0, 0);
            while !bound.over(start, now(), acquired) {
                waited += u64::from(lock.add_one());
                acquired += 1;
            }
            Ok(Did::Lock { acquired, waited })
        })?;
    }
    for i in 0..threads {
        let (gate, seats) = (gate.clone(), seats.clone());
        team.spawn(format!("seat {i}"), move || {
            let start = gate.arrive();
            pin(cpu)?;
            if i == 0 {
                seats[0].give(TOKEN);
            }
            Ok(Did::Ring(Box::new(sit(&seats, i, start, bound))))
        })?;
    }
    gate.open(team.len(), ctx.deadline)?;
    let (mut acquisitions, mut contended, mut handoffs) = (0, 0, Hist::new());
    for did in team
        .finish(ctx.deadline, &mut report.errors)
        .into_iter()
        .flatten()
    {
        match did {
            Did::Lock { acquired, waited } => {
                acquisitions += acquired;
                contended += waited;
            }
            Did::Ring(hist) => handoffs.merge(&hist),
        }
    }
    if report.errors.is_empty() {
        let counted = lock.value();
        report.check(counted == acquisitions, || {
            format!("{acquisitions} acquisitions, but {counted} counted under the lock")
        });
    }
    report.fields.raw("acquisitions", acquisitions);
    report.fields.raw("contended", contended);
    report.fields.raw("handoffs", handoffs.total());
    handoffs.describe(&mut report.fields, "handoff");
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{MS, SEC};

    #[test]
    fn the_ring_turns_as_often_as_asked() {
        let seats: Arc<Vec<Seat>> = Arc::new((0..3).map(|_| Seat::default()).collect());
        let bound = Bound {
            ns: None,
            count: Some(50),
        };
        let mut team = Team::new();
        for i in 0..3 {
            let seats = seats.clone();
            team.spawn(format!("{i}"), move || Ok(sit(&seats, i, 0, bound).total()))
                .unwrap();
        }
        seats[0].give(TOKEN);
        let mut errors = Vec::new();
        let turns = team.finish(now() + 60 * SEC, &mut errors);
        assert_eq!(
            (turns, errors),
            (vec![Some(50), Some(49), Some(49)], vec![])
        );
    }

    #[test]
    fn a_lost_token_is_a_hang_and_is_seen() {
        let seats: Arc<Vec<Seat>> = Arc::new((0..2).map(|_| Seat::default()).collect());
        let mut team = Team::new();
        let theirs = seats.clone();
        team.spawn("seat 0", move || Ok(theirs[0].receive()))
            .unwrap();
        let mut errors = Vec::new();
        team.finish(now() + 20 * MS, &mut errors);
        assert_eq!(errors, ["seat 0: hung: not finished by the deadline"]);
        seats[0].give(STOP);
    }
}

// SPDX-License-Identifier: Apache-2.0
//! A messenger and its workers: the pattern of a server that hands out requests, as in schbench.

use crate::args::{int, Spec, CPU, OR_SECONDS};
use crate::cpus::pin;
use crate::hist::Hist;
use crate::report::{Ctx, Report};
use crate::team::Team;
use crate::time::{burn, now};
use crate::wait::{futex_wait, futex_wake, Gate, Scope};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::Arc;

pub static SPEC: Spec = Spec {
    name: "wakers",
    about: "a messenger wakes workers by futex, each works and asks to be woken again; measures wake-up latency",
    flags: &[
        int("messengers", "N", (1, 1000), Some("1"), "how many groups"),
        int("workers", "N", (1, 1000), Some("4"), "workers of each messenger"),
        int("work", "STEPS", (0, 1_000_000_000), Some("20000"), "multiplications after each wake-up"),
        OR_SECONDS,
        int("count", "N", (1, 1 << 40), None, "wake-ups of each worker"),
        CPU,
    ],
    fields: "wakeups, wakeups_per_s, wakeup_p50_us, wakeup_p90_us, wakeup_p99_us, wakeup_max_us (from before the wake to the woken)",
};

/// The values of a worker's word.
const BUSY: u32 = 0;
const ASLEEP: u32 = 1;
const ENDED: u32 = 2;

#[derive(Default)]
struct Desk {
    state: AtomicU32,
    /// When the messenger woke it.
    woken: AtomicU64,
}

/// What a messenger and its workers share.
struct Group {
    /// Rung by each worker that changes its state.
    bell: AtomicU32,
    desks: Vec<Desk>,
}

impl Group {
    fn new(workers: usize) -> Self {
        let mut desks = Vec::new();
        desks.resize_with(workers, Desk::default);
        Group {
            bell: AtomicU32::new(0),
            desks,
        }
    }

    /// A worker publishes its state, before it rings the bell, so that the messenger sees the state.
    fn say(&self, worker: usize, state: u32) {
        self.desks[worker].state.store(state, SeqCst);
        self.bell.fetch_add(1, SeqCst);
        futex_wake(&self.bell, 1, Scope::Process);
    }

    /// A worker sleeps until the messenger wakes it. Returns its wake-up latency.
    fn sleep(&self, worker: usize) -> u64 {
        let desk = &self.desks[worker];
        self.say(worker, ASLEEP);
        while desk.state.load(SeqCst) == ASLEEP {
            futex_wait(&desk.state, ASLEEP, Scope::Process, None);
        }
        now().saturating_sub(desk.woken.load(SeqCst))
    }

    /// The messenger wakes all sleeping workers, until all have ended.
    fn serve(&self) {
        loop {
            let rung = self.bell.load(SeqCst);
            let mut ended = 0;
            for desk in &self.desks {
                match desk.state.load(SeqCst) {
                    ASLEEP => {
                        desk.woken.store(now(), SeqCst);
                        desk.state.store(BUSY, SeqCst);
                        futex_wake(&desk.state, 1, Scope::Process);
                    }
                    ENDED => ended += 1,
                    _ => {}
                }
            }
            if ended == self.desks.len() {
                return;
            }
            futex_wait(&self.bell, rung, Scope::Process, None);
        }
    }
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let gate = Arc::new(Gate::default());
    let mut team = Team::new();
    let (bound, cpu) = (ctx.bound(), ctx.args.cpu());
    let (messengers, workers) = (ctx.args.num("messengers"), ctx.args.num("workers"));
    let work = ctx.args.num("work") as u32;
    for group_number in 0..messengers {
        let group = Arc::new(Group::new(workers));
        for worker in 0..workers {
            let (gate, group) = (gate.clone(), group.clone());
            team.spawn(format!("worker {group_number}.{worker}"), move || {
                let start = gate.arrive();
                let pinned = pin(cpu);
                let mut latency = Hist::new();
                while pinned.is_ok() && !bound.over(start, now(), latency.total()) {
                    latency.record(group.sleep(worker));
                    burn(work);
                }
                group.say(worker, ENDED);
                pinned.map(|()| (latency, now()))
            })?;
        }
        let gate = gate.clone();
        team.spawn(format!("messenger {group_number}"), move || {
            let start = gate.arrive();
            pin(cpu)?;
            group.serve();
            Ok((Hist::new(), start))
        })?;
    }
    let start = gate.open(team.len(), ctx.deadline)?;
    let (mut latency, mut ended) = (Hist::new(), start);
    for (hist, end) in team
        .finish(ctx.deadline, &mut report.errors)
        .into_iter()
        .flatten()
    {
        latency.merge(&hist);
        ended = ended.max(end);
    }
    report.fields.raw("wakeups", latency.total());
    report
        .fields
        .rate("wakeups_per_s", latency.total(), ended - start);
    latency.describe(&mut report.fields, "wakeup");
    if let (Some(count), true) = (bound.count, bound.ns.is_none()) {
        let want = count * (messengers * workers) as u64;
        report.check(latency.total() == want, || {
            format!("{} wake-ups of {want}", latency.total())
        });
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sleep_is_ended_by_the_messenger() {
        let group = Arc::new(Group::new(2));
        let workers: Vec<_> = (0..2)
            .map(|i| {
                let group = group.clone();
                std::thread::spawn(move || {
                    let before = now();
                    let slept: Vec<_> = (0..50).map(|_| group.sleep(i)).collect();
                    group.say(i, ENDED);
                    slept.iter().all(|&ns| ns <= now() - before)
                })
            })
            .collect();
        group.serve();
        assert!(workers.into_iter().all(|w| w.join().unwrap()));
    }
}

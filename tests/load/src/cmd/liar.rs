// SPDX-License-Identifier: Apache-2.0
//! A task that wakes another as if it were about to sleep, but keeps computing.

use crate::args::{int, Spec, OR_SECONDS};
use crate::cmd::pingpong::{pipe, receive, send, END};
use crate::hist::Hist;
use crate::proc::Brood;
use crate::report::{Ctx, Report};
use crate::shm::Shm;
use crate::time::{now, sleep_until, use_cpu, MS, US};
use crate::wait::Gate;

pub static SPEC: Spec = Spec {
    name: "liar",
    about: "a process that wakes another through a pipe and computes on; measures how long that one takes to come",
    flags: &[
        int(
            "spin-us",
            "US",
            (1, 60_000_000),
            Some("100000"),
            "CPU time that it computes after each wake-up",
        ),
        OR_SECONDS,
        int("count", "N", (1, i64::MAX), None, "wake-ups"),
    ],
    fields: "wakeups, latency_p50_us, latency_p90_us, latency_p99_us, latency_max_us",
};

/// It sleeps before each wake-up, so that it has only just got its CPU then.
const PAUSE: u64 = 5 * MS;

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let bound = ctx.bound();
    let spin = ctx.args.num("spin-us") as u64 * US;
    let (mut from, mut to) = pipe()?;
    let gate = Shm::<Gate>::new(1)?;
    let outcome = Shm::<Hist>::new(1)?;
    let mut brood = Brood::new();
    {
        let (gate, outcome) = (&gate, &outcome);
        brood.spawn("liar".to_string(), move || {
            let start = gate.get(0).arrive();
            let mut wakeups = 0;
            while !bound.over(start, now(), wakeups) {
                sleep_until(now() + PAUSE);
                send(&mut to, now())?;
                wakeups += 1;
                use_cpu(spin);
            }
            send(&mut to, END)
        })?;
        brood.spawn("believer".to_string(), move || {
            gate.get(0).arrive();
            let mut latency = Hist::new();
            loop {
                match receive(&mut from)? {
                    END => break,
                    sent => latency.record(now().saturating_sub(sent)),
                }
            }
            outcome.put(0, latency);
            Ok(())
        })?;
    }
    gate.get(0).open(brood.len(), ctx.deadline)?;
    brood.finish(ctx.deadline, &mut report.errors)?;
    let latency = outcome.take(0);
    report.fields.raw("wakeups", latency.total());
    latency.describe(&mut report.fields, "latency");
    Ok(report)
}

// SPDX-License-Identifier: Apache-2.0
//! Interactive tasks: they sleep until a point in time, and measure how late they woke.

use crate::args::{int, Spec, CPU, OR_SECONDS};
use crate::cpus::pin;
use crate::hist::Hist;
use crate::report::{Ctx, Report};
use crate::team::Team;
use crate::time::{exact_timers, now, sleep_until, use_cpu, US};
use crate::wait::Gate;
use std::sync::Arc;

pub static SPEC: Spec = Spec {
    name: "sleeper",
    about: "interactive threads that sleep to absolute times; measures wake-up latency",
    flags: &[
        int("threads", "N", (1, 4096), Some("1"), "how many"),
        int(
            "period-us",
            "US",
            (1, 60_000_000),
            Some("10000"),
            "time from one wake-up to the next",
        ),
        int(
            "work-us",
            "US",
            (0, 60_000_000),
            Some("0"),
            "CPU time used after each wake-up",
        ),
        OR_SECONDS,
        int("count", "N", (1, i64::MAX), None, "wake-ups per thread"),
        CPU,
    ],
    fields: "wakeups, missed (periods skipped because the task was more than one period late),\n  \
             latency_p50_us, latency_p90_us, latency_p99_us, latency_max_us",
};

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let gate = Arc::new(Gate::default());
    let mut team = Team::new();
    let (bound, cpu) = (ctx.bound(), ctx.args.cpu());
    let period = ctx.args.num("period-us") as u64 * US;
    let work = ctx.args.num("work-us") as u64 * US;
    for i in 0..ctx.args.num("threads") {
        let gate = gate.clone();
        team.spawn(format!("sleeper {i}"), move || {
            let start = gate.arrive();
            pin(cpu)?;
            exact_timers();
            let (mut latency, mut missed, mut target) = (Hist::new(), 0, start);
            while !bound.over(start, now(), latency.total()) {
                let skip = now().saturating_sub(target) / period;
                missed += skip;
                target += (skip + 1) * period;
                sleep_until(target);
                latency.record(now().saturating_sub(target));
                use_cpu(work);
            }
            Ok((latency, missed))
        })?;
    }
    gate.open(team.len(), ctx.deadline)?;
    let (mut latency, mut missed) = (Hist::new(), 0);
    for (hist, skipped) in team
        .finish(ctx.deadline, &mut report.errors)
        .into_iter()
        .flatten()
    {
        latency.merge(&hist);
        missed += skipped;
    }
    report.fields.raw("wakeups", latency.total());
    report.fields.raw("missed", missed);
    latency.describe(&mut report.fields, "latency");
    Ok(report)
}

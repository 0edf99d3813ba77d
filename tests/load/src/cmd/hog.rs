// SPDX-License-Identifier: Apache-2.0
//! CPU-bound threads that notice when they were kept waiting.

use crate::args::{int, Spec, CPU, FOR_SECONDS};
use crate::cpus::pin;
use crate::hist::Hist;
use crate::json::{array, Obj};
use crate::report::{Ctx, Report};
use crate::sched::{self, Class};
use crate::team::Team;
use crate::time::{burn, now, thread_cpu, US};
use crate::wait::Gate;
use std::sync::Arc;

pub static SPEC: Spec = Spec {
    name: "hog",
    about: "CPU-bound threads; measures how long each waited for a CPU while wanting to run",
    flags: &[
        int("threads", "N", (1, 4096), Some("2"), "how many"),
        FOR_SECONDS,
        CPU,
        int("nice", "N", (-20, 19), None, "nice value of every thread (default: as inherited)"),
        int("gap-us", "US", (1, 10_000_000), Some("1000"), "a gap between two readings of the clock this long counts as a wait"),
    ],
    fields: "loops, cpu_us, gap_max_us, waits, waited_us, wait_p50_us, wait_p90_us, wait_p99_us, wait_max_us over all threads,\n  \
             threads: [the same per thread, and wall_us]. gap_max_us: the longest time between two consecutive clock\n  \
             readings, the first one being the common start; wait_*: of gaps of at least --gap-us",
};

struct Hogged {
    loops: u64,
    cpu: u64,
    wall: u64,
    gap_max: u64,
    waits: Hist,
}

/// The gaps between a task's clock readings.
struct Gaps {
    last: u64,
    threshold: u64,
    max: u64,
    waits: Hist,
}

impl Gaps {
    fn new(start: u64, threshold: u64) -> Self {
        Gaps {
            last: start,
            threshold,
            max: 0,
            waits: Hist::new(),
        }
    }

    fn reading(&mut self, now: u64) {
        let gap = now.saturating_sub(self.last);
        self.last = now;
        self.max = self.max.max(gap);
        if gap >= self.threshold {
            self.waits.record(gap);
        }
    }
}

fn describe(obj: &mut Obj, loops: u64, cpu: u64, gap_max: u64, waits: &Hist) {
    obj.raw("loops", loops);
    obj.us("cpu_us", cpu);
    obj.us("gap_max_us", gap_max);
    obj.raw("waits", waits.total());
    obj.us("waited_us", waits.sum());
    waits.describe(obj, "wait");
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let gate = Arc::new(Gate::default());
    let mut team = Team::new();
    let bound = ctx.bound();
    let (cpu, nice) = (ctx.args.cpu(), ctx.args.opt("nice").map(|n| n as i32));
    let threshold = ctx.args.num("gap-us") as u64 * US;
    for i in 0..ctx.args.num("threads") {
        let gate = gate.clone();
        team.spawn(format!("hog {i}"), move || {
            let start = gate.arrive();
            let cpu_before = thread_cpu();
            let mut gaps = Gaps::new(start, threshold);
            pin(cpu)?;
            if let Some(nice) = nice {
                sched::set(0, Class::Other, nice, 0)
                    .map_err(|e| format!("set nice {nice}: {e}"))?;
            }
            let mut loops = 0;
            loop {
                let reading = now();
                gaps.reading(reading);
                if bound.over(start, reading, loops) {
                    break;
                }
                burn(1000);
                loops += 1;
            }
            let cpu = thread_cpu() - cpu_before;
            Ok(Hogged {
                loops,
                cpu,
                wall: gaps.last - start,
                gap_max: gaps.max,
                waits: gaps.waits,
            })
        })?;
    }
    gate.open(team.len(), ctx.deadline)?;
    let (mut loops, mut cpu, mut gap_max, mut waits) = (0, 0, 0, Hist::new());
    let mut threads = Vec::new();
    for hog in team
        .finish(ctx.deadline, &mut report.errors)
        .into_iter()
        .flatten()
    {
        loops += hog.loops;
        cpu += hog.cpu;
        gap_max = gap_max.max(hog.gap_max);
        waits.merge(&hog.waits);
        let mut obj = Obj::new();
        describe(&mut obj, hog.loops, hog.cpu, hog.gap_max, &hog.waits);
        obj.us("wall_us", hog.wall);
        threads.push(obj.finish());
    }
    describe(&mut report.fields, loops, cpu, gap_max, &waits);
    report.fields.raw("threads", array(threads));
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starvation_is_seen_wherever_it_falls() {
        let mut gaps = Gaps::new(1_000, 500);
        gaps.reading(9_000); // late to its first turn
        gaps.reading(9_100);
        gaps.reading(9_700); // in the middle
        assert_eq!(
            (gaps.max, gaps.waits.total(), gaps.waits.sum()),
            (8_000, 2, 8_600)
        );
        gaps.reading(29_700); // at the end
        assert_eq!(gaps.max, 20_000);
    }
}

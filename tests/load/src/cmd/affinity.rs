// SPDX-License-Identifier: Apache-2.0
//! Tasks whose affinity changes all the time, while they run, wait and sleep; each checks which CPU it is on.
//!
//! Why there are no false alarms: the changer makes `version` odd, changes the affinity, writes the new mask
//! down, makes `version` even. A task reads version, mask, its CPU and the version again. If both versions are
//! equal and even, no change began or ended in between, and sched_setaffinity returns only once the task runs
//! on no other CPU: the mask read is the one that held when the CPU was looked up.

use crate::args::{int, Spec, FOR_SECONDS};
use crate::cpus::{get_affinity, getcpu, gettid, set_affinity, CpuSet, WORDS};
use crate::json::strings;
use crate::report::{Ctx, Report};
use crate::rng::Rng;
use crate::team::Team;
use crate::time::{burn, now, sleep_until, US};
use crate::wait::Gate;
use std::array::from_fn;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::SeqCst};
use std::sync::Arc;

pub static SPEC: Spec = Spec {
    name: "affinity",
    about: "hogs and sleepers whose affinity is changed all the time; each checks that it runs only where allowed",
    flags: &[
        int("tasks", "N", (1, 1000), Some("6"), "how many: hogs and sleepers in turn"),
        FOR_SECONDS,
        int("interval-us", "US", (0, 10_000_000), Some("300"), "pause after each change"),
    ],
    fields: "cpus, changes, samples, samples_min (of one task), unstable (looks that fell into a change, not judged),\n  \
             violations (must be 0), details: [at most 10 violations]",
};

/// The result of one look.
#[derive(Debug, PartialEq)]
enum Look {
    /// A change was going on: no verdict.
    Unstable,
    /// On an allowed CPU.
    Allowed,
    /// On a CPU outside the mask.
    Violation { cpu: usize, mask: CpuSet },
}

/// One task's affinity, as told by the changer.
struct Watch {
    tid: AtomicI32,
    version: AtomicU64,
    mask: [AtomicU64; WORDS],
}

impl Watch {
    fn new(mask: &CpuSet) -> Self {
        Watch {
            tid: AtomicI32::new(0),
            version: AtomicU64::new(0),
            mask: from_fn(|i| AtomicU64::new(mask.0[i])),
        }
    }

    /// Changes the affinity by `apply`; if that fails the old mask stands. One changer at a time.
    fn change<E>(
        &self,
        mask: &CpuSet,
        apply: impl FnOnce(&CpuSet) -> Result<(), E>,
    ) -> Result<(), E> {
        self.version.fetch_add(1, SeqCst);
        let result = apply(mask);
        if result.is_ok() {
            for (word, value) in self.mask.iter().zip(mask.0) {
                word.store(value, SeqCst);
            }
        }
        self.version.fetch_add(1, SeqCst);
        result
    }

    /// Judges where the caller, whose watch this is, runs; `where_am_i` returns the CPU.
    fn look(&self, where_am_i: impl FnOnce() -> usize) -> Look {
        let before = self.version.load(SeqCst);
        let mask = CpuSet(from_fn(|i| self.mask[i].load(SeqCst)));
        let cpu = where_am_i();
        if before % 2 == 1 || self.version.load(SeqCst) != before {
            return Look::Unstable;
        }
        if mask.has(cpu) {
            Look::Allowed
        } else {
            Look::Violation { cpu, mask }
        }
    }
}

#[derive(Default)]
struct Watched {
    samples: u64,
    unstable: u64,
    violations: u64,
    details: Vec<String>,
}

impl Watched {
    fn note(&mut self, look: Look) {
        match look {
            Look::Unstable => self.unstable += 1,
            Look::Allowed => self.samples += 1,
            Look::Violation { cpu, mask } => {
                self.samples += 1;
                self.violations += 1;
                if self.details.len() < 10 {
                    self.details.push(format!("on CPU {cpu}, allowed {mask}"));
                }
            }
        }
    }
}

/// A task: work or sleep, then look, until asked to end; at least one look must have counted.
fn live(gate: &Gate, watch: &Watch, sleeper: bool, mut rng: Rng) -> Watched {
    watch.tid.store(gettid(), SeqCst);
    gate.arrive();
    let mut seen = Watched::default();
    loop {
        let stopped = gate.stopped();
        if stopped && seen.samples > 0 {
            return seen;
        }
        if sleeper && !stopped {
            sleep_until(now() + rng.below(2000) * US);
        } else {
            burn(500);
        }
        seen.note(watch.look(getcpu));
    }
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let allowed = get_affinity(0).map_err(|e| format!("get affinity: {e}"))?;
    let tasks = ctx.args.num("tasks");
    let interval = ctx.args.num("interval-us") as u64 * US;
    let gate = Arc::new(Gate::default());
    let mut rng = Rng::new(ctx.seed);
    let watches: Vec<Arc<Watch>> = (0..tasks).map(|_| Arc::new(Watch::new(&allowed))).collect();
    let mut team = Team::new();
    for (i, watch) in watches.iter().enumerate() {
        let (gate, watch) = (gate.clone(), watch.clone());
        let sleeper = i % 2 == 1;
        let seed = rng.next();
        let name = format!("{} {i}", if sleeper { "sleeper" } else { "hog" });
        team.spawn(name, move || {
            Ok(live(&gate, &watch, sleeper, Rng::new(seed)))
        })?;
    }
    let start = gate.open(tasks, ctx.deadline)?;
    let mut changes = 0u64;
    // Every task's affinity is changed at least once, however late this thread gets its turns.
    while ctx.goes_on(start, changes, tasks as u64) {
        let watch = match watches.get(changes as usize) {
            Some(watch) => watch,
            None => &watches[rng.below(tasks as u64) as usize],
        };
        let (tid, mask) = (watch.tid.load(SeqCst), allowed.subset(&mut rng));
        if let Err(error) = watch.change(&mask, |mask| set_affinity(tid, mask)) {
            report
                .errors
                .push(format!("set affinity of thread {tid} to {mask}: {error}"));
            break;
        }
        changes += 1;
        if changes % 16 == 0 {
            let told =
                get_affinity(tid).map_err(|e| format!("get affinity of thread {tid}: {e}"))?;
            if told != mask {
                report.errors.push(format!(
                    "affinity of thread {tid} set to {mask}, the kernel says {told}"
                ));
                break;
            }
        }
        if interval > 0 {
            sleep_until(now() + interval);
        }
    }
    report.check_in_time(ctx);
    gate.stop();
    let (mut total, mut least) = (Watched::default(), u64::MAX);
    for seen in team
        .finish(ctx.deadline, &mut report.errors)
        .into_iter()
        .flatten()
    {
        least = least.min(seen.samples);
        total.samples += seen.samples;
        total.unstable += seen.unstable;
        total.violations += seen.violations;
        total.details.extend(seen.details);
    }
    total.details.truncate(10);
    report.check(total.violations == 0, || {
        format!("{} times on a CPU that was not allowed", total.violations)
    });
    report.fields.raw("cpus", allowed.iter().count());
    report.fields.raw("changes", changes);
    report.fields.raw("samples", total.samples);
    report
        .fields
        .raw("samples_min", if total.samples == 0 { 0 } else { least });
    report.fields.raw("unstable", total.unstable);
    report.fields.raw("violations", total.violations);
    report.fields.raw("details", strings(&total.details));
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fine(_: &CpuSet) -> Result<(), ()> {
        Ok(())
    }

    #[test]
    fn a_violation_is_seen() {
        let watch = Watch::new(&CpuSet::one(2));
        assert_eq!(watch.look(|| 2), Look::Allowed);
        assert_eq!(
            watch.look(|| 70),
            Look::Violation {
                cpu: 70,
                mask: CpuSet::one(2)
            }
        );
        watch.change(&CpuSet::one(70), fine).unwrap();
        assert_eq!(watch.look(|| 70), Look::Allowed);
        assert_eq!(
            watch.look(|| 2),
            Look::Violation {
                cpu: 2,
                mask: CpuSet::one(70)
            }
        );
        assert_eq!(
            watch.look(|| usize::MAX),
            Look::Violation {
                cpu: usize::MAX,
                mask: CpuSet::one(70)
            }
        );
        let mut seen = Watched::default();
        seen.note(watch.look(|| 1));
        seen.note(watch.look(|| 70));
        assert_eq!(
            (seen.samples, seen.violations, seen.details.len()),
            (2, 1, 1)
        );
    }

    #[test]
    fn a_look_during_a_change_is_not_judged() {
        let watch = Watch::new(&CpuSet::one(2));
        let during = watch.look(|| {
            watch.change(&CpuSet::one(3), fine).unwrap();
            3
        });
        assert_eq!(during, Look::Unstable);
        let mut within = None;
        let _ = watch.change(&CpuSet::one(4), |_| {
            within = Some(watch.look(|| 9));
            Err(())
        });
        assert_eq!(within, Some(Look::Unstable));
        assert_eq!(
            watch.look(|| 3),
            Look::Allowed,
            "a change that failed leaves the old mask"
        );
    }

    #[test]
    fn a_real_thread_on_a_wrong_cpu_is_seen() {
        std::thread::spawn(|| {
            let all = get_affinity(0).unwrap();
            let cpu = all.iter().next().unwrap();
            set_affinity(0, &CpuSet::one(cpu)).unwrap();
            let watch = Watch::new(&all);
            // The changer lies: it names another CPU, and changes nothing.
            watch.change(&CpuSet::one(cpu + 1), fine).unwrap();
            assert_eq!(
                watch.look(getcpu),
                Look::Violation {
                    cpu,
                    mask: CpuSet::one(cpu + 1)
                }
            );
            watch.change(&all, |set| set_affinity(0, set)).unwrap();
            assert_eq!(watch.look(getcpu), Look::Allowed);
        })
        .join()
        .unwrap();
    }
}

// SPDX-License-Identifier: Apache-2.0
//! Many short-lived processes and threads.

use crate::args::{int, Spec, OR_SECONDS};
use crate::proc::{self, Brood, Ended};
use crate::report::{Ctx, Report};
use crate::rng::Rng;
use crate::shm::{Plain, Shm};
use crate::time::{burn, now};
use crate::wait::Gate;
use std::process::{Command, Stdio};
use std::thread::Builder;

pub static SPEC: Spec = Spec {
    name: "forkstorm",
    about: "workers that start children of four kinds and reap them: fork, fork and exec, vfork and exec, thread",
    flags: &[
        int("parallel", "P", (1, 1000), Some("2"), "workers, each with up to 4 children at a time"),
        OR_SECONDS,
        int("count", "N", (1, i64::MAX), None, "children per worker"),
    ],
    fields: "children, forks, execs, vforks, threads, children_per_s. Every child's status is checked, and that none is left",
};

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Outcome {
    forks: u64,
    execs: u64,
    vforks: u64,
    threads: u64,
    ended: u64,
}

// SAFETY: integers only.
unsafe impl Plain for Outcome {}

impl Outcome {
    fn children(&self) -> u64 {
        self.forks + self.execs + self.vforks + self.threads
    }
}

fn expect(what: &str, ended: Ended, code: i32) -> Result<(), String> {
    if ended == Ended::Exit(code) {
        return Ok(());
    }
    Err(format!(
        "a child made by {what}: {ended} instead of exit status {code}"
    ))
}

fn thread(number: u64) -> Result<(), String> {
    let thread = Builder::new()
        .stack_size(64 * 1024)
        .spawn(move || {
            burn(100);
            number
        })
        .map_err(|e| format!("start thread: {e}"))?;
    match thread.join() {
        Ok(back) if back == number => Ok(()),
        Ok(back) => Err(format!("thread {number} returned {back}")),
        Err(_) => Err(format!("thread {number} panicked")),
    }
}

/// Starts up to four children, then reaps them all.
fn batch(rng: &mut Rng, outcome: &mut Outcome) -> Result<(), String> {
    let argv = proc::self_argv(&["true".to_string()])?;
    let mut expected = Vec::new();
    let mut vforked = Vec::new();
    for _ in 0..1 + rng.below(4) {
        match rng.below(3) {
            0 => {
                let code = rng.below(100) as i32;
                let steps = rng.below(5000) as u32;
                let pid = proc::fork(|| {
                    burn(steps);
                    code
                })?;
                expected.push(("fork", pid, code));
                outcome.forks += 1;
            }
            1 => {
                expected.push(("fork and exec", proc::fork_exec(&argv, None)?, 0));
                outcome.execs += 1;
            }
            _ => {
                // The standard library starts such a child by posix_spawn, which vforks.
                let child = Command::new("/proc/self/exe")
                    .arg("true")
                    .stdin(Stdio::null())
                    .spawn()
                    .map_err(|e| format!("spawn: {e}"))?;
                vforked.push(child);
                outcome.vforks += 1;
            }
        }
    }
    for (what, pid, code) in expected {
        expect(what, proc::reap(pid)?, code)?;
    }
    for mut child in vforked {
        let status = child.wait().map_err(|e| format!("wait: {e}"))?;
        if !status.success() {
            return Err(format!("a child made by vfork and exec: {status}"));
        }
    }
    // Threads run only while no child is being forked: see the contract of `proc`.
    thread(rng.next())?;
    outcome.threads += 1;
    Ok(())
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let workers = ctx.args.num("parallel");
    let bound = ctx.bound();
    let gate = Shm::<Gate>::new(1)?;
    let left = Shm::<Outcome>::new(workers)?;
    let mut brood = Brood::new();
    for worker in 0..workers {
        let seed = ctx.seed.wrapping_add(worker as u64);
        brood.spawn(format!("worker {worker}"), || {
            let start = gate.get(0).arrive();
            let mut rng = Rng::new(seed);
            let mut outcome = Outcome::default();
            while !bound.over(start, now(), outcome.children()) {
                batch(&mut rng, &mut outcome)?;
            }
            outcome.ended = now();
            if !proc::childless() {
                return Err("a child is left".into());
            }
            left.put(worker, outcome);
            Ok(())
        })?;
    }
    let start = gate.get(0).open(workers, ctx.deadline)?;
    brood.finish(ctx.deadline, &mut report.errors)?;
    let mut total = Outcome::default();
    for worker in 0..workers {
        let outcome = left.take(worker);
        total.forks += outcome.forks;
        total.execs += outcome.execs;
        total.vforks += outcome.vforks;
        total.threads += outcome.threads;
        total.ended = total.ended.max(outcome.ended);
    }
    report.check(proc::childless(), || "a child is left".into());
    report.fields.raw("children", total.children());
    report.fields.raw("forks", total.forks);
    report.fields.raw("execs", total.execs);
    report.fields.raw("vforks", total.vforks);
    report.fields.raw("threads", total.threads);
    report.fields.rate(
        "children_per_s",
        total.children(),
        total.ended.saturating_sub(start),
    );
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_end_is_an_error() {
        assert!(expect("fork", Ended::Exit(3), 3).is_ok());
        assert!(expect("fork", Ended::Exit(3), 4).is_err());
        assert!(expect("fork", Ended::Signal(9), 9).is_err());
    }
}

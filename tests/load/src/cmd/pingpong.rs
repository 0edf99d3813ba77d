// SPDX-License-Identifier: Apache-2.0
//! Pairs of processes that wake each other through pipes.

use crate::args::{int, Spec, CPU, OR_SECONDS};
use crate::cpus::pin;
use crate::hist::Hist;
use crate::proc::Brood;
use crate::report::{Ctx, Report};
use crate::shm::{Plain, Shm};
use crate::time::now;
use crate::wait::Gate;
use std::fs::File;
use std::io::{Error, Read, Write};
use std::os::fd::FromRawFd;

pub static SPEC: Spec = Spec {
    name: "pingpong",
    about: "pairs of processes that send a number to and fro through pipes; measures round trips",
    flags: &[
        int("pairs", "N", (1, 1000), Some("1"), "how many"),
        OR_SECONDS,
        int("count", "N", (1, i64::MAX), None, "round trips per pair"),
        CPU,
    ],
    fields: "rounds, rounds_per_s, rounds_min (of the slowest pair), round_p50_us, round_p90_us, round_p99_us, round_max_us",
};

/// A number that no round has: it means the end.
pub const END: u64 = u64::MAX;

#[derive(Clone, Copy)]
#[repr(C)]
struct Outcome {
    ended: u64,
    rounds: Hist,
}

// SAFETY: integers only.
unsafe impl Plain for Outcome {}

/// A pipe's two ends: to read from, to write to.
pub fn pipe() -> Result<(File, File), String> {
    let mut fds = [0; 2];
    // SAFETY: room for the two descriptors.
    if unsafe { libc::pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC) } < 0 {
        return Err(format!("make pipe: {}", Error::last_os_error()));
    }
    // SAFETY: two descriptors just made, owned by nobody else.
    Ok(unsafe { (File::from_raw_fd(fds[0]), File::from_raw_fd(fds[1])) })
}

/// Writes a number.
pub fn send(to: &mut File, number: u64) -> Result<(), String> {
    to.write_all(&number.to_ne_bytes())
        .map_err(|e| format!("write to pipe: {e}"))
}

/// Reads a number, once there is one.
pub fn receive(from: &mut File) -> Result<u64, String> {
    let mut bytes = [0; 8];
    from.read_exact(&mut bytes)
        .map_err(|e| format!("read from pipe: {e}"))?;
    Ok(u64::from_ne_bytes(bytes))
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    // If the other end dies first, write returns an error instead of killing us: Rust programs, and their
    // forked children, ignore SIGPIPE.
    let mut report = Report::new();
    let pairs = ctx.args.num("pairs");
    let (bound, cpu) = (ctx.bound(), ctx.args.cpu());
    let gate = Shm::<Gate>::new(1)?;
    let outcomes = Shm::<Outcome>::new(pairs)?;
    let mut brood = Brood::new();
    for pair in 0..pairs {
        let (mut ball_in, mut ball_out) = pipe()?;
        let (mut back_in, mut back_out) = pipe()?;
        let (gate, outcomes) = (&gate, &outcomes);
        // Each closure owns its ends, and the parent's copies close with it.
        brood.spawn(format!("ping {pair}"), move || {
            let start = gate.get(0).arrive();
            pin(cpu)?;
            let mut rounds = Hist::new();
            let mut before = now();
            while !bound.over(start, before, rounds.total()) {
                let number = rounds.total();
                send(&mut ball_out, number)?;
                let back = receive(&mut back_in)?;
                if back != number {
                    return Err(format!("sent {number}, got {back}"));
                }
                let after = now();
                rounds.record(after - before);
                before = after;
            }
            outcomes.put(
                pair,
                Outcome {
                    ended: before,
                    rounds,
                },
            );
            send(&mut ball_out, END)
        })?;
        brood.spawn(format!("pong {pair}"), move || {
            gate.get(0).arrive();
            pin(cpu)?;
            loop {
                match receive(&mut ball_in)? {
                    END => return Ok(()),
                    number => send(&mut back_out, number)?,
                }
            }
        })?;
    }
    let start = gate.get(0).open(brood.len(), ctx.deadline)?;
    brood.finish(ctx.deadline, &mut report.errors)?;
    let (mut rounds, mut least, mut ended) = (Hist::new(), u64::MAX, start);
    for pair in 0..pairs {
        let outcome = outcomes.take(pair);
        rounds.merge(&outcome.rounds);
        least = least.min(outcome.rounds.total());
        ended = ended.max(outcome.ended);
    }
    report.fields.raw("rounds", rounds.total());
    report
        .fields
        .rate("rounds_per_s", rounds.total(), ended - start);
    report.fields.raw("rounds_min", least);
    rounds.describe(&mut report.fields, "round");
    if let (Some(count), true) = (bound.count, bound.ns.is_none()) {
        report.check(rounds.total() == count * pairs as u64, || {
            format!("{} rounds of {count} x {pairs}", rounds.total())
        });
    }
    Ok(report)
}

// SPDX-License-Identifier: Apache-2.0
//! Message passing as hackbench does it, with every message accounted for.

use crate::args::{int, seconds, switch, Flag, Spec};
use crate::cmd::pingpong::pipe;
use crate::proc::Brood;
use crate::report::{Ctx, Report};
use crate::shm::{Plain, Shm};
use crate::team::Team;
use crate::time::{now, Bound};
use crate::wait::Gate;
use std::fs::File;
use std::io::{Error, Read, Write};
use std::os::fd::FromRawFd;
use std::sync::Arc;

pub static SPEC: Spec = Spec {
    name: "messages",
    about: "groups in which every sender writes to every receiver (as hackbench does); measures messages per second",
    flags: &[
        int("groups", "G", (1, 1000), Some("1"), "how many groups"),
        int("senders", "S", (1, 1000), Some("4"), "senders per group"),
        int("receivers", "R", (1, 1000), Some("4"), "receivers per group"),
        int("count", "N", (1, 1 << 40), None, "messages from each sender to each receiver (default: 200 unless --seconds is given)"),
        OR_SECONDS_INSTEAD,
        int("size", "BYTES", (16, 4096), Some("100"), "size of a message"),
        switch("threads", "threads instead of processes"),
        switch("pipe", "pipes instead of socket pairs"),
    ],
    fields: "tasks, sent, received, messages_per_s, run_us (from the start to the last task's end)",
};

const OR_SECONDS_INSTEAD: Flag = seconds(None, "how long to send, with or instead of --count");

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Outcome {
    sent: u64,
    received: u64,
    ended: u64,
}

// SAFETY: integers only.
unsafe impl Plain for Outcome {}

/// A message's first 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Head {
    sender: u32,
    /// 1 in a sender's last message, whose number is how many were before it.
    last: u32,
    number: u64,
}

impl Head {
    fn write(self, to: &mut [u8]) {
        to[..4].copy_from_slice(&self.sender.to_ne_bytes());
        to[4..8].copy_from_slice(&self.last.to_ne_bytes());
        to[8..16].copy_from_slice(&self.number.to_ne_bytes());
    }

    fn read(from: &[u8]) -> Head {
        let word =
            |at: usize| u32::from_ne_bytes([from[at], from[at + 1], from[at + 2], from[at + 3]]);
        let mut number = [0; 8];
        number.copy_from_slice(&from[8..16]);
        Head {
            sender: word(0),
            last: word(4),
            number: u64::from_ne_bytes(number),
        }
    }
}

/// A receiver's account: every sender's messages, none missing, none twice, in order, up to the last.
struct Ledger {
    next: Vec<u64>,
    open: usize,
    received: u64,
}

impl Ledger {
    fn new(senders: usize) -> Self {
        Ledger {
            next: vec![0; senders],
            open: senders,
            received: 0,
        }
    }

    fn enter(&mut self, head: Head) -> Result<(), String> {
        let Some(next) = self.next.get_mut(head.sender as usize) else {
            return Err(format!(
                "message from sender {}, who is not of the group",
                head.sender
            ));
        };
        if *next != head.number {
            return Err(format!(
                "sender {}: expected message {next}, got {}",
                head.sender, head.number
            ));
        }
        if head.last == 1 {
            *next = u64::MAX;
            self.open -= 1;
        } else {
            *next += 1;
            self.received += 1;
        }
        Ok(())
    }
}

fn socket_pair() -> Result<(File, File), String> {
    let mut fds = [0; 2];
    // SAFETY: room for the two descriptors.
    let rc = unsafe {
        libc::socketpair(
            libc::AF_UNIX,
            libc::SOCK_STREAM | libc::SOCK_CLOEXEC,
            0,
            fds.as_mut_ptr(),
        )
    };
    if rc < 0 {
        return Err(format!("make socket pair: {}", Error::last_os_error()));
    }
    // SAFETY: two descriptors just made, owned by nobody else.
    Ok(unsafe { (File::from_raw_fd(fds[0]), File::from_raw_fd(fds[1])) })
}

fn send_all(
    gate: &Gate,
    to: &[File],
    sender: usize,
    size: usize,
    bound: Bound,
) -> Result<Outcome, String> {
    let mut message = vec![0; size];
    let start = gate.arrive();
    let mut number = 0;
    loop {
        let last = bound.over(start, now(), number);
        Head {
            sender: sender as u32,
            last: u32::from(last),
            number,
        }
        .write(&mut message);
        for mut file in to {
            // Small enough to be atomic in a pipe; a stream socket does not split it either.
            file.write_all(&message).map_err(|e| format!("send: {e}"))?;
        }
        if last {
            return Ok(Outcome {
                sent: number * to.len() as u64,
                received: 0,
                ended: now(),
            });
        }
        number += 1;
    }
}

fn receive_all(
    gate: &Gate,
    from: &mut File,
    senders: usize,
    size: usize,
) -> Result<Outcome, String> {
    let mut message = vec![0; size];
    let mut ledger = Ledger::new(senders);
    gate.arrive();
    while ledger.open > 0 {
        from.read_exact(&mut message)
            .map_err(|e| format!("receive: {e}"))?;
        ledger.enter(Head::read(&message))?;
    }
    Ok(Outcome {
        sent: 0,
        received: ledger.received,
        ended: now(),
    })
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let args = &ctx.args;
    let (groups, senders, receivers) = (
        args.num("groups"),
        args.num("senders"),
        args.num("receivers"),
    );
    let size = args.num("size");
    let mut bound = Bound {
        ns: args.ns("seconds"),
        count: args.opt("count").map(|n| n as u64),
    };
    if bound
        == (Bound {
            ns: None,
            count: None,
        })
    {
        bound.count = Some(200);
    }
    let tasks = groups * (senders + receivers);
    let channel = if args.on("pipe") { pipe } else { socket_pair };

    let (start, outcomes): (u64, Vec<Outcome>) = if args.on("threads") {
        let gate = Arc::new(Gate::default());
        let mut team = Team::new();
        for group in 0..groups {
            let mut outs = Vec::new();
            for i in 0..receivers {
                let (mut input, output) = channel()?;
                outs.push(output);
                let gate = gate.clone();
                team.spawn(format!("group {group} receiver {i}"), move || {
                    receive_all(&gate, &mut input, senders, size)
                })?;
            }
            let outs = Arc::new(outs);
            for i in 0..senders {
                let (gate, outs) = (gate.clone(), outs.clone());
                team.spawn(format!("group {group} sender {i}"), move || {
                    send_all(&gate, &outs, i, size, bound)
                })?;
            }
        }
        let start = gate.open(tasks, ctx.deadline)?;
        (
            start,
            team.finish(ctx.deadline, &mut report.errors)
                .into_iter()
                .flatten()
                .collect(),
        )
    } else {
        let gate = Shm::<Gate>::new(1)?;
        let left = Shm::<Outcome>::new(tasks)?;
        let mut brood = Brood::new();
        for group in 0..groups {
            let mut outs = Vec::new();
            for i in 0..receivers {
                let (mut input, output) = channel()?;
                outs.push(output);
                let slot = brood.len();
                brood.spawn(format!("group {group} receiver {i}"), || {
                    left.put(slot, receive_all(gate.get(0), &mut input, senders, size)?);
                    Ok(())
                })?;
            }
            for i in 0..senders {
                let slot = brood.len();
                brood.spawn(format!("group {group} sender {i}"), || {
                    left.put(slot, send_all(gate.get(0), &outs, i, size, bound)?);
                    Ok(())
                })?;
            }
        }
        let start = gate.get(0).open(tasks, ctx.deadline)?;
        brood.finish(ctx.deadline, &mut report.errors)?;
        (start, (0..tasks).map(|i| left.take(i)).collect())
    };

    let sent: u64 = outcomes.iter().map(|o| o.sent).sum();
    let received: u64 = outcomes.iter().map(|o| o.received).sum();
    let run = outcomes
        .iter()
        .map(|o| o.ended)
        .max()
        .unwrap_or(0)
        .saturating_sub(start);
    report.fields.raw("tasks", tasks);
    report.fields.raw("sent", sent);
    report.fields.raw("received", received);
    report.fields.rate("messages_per_s", received, run);
    report.fields.us("run_us", run);
    report.check(sent == received && sent > 0, || {
        format!("{sent} messages sent, {received} received")
    });
    if let (Some(count), None) = (bound.count, bound.ns) {
        let expected = count * (groups * senders * receivers) as u64;
        report.check(received == expected, || {
            format!("{received} messages received, not {expected}")
        });
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(sender: u32, last: u32, number: u64) -> Head {
        Head {
            sender,
            last,
            number,
        }
    }

    #[test]
    fn heads_travel() {
        let mut bytes = [0; 100];
        head(7, 1, 1 << 50).write(&mut bytes);
        assert_eq!(Head::read(&bytes), head(7, 1, 1 << 50));
    }

    #[test]
    fn the_ledger_balances() {
        let mut ledger = Ledger::new(2);
        for h in [
            head(0, 0, 0),
            head(1, 0, 0),
            head(0, 0, 1),
            head(1, 1, 1),
            head(0, 1, 2),
        ] {
            ledger.enter(h).unwrap();
        }
        assert_eq!((ledger.open, ledger.received), (0, 3));
    }

    #[test]
    fn lost_doubled_late_and_foreign_messages_are_seen() {
        for (first, second) in [
            (head(0, 0, 0), head(0, 0, 2)),
            (head(0, 0, 0), head(0, 0, 0)),
            (head(0, 0, 0), head(0, 1, 2)),
            (head(0, 1, 0), head(0, 0, 1)),
            (head(0, 1, 0), head(0, 1, 0)),
            (head(1, 0, 0), head(5, 0, 0)),
        ] {
            let mut ledger = Ledger::new(2);
            ledger.enter(first).unwrap();
            assert!(ledger.enter(second).is_err(), "{first:?} then {second:?}");
        }
    }
}

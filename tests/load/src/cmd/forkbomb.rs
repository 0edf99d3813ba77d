// SPDX-License-Identifier: Apache-2.0
//! Processes that fork and execute themselves until the kernel refuses, and then keep a CPU busy.

use crate::args::{int, Spec, FOR_SECONDS};
use crate::report::{Ctx, Report};
use crate::time::{burn, now};
use std::env;
use std::process::{Command, Stdio};

pub static SPEC: Spec = Spec {
    name: "forkbomb",
    about: "forks without end, each process doing the same: run it with a limit on processes (prlimit --nproc)",
    flags: &[
        int("most", "N", (1, 100_000), Some("10000"), "forks of one process, at most"),
        FOR_SECONDS,
    ],
    fields: "forks, refused: of the first process",
};

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let (start, bound, most) = (now(), ctx.bound(), ctx.args.num("most"));
    let (mut forks, mut refused, mut loops) = (0, 0, 0);
    while !bound.over(start, now(), loops) {
        loops += 1;
        if forks < most && refused == 0 {
            // With exec: processes that only fork would all wait for one lock, that of their memory.
            let child = Command::new("/proc/self/exe")
                .args(env::args_os().skip(1))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            match child {
                Ok(_) => forks += 1,
                // Stop forking: a refused fork costs the kernel more than a loop here.
                Err(_) => refused += 1,
            }
        }
        burn(100_000);
    }
    report.fields.raw("forks", forks);
    report.fields.raw("refused", refused);
    if refused == 0 {
        return Err(format!("{forks} forks, and never a limit"));
    }
    Ok(report)
}

// SPDX-License-Identifier: Apache-2.0
//! Processes that fork until the kernel refuses, and then keep a CPU busy.

use crate::args::{int, Spec, FOR_SECONDS};
use crate::report::{Ctx, Report};
use crate::time::{burn, now};
use std::io::Error;

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
    let (mut forks, mut refused) = (0, 0);
    let mut first = true;
    let mut loops = 0;
    while !bound.over(start, now(), loops) {
        loops += 1;
        if forks < most {
            // SAFETY: this process has one thread, so the child may run anything.
            match unsafe { libc::fork() } {
                0 => (first, forks) = (false, 0),
                // Enough of it: a refused fork costs the kernel more than a loop here.
                -1 => (refused, forks) = (refused + 1, most),
                _ => forks += 1,
            }
        }
        burn(100_000);
    }
    if !first {
        // SAFETY: a child of ours has nothing to report and nothing to clean up.
        unsafe { libc::_exit(0) };
    }
    report.fields.raw("forks", forks);
    report.fields.raw("refused", refused);
    if refused == 0 {
        return Err(format!(
            "{forks} forks, and never a limit: {}",
            Error::last_os_error()
        ));
    }
    Ok(report)
}

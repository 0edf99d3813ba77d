// SPDX-License-Identifier: Apache-2.0
//! What a subcommand is given, and what it gives back.

use crate::args::Args;
use crate::json::{strings, Obj};
use crate::time::{now, Bound, SEC};

/// Exit status of a run that is not possible here.
pub const SKIP: i32 = 77;

/// A subcommand's surroundings.
pub struct Ctx {
    /// Its flags.
    pub args: Args,
    /// Seed of all its random choices.
    pub seed: u64,
    /// When to give up.
    pub deadline: u64,
}

/// How long a run with these flags may take: `--deadline`, or by default ten times `--seconds` plus a minute.
pub fn patience(args: &Args) -> u64 {
    let by_default = || match (args.ns("seconds"), args.opt("count")) {
        (Some(ns), _) => 10 * ns + 60 * SEC,
        (None, Some(_)) => 600 * SEC,
        (None, None) => 110 * SEC,
    };
    args.ns("deadline").unwrap_or_else(by_default)
}

impl Ctx {
    /// `--seconds` and `--count`, 5 seconds if neither is given.
    pub fn bound(&self) -> Bound {
        let count = self.args.opt("count").and_then(|n| u64::try_from(n).ok());
        let ns = self
            .args
            .ns("seconds")
            .or(if count.is_none() { Some(5 * SEC) } else { None });
        Bound { ns, count }
    }

    /// `--seconds` of a subcommand that has no `--count`.
    pub fn run_ns(&self) -> u64 {
        self.bound().ns.unwrap_or(5 * SEC)
    }

    /// Whether a loop that began at `start` and has done `done` of at least `least` steps continues: for
    /// `--seconds`, but never past the deadline.
    pub fn goes_on(&self, start: u64, done: u64, least: u64) -> bool {
        let time = now();
        time < self.deadline && (time < start + self.run_ns() || done < least)
    }
}

/// What happened.
#[derive(Default)]
pub struct Report {
    /// The subcommand's own fields.
    pub fields: Obj,
    /// What failed; empty if all is well.
    pub errors: Vec<String>,
    /// Why it did not run at all.
    pub skipped: Option<String>,
}

impl Report {
    /// An empty report.
    pub fn new() -> Self {
        Report::default()
    }

    /// Notes `what` as failed unless `held`.
    pub fn check(&mut self, held: bool, what: impl FnOnce() -> String) {
        if !held {
            self.errors.push(what());
        }
    }

    /// Notes it if the deadline has passed.
    pub fn check_in_time(&mut self, ctx: &Ctx) {
        self.check(now() < ctx.deadline, || {
            "not finished by the deadline".into()
        });
    }

    /// The exit status.
    pub fn status(&self) -> i32 {
        match (&self.skipped, self.errors.is_empty()) {
            (Some(_), _) => SKIP,
            (None, true) => 0,
            (None, false) => 1,
        }
    }

    /// The line of JSON.
    pub fn line(self, cmd: &str, seed: u64, started: u64) -> String {
        let mut obj = Obj::new();
        obj.text("cmd", cmd);
        obj.raw("ok", self.status() == 0);
        if let Some(reason) = &self.skipped {
            obj.text("skipped", reason);
        }
        obj.raw("seed", seed);
        obj.us("wall_us", now() - started);
        obj.extend(self.fields);
        obj.raw("errors", strings(&self.errors));
        obj.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_follows_checks() {
        let mut r = Report::new();
        r.check(true, || "fine".into());
        assert_eq!(r.status(), 0);
        r.check(false, || "broken".into());
        assert_eq!(r.status(), 1);
        r.skipped = Some("not here".into());
        assert_eq!(r.status(), SKIP);
        let line = r.line("x", 5, now());
        assert!(
            line.starts_with(r#"{"cmd":"x","ok":false,"skipped":"not here","seed":5,"wall_us":"#),
            "{line}"
        );
        assert!(line.ends_with(r#","errors":["broken"]}"#), "{line}");
    }
}

// SPDX-License-Identifier: Apache-2.0
//! scxload: loads for scheduler tests, each of which measures itself from inside the task.
//!
//! A subcommand is one file under `cmd`; what they share: [`args`] flags and help, [`report`] the line of JSON,
//! [`proc`] and [`team`] children and threads awaited with a deadline, [`wait`] the common start,
//! [`hist`] percentiles, [`time`], [`cpus`], [`sched`], [`shm`], [`rng`], [`json`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod args;
mod cmd;
mod cpus;
mod hist;
mod json;
mod proc;
mod report;
mod rng;
mod sched;
mod shm;
mod team;
mod time;
mod wait;

use report::{patience, Ctx, Report};
use std::io::Write;
use std::sync::OnceLock;

const USAGE: i32 = 2;

fn overview() -> String {
    let mut out = String::from(
        "scxload: loads for scheduler tests, with meters\n\nUsage: scxload SUBCOMMAND [FLAGS]\n\n",
    );
    for command in cmd::ALL {
        out.push_str(&format!(
            "  {:<12} {}\n",
            command.spec.name, command.spec.about
        ));
    }
    out.push_str("  true         exits at once with status 0\n\n`scxload SUBCOMMAND --help` tells the rest.\n");
    out
}

/// Prints to stdout without a panic if the pipe is closed. Returns whether it worked.
fn print(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_ok()
}

static LAST_WORDS: OnceLock<String> = OnceLock::new();

extern "C" fn on_alarm(_signal: libc::c_int) {
    // Async-signal-safe: an initialised OnceLock is read without a lock; write and _exit are allowed here.
    if let Some(words) = LAST_WORDS.get() {
        // SAFETY: the pointer and length of a string that lives as long as the process.
        unsafe { libc::write(1, words.as_ptr().cast(), words.len()) };
    }
    // SAFETY: ends the process; its children follow by PR_SET_PDEATHSIG.
    unsafe { libc::_exit(1) };
}

/// The last resort, some time after the deadline: if even the waiting hangs, the process ends with a line of JSON
/// that says so.
fn backstop(cmd: &str, seed: u64, patience_ns: u64) {
    let mut report = Report::new();
    report
        .errors
        .push("hung: the deadline passed and waiting for it hung, too".into());
    let words = report.line(cmd, seed, time::now()) + "\n";
    if LAST_WORDS.set(words).is_ok() {
        let handler: extern "C" fn(libc::c_int) = on_alarm;
        // SAFETY: the handler is async-signal-safe (see there) and lives as long as the process.
        unsafe {
            libc::signal(libc::SIGALRM, handler as libc::sighandler_t);
            libc::alarm((patience_ns / time::SEC + 15).min(u64::from(u32::MAX)) as libc::c_uint);
        }
    }
}

fn run(given: &[String]) -> i32 {
    let Some(name) = given.first() else {
        eprint!("{}", overview());
        return USAGE;
    };
    match name.as_str() {
        "true" => return 0,
        "--help" | "-h" | "help" => return i32::from(!print(&overview())),
        _ => {}
    }
    let Some(command) = cmd::ALL.iter().find(|c| c.spec.name == name) else {
        eprintln!("scxload: unknown subcommand {name:?}; see scxload --help");
        return USAGE;
    };
    let args = match command.spec.parse(&given[1..]) {
        Ok(args) if args.on("help") => return i32::from(!print(&command.spec.help())),
        Ok(args) => args,
        Err(error) => {
            eprintln!("scxload {name}: {error}; see scxload {name} --help");
            return USAGE;
        }
    };
    let seed = match args.text("seed").map(str::parse) {
        None => time::clock_seed(),
        Some(Ok(seed)) => seed,
        Some(Err(_)) => {
            eprintln!(
                "scxload {name}: --seed wants an integer from 0 to {}",
                u64::MAX
            );
            return USAGE;
        }
    };
    let started = time::now();
    let patience = patience(&args);
    backstop(name, seed, patience);
    let ctx = Ctx {
        args,
        seed,
        deadline: started + patience,
    };
    let report = (command.run)(&ctx).unwrap_or_else(|error| {
        let mut report = Report::new();
        report.errors.push(error);
        report
    });
    let status = report.status();
    let printed = print(&(report.line(name, seed, started) + "\n"));
    if printed {
        status
    } else {
        status.max(1)
    }
}

fn main() {
    let given: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|a| a.to_string_lossy().into_owned())
        .collect();
    // Ends threads that hung, too.
    std::process::exit(run(&given));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spec_has_valid_defaults() {
        for command in cmd::ALL {
            assert!(command.spec.parse(&[]).is_ok(), "{}", command.spec.name);
            assert!(!command.spec.fields.is_empty());
        }
        assert!(overview().contains("nicemix"));
    }
}

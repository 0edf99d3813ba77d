// SPDX-License-Identifier: Apache-2.0
//! The program as a user meets it: every subcommand runs, ends, says so, and can fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn scxload(args: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scxload"))
        .args(args.split_whitespace())
        .output()
        .unwrap()
}

fn root() -> bool {
    // SAFETY: no arguments, cannot fail.
    unsafe { libc::geteuid() == 0 }
}

/// Runs it, expects `status` and exactly one line of JSON, and returns the line.
fn json(args: &str, status: i32) -> String {
    let out = scxload(args);
    let text = String::from_utf8(out.stdout).unwrap();
    let err = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(status), "{args}: {text} {err}");
    assert_eq!(text.lines().count(), 1, "{args}: {text}");
    let line = text.trim_end().to_string();
    let cmd = args.split_whitespace().next().unwrap();
    assert!(
        line.starts_with(&format!("{{\"cmd\":\"{cmd}\",\"ok\":{}", status == 0)),
        "{line}"
    );
    assert!(
        line.ends_with('}') && line.contains("\"seed\":") && line.contains("\"errors\":["),
        "{line}"
    );
    line
}

/// The number behind the first `"key":`.
fn number(line: &str, key: &str) -> f64 {
    let rest = line
        .split_once(&format!("\"{key}\":"))
        .unwrap_or_else(|| panic!("no {key} in {line}"))
        .1;
    rest.split([',', '}', ']'])
        .next()
        .unwrap()
        .parse()
        .unwrap_or_else(|_| panic!("{key} in {line}"))
}

#[test]
fn hog() {
    let line = json("hog --threads 3 --seconds 0.3 --nice 5 --seed 42", 0);
    assert!(line.contains("\"seed\":42,"));
    assert!(
        number(&line, "loops") > 0.0
            && number(&line, "cpu_us") > 0.0
            && number(&line, "gap_max_us") > 0.0
    );
    assert_eq!(line.matches("\"wall_us\"").count(), 4);
    assert!(json("hog --cpu 1023 --seconds 0.1", 1).contains("pin to CPU 1023"));
}

#[test]
fn pingpong() {
    let line = json("pingpong --pairs 2 --count 50", 0);
    assert_eq!(
        (number(&line, "rounds"), number(&line, "rounds_min")),
        (100.0, 50.0)
    );
    assert!(number(&json("pingpong --seconds 0.2 --cpu 0", 0), "round_p99_us") > 0.0);
}

#[test]
fn liar() {
    let line = json("liar --spin-us 1000 --count 20", 0);
    assert_eq!(number(&line, "wakeups"), 20.0);
    assert!(number(&line, "latency_p50_us") > 0.0);
}

#[test]
fn messages() {
    for how in ["", "--pipe", "--threads", "--threads --pipe", "--size 4096"] {
        let line = json(
            &format!("messages --groups 2 --senders 2 --receivers 3 --count 20 {how}"),
            0,
        );
        assert_eq!(
            (number(&line, "sent"), number(&line, "received")),
            (240.0, 240.0)
        );
    }
    assert!(number(&json("messages --seconds 0.2", 0), "messages_per_s") > 0.0);
}

#[test]
fn sleeper() {
    let line = json("sleeper --period-us 1000 --work-us 100 --count 20", 0);
    assert_eq!(number(&line, "wakeups"), 20.0);
    assert!(number(&line, "latency_p50_us") <= number(&line, "latency_max_us"));
}

#[test]
fn wakers() {
    let line = json("wakers --messengers 2 --workers 3 --count 20", 0);
    assert_eq!(number(&line, "wakeups"), 120.0);
    assert!(number(&line, "wakeup_p50_us") <= number(&line, "wakeup_max_us"));
}

#[test]
fn forkstorm() {
    let line = json("forkstorm --parallel 2 --count 40 --seed 1", 0);
    assert!(number(&line, "children") >= 80.0);
    assert!(
        ["forks", "execs", "vforks", "threads"]
            .iter()
            .all(|k| number(&line, k) > 0.0),
        "{line}"
    );
}

#[test]
fn futex() {
    let line = json("futex --threads 4 --count 300", 0);
    assert_eq!(number(&line, "acquisitions"), 1200.0);
    assert!(number(&line, "handoffs") >= 1197.0);
    assert!(number(&json("futex --threads 1 --seconds 0.1", 0), "handoffs") > 0.0);
}

#[test]
fn affinity() {
    let line = json("affinity --tasks 4 --seconds 0.5", 0);
    assert_eq!(number(&line, "violations"), 0.0);
    assert!(number(&line, "changes") > 3.0 && number(&line, "samples_min") > 0.0);
}

#[test]
fn nicemix() {
    let line = json(
        if root() {
            "nicemix --seconds 0.5"
        } else {
            "nicemix --seconds 0.5 --unprivileged"
        },
        0,
    );
    assert!(
        line.contains("\"cpu_us_by_nice\":{") && number(&line, "changes") > 0.0,
        "{line}"
    );
}

#[test]
fn cgroupmove() {
    assert!(json("cgroupmove --seconds 0.2 --root /proc", 77)
        .contains("\"skipped\":\"/proc is no cgroup v2"));
    let v2 = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        .into_iter()
        .find(|r| std::path::Path::new(r).join("cgroup.controllers").exists());
    match v2 {
        Some(v2) if root() => {
            let line = json(&format!("cgroupmove --seconds 0.3 --root {v2}"), 0);
            assert!(
                number(&line, "moves") >= 8.0 && number(&line, "verified") > 0.0,
                "{line}"
            );
        }
        _ => eprintln!("not tested: needs root and cgroup v2"),
    }
}

#[test]
fn memory() {
    let line = json("memory --mb 2 --count 3", 0);
    assert_eq!(
        (number(&line, "passes"), number(&line, "touches")),
        (3.0, 1536.0)
    );
    let faults = number(
        &json("memory --mb 2 --count 3 --refault", 0),
        "minor_faults",
    );
    assert!(faults >= 1536.0, "{faults}");
}

#[test]
fn zoo_passes_and_fails() {
    let line = json("zoo --seconds 0.3 --only hog,memory,messages --seed 9", 0);
    assert_eq!(
        (number(&line, "passed"), line.matches("\"cmd\":").count()),
        (3.0, 4)
    );
    // The load itself reports what hung, before the zoo would kill it.
    let line = json("zoo --seconds 600 --only hog,sleeper --deadline 1", 1);
    assert!(line.contains("\"failed\":[\"hog\",\"sleeper\"]"), "{line}");
    assert!(
        line.contains("hog 0: hung: not finished by the deadline"),
        "{line}"
    );
}

#[test]
fn a_run_that_outlasts_its_deadline_fails() {
    for args in [
        "futex",
        "pingpong",
        "messages",
        "forkstorm",
        "liar",
        "sleeper",
        "wakers",
    ] {
        let line = json(&format!("{args} --seconds 600 --deadline 0.5"), 1);
        assert!(
            line.contains("hung: not finished by the deadline"),
            "{line}"
        );
    }
    for args in ["affinity", "nicemix --unprivileged"] {
        let line = json(&format!("{args} --seconds 600 --deadline 0.5"), 1);
        assert!(line.contains("not finished by the deadline"), "{line}");
    }
}

#[test]
fn wrong_usage() {
    for (args, message) in [
        (
            "hog --nope",
            "scxload hog: unknown flag --nope; see scxload hog --help",
        ),
        ("hog --threads 0", "--threads \"0\": wants an integer"),
        ("hog --seed x", "--seed wants an integer"),
        ("nosuch", "unknown subcommand \"nosuch\""),
        ("", "Usage: scxload"),
    ] {
        let out = scxload(args);
        assert_eq!(
            (out.status.code(), out.stdout.len()),
            (Some(2), 0),
            "{args}"
        );
        assert!(
            String::from_utf8_lossy(&out.stderr).contains(message),
            "{args}: {out:?}"
        );
    }
    assert!(json("zoo --only nosuch", 1).contains("unknown load"));
    let help = scxload("hog --help");
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--gap-us"));
    let out = scxload("true");
    assert!(out.status.success() && out.stdout.is_empty() && out.stderr.is_empty());
}

/// The pids of `pid`'s descendants, from /proc.
fn descendants(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut at = 0;
    while at < found.len() {
        let path = format!("/proc/{0}/task/{0}/children", found[at]);
        let text = std::fs::read_to_string(path).unwrap_or_default();
        found.extend(text.split_whitespace().map(|p| p.parse::<u32>().unwrap()));
        at += 1;
    }
    found.remove(0);
    found
}

#[test]
fn a_killed_parent_leaves_no_children() {
    let mut zoo = Command::new(env!("CARGO_BIN_EXE_scxload"))
        .args("zoo --seconds 600 --only pingpong,messages,hog".split_whitespace())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let limit = Instant::now() + Duration::from_secs(60);
    // 3 loads, 2 pairs, 1 group of 2 and 2.
    let mut kids = Vec::new();
    while kids.len() < 3 + 4 + 4 {
        assert!(Instant::now() < limit, "children did not come up: {kids:?}");
        kids = descendants(zoo.id());
        std::thread::yield_now();
    }
    zoo.kill().unwrap();
    zoo.wait().unwrap();
    let mut line = String::new();
    BufReader::new(zoo.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(line, "");
    // Orphans are reaped by the process that adopts them; a zombie counts as gone.
    let gone = |pid: &u32| {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |s| s.contains(") Z "))
    };
    while !kids.iter().all(gone) {
        assert!(Instant::now() < limit, "children are left: {kids:?}");
        std::thread::yield_now();
    }
}

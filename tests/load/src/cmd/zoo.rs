// SPDX-License-Identifier: Apache-2.0
//! All loads together.

use crate::args::{switch, text, Spec, FOR_SECONDS};
use crate::json::{array, strings, Obj};
use crate::proc::{self_argv, Brood, Ended, OnFailure};
use crate::report::{Ctx, Report, SKIP};
use crate::time::{now, SEC};
use std::fs::File;
use std::io::{Error, Read, Seek};
use std::os::fd::{FromRawFd, OwnedFd};

pub static SPEC: Spec = Spec {
    name: "zoo",
    about: "all other loads together, at a small scale, each a process of its own",
    flags: &[
        FOR_SECONDS,
        text("only", "LIST", None, "only these loads (comma-separated)"),
        text("skip", "LIST", None, "all but these loads (comma-separated)"),
        text("root", "DIR", None, "passed on to cgroupmove"),
        switch("unprivileged", "passed on to nicemix"),
        switch("strict", "a load that cannot run here is a failure"),
    ],
    fields: "passed, failed, skipped: [names], results: [each load's own object]. The loads' deadline is a little before --deadline",
};

/// A load and its flags, `--seconds` aside.
const LOADS: &[(&str, &[&str])] = &[
    ("hog", &["--threads", "2"]),
    ("pingpong", &["--pairs", "2"]),
    (
        "messages",
        &["--groups", "1", "--senders", "2", "--receivers", "2"],
    ),
    ("sleeper", &["--threads", "2", "--period-us", "5000"]),
    ("wakers", &["--workers", "2"]),
    ("liar", &["--spin-us", "5000"]),
    ("forkstorm", &["--parallel", "2"]),
    ("futex", &["--threads", "2"]),
    ("affinity", &["--tasks", "4"]),
    ("nicemix", &[]),
    ("cgroupmove", &["--tasks", "4"]),
    ("memory", &["--mb", "8"]),
];

/// A file without a name, for a child's output: unlike a pipe it never fills and needs no reader.
fn scratch() -> Result<File, String> {
    // SAFETY: a C string; the flag is known.
    let fd = unsafe { libc::memfd_create(c"scxload".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(format!("make memory file: {}", Error::last_os_error()));
    }
    // SAFETY: a descriptor just made, owned by nobody else.
    Ok(unsafe { File::from_raw_fd(fd) })
}

/// The names in a list; an unknown one is an error.
fn names(list: Option<&str>) -> Result<Option<Vec<&str>>, String> {
    let Some(list) = list else { return Ok(None) };
    let names: Vec<&str> = list.split(',').collect();
    match names
        .iter()
        .find(|n| !LOADS.iter().any(|(load, _)| load == *n))
    {
        Some(name) => Err(format!("unknown load {name:?}")),
        None => Ok(Some(names)),
    }
}

/// Judges a load by its end and output: its object, and whether it passed, was skipped, or why it failed.
fn judge(name: &str, ended: Ended, output: &str) -> (String, Result<bool, String>) {
    let line = output.lines().next_back().unwrap_or_default().trim();
    let whole = line.starts_with('{') && line.ends_with('}');
    let verdict = match ended {
        Ended::Exit(0) if whole && line.contains("\"ok\":true") => Ok(true),
        Ended::Exit(SKIP) if whole => Ok(false),
        Ended::Exit(0) => Err(format!("{name}: exit status 0, but no result that says ok")),
        ended => Err(format!("{name}: {ended}")),
    };
    if whole {
        return (line.to_string(), verdict);
    }
    let mut obj = Obj::new();
    obj.text("cmd", name);
    obj.raw("ok", false);
    obj.raw("errors", strings(&[format!("{ended}, no result")]));
    (obj.finish(), verdict)
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let (only, skip) = (names(ctx.args.text("only"))?, names(ctx.args.text("skip"))?);
    let seconds = ctx.run_ns() as f64 / SEC as f64;
    // Before our own deadline, so that a load that notices what hung can say so.
    let patience = ctx.deadline.saturating_sub(now()) as f64 / SEC as f64;
    let theirs = (patience - 10.0).max(patience * 0.8);
    let mut brood = Brood::new();
    let mut outputs = Vec::new();
    for (i, (name, flags)) in LOADS.iter().enumerate() {
        if only.as_ref().is_some_and(|o| !o.contains(name))
            || skip.as_ref().is_some_and(|s| s.contains(name))
        {
            continue;
        }
        let mut args = vec![name.to_string()];
        args.extend(flags.iter().map(|f| f.to_string()));
        args.extend(["--seconds".to_string(), seconds.to_string()]);
        args.extend(["--deadline".to_string(), format!("{theirs:.3}")]);
        args.extend([
            "--seed".to_string(),
            ctx.seed.wrapping_add(i as u64).to_string(),
        ]);
        if let ("cgroupmove", Some(root)) = (*name, ctx.args.text("root")) {
            args.extend(["--root".to_string(), root.to_string()]);
        }
        if *name == "nicemix" && ctx.args.on("unprivileged") {
            args.push("--unprivileged".to_string());
        }
        let output = scratch()?;
        let copy: OwnedFd = output
            .try_clone()
            .map_err(|e| format!("copy descriptor: {e}"))?
            .into();
        brood.spawn_exec(*name, &self_argv(&args)?, Some(&copy))?;
        outputs.push(output);
    }
    if outputs.is_empty() {
        return Err("no load is left to run".into());
    }
    let (mut passed, mut failed, mut skipped, mut results) =
        (0, Vec::new(), Vec::new(), Vec::new());
    for ((name, ended), mut output) in brood
        .wait(ctx.deadline, OnFailure::Continue)?
        .into_iter()
        .zip(outputs)
    {
        let mut bytes = Vec::new();
        output
            .rewind()
            .and_then(|()| output.read_to_end(&mut bytes))
            .map_err(|e| format!("read result of {name}: {e}"))?;
        let (object, verdict) = judge(&name, ended, &String::from_utf8_lossy(&bytes));
        results.push(object);
        match verdict {
            Ok(true) => passed += 1,
            Ok(false) => skipped.push(name),
            Err(error) => {
                report.errors.push(error);
                failed.push(name);
            }
        }
    }
    report.check(!ctx.args.on("strict") || skipped.is_empty(), || {
        format!("skipped: {}", skipped.join(", "))
    });
    report.check(passed > 0, || "nothing passed".into());
    report.fields.raw("passed", passed);
    report.fields.raw("failed", strings(&failed));
    report.fields.raw("skipped", strings(&skipped));
    report.fields.raw("results", array(results));
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        let ok = "noise\n{\"cmd\":\"x\",\"ok\":true}\n";
        assert_eq!(
            judge("x", Ended::Exit(0), ok),
            ("{\"cmd\":\"x\",\"ok\":true}".into(), Ok(true))
        );
        assert_eq!(judge("x", Ended::Exit(77), "{\"ok\":false}").1, Ok(false));
        for (ended, output) in [
            (Ended::Exit(1), ok),
            (Ended::Exit(0), ""),
            (Ended::Exit(0), "{\"ok\":false}"),
            (Ended::Exit(77), ""),
            (Ended::Hung, ok),
            (Ended::Signal(9), "{\"trunc"),
        ] {
            let (object, verdict) = judge("x", ended, output);
            assert!(
                verdict.is_err() && object.starts_with('{') && object.ends_with('}'),
                "{ended:?} {output:?}"
            );
        }
    }

    #[test]
    fn every_load_has_flags_that_parse() {
        for (name, flags) in LOADS {
            let command = crate::cmd::ALL
                .iter()
                .find(|c| c.spec.name == *name)
                .unwrap();
            let flags: Vec<String> = flags.iter().map(|f| f.to_string()).collect();
            command.spec.parse(&flags).unwrap();
        }
        assert_eq!(
            LOADS.len(),
            // The zoo itself is none, and a bomb needs a limit.
            crate::cmd::ALL.len() - 2,
            "a load is missing from the zoo"
        );
        assert!(names(Some("hog,nope")).unwrap_err().contains("nope"));
    }
}

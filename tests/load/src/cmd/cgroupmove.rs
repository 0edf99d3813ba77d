// SPDX-License-Identifier: Apache-2.0
//! Tasks that keep being moved between two cgroups, whose weights keep changing.

use crate::args::{int, text, Spec, FOR_SECONDS};
use crate::proc::Brood;
use crate::report::{Ctx, Report};
use crate::rng::Rng;
use crate::shm::{Plain, Shm};
use crate::time::{burn, now, sleep_until, MS, SEC, US};
use crate::wait::Gate;
use std::fs;
use std::io::{Error, ErrorKind, Seek};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

pub static SPEC: Spec = Spec {
    name: "cgroupmove",
    about: "busy and sleeping processes moved between two cgroups (v2) of changing cpu.weight",
    flags: &[
        FOR_SECONDS,
        int("tasks", "N", (1, 1000), Some("4"), "how many: busy and sleeping ones in turn"),
        int("interval-us", "US", (0, 10_000_000), Some("500"), "pause after each move"),
        text("root", "DIR", Some("/sys/fs/cgroup"), "a cgroup v2 directory to make the two cgroups in"),
    ],
    fields: "moves, verified (moves looked up in /proc), weight_changes, cpu_controller (whether there were weights to change),\n  \
             loops. Exits with 77 if DIR is no cgroup v2 directory",
};

const PREFIX: &str = "scxload-";

#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Outcome {
    loops: u64,
}

// SAFETY: integers only.
unsafe impl Plain for Outcome {}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

extern "C" fn on_signal(_: libc::c_int) {
    INTERRUPTED.store(true, SeqCst);
}

/// SIGINT and SIGTERM end the run in order, so that the cgroups are removed.
fn catch_signals() {
    let handler: extern "C" fn(libc::c_int) = on_signal;
    // SAFETY: the handler stores one atomic, which is async-signal-safe.
    unsafe {
        libc::signal(libc::SIGINT, handler as libc::sighandler_t);
        libc::signal(libc::SIGTERM, handler as libc::sighandler_t);
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    // Not fs::write: no O_CREAT and no O_TRUNC in a cgroup file system.
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())
}

fn words(path: &Path) -> Vec<String> {
    fs::read_to_string(path)
        .unwrap_or_default()
        .split_whitespace()
        .map(String::from)
        .collect()
}

/// A cgroup of ours; dropping it removes it.
struct Group(PathBuf);

impl Group {
    fn make(path: PathBuf) -> Result<Self, String> {
        fs::create_dir(&path).map_err(|e| format!("make cgroup {}: {e}", path.display()))?;
        Ok(Group(path))
    }

    /// Waits until it is empty (cgroup.events notifies of each change), then removes it.
    fn remove(&self, deadline: u64) -> Result<(), String> {
        let context = |e: Error| format!("remove cgroup {}: {e}", self.0.display());
        let mut events = match fs::File::open(self.0.join("cgroup.events")) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            other => other.map_err(context)?,
        };
        loop {
            events.rewind().map_err(context)?;
            let text = std::io::read_to_string(&events).map_err(context)?;
            if text.contains("populated 0") {
                match fs::remove_dir(&self.0) {
                    Err(e) if e.raw_os_error() == Some(libc::EBUSY) && now() < deadline => {}
                    other => return other.map_err(context),
                }
            }
            if now() >= deadline {
                return Err(format!(
                    "remove cgroup {}: still populated at the deadline",
                    self.0.display()
                ));
            }
            let mut poll = libc::pollfd {
                fd: events.as_raw_fd(),
                events: libc::POLLPRI,
                revents: 0,
            };
            // At most 100 ms, since EBUSY may end without an event.
            let left = (deadline.saturating_sub(now()) / MS + 1).min(100) as libc::c_int;
            // SAFETY: one entry, as told.
            unsafe { libc::poll(&mut poll, 1, left) };
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Needed only after an error: otherwise `remove` has done it.
        let _ = fs::remove_dir(&self.0);
    }
}

/// The pid in the name of a cgroup that a run of this program made.
fn maker(name: &str) -> Option<i32> {
    name.strip_prefix(PREFIX)?.split('-').next()?.parse().ok()
}

/// Removes what a killed run left behind.
fn sweep(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        if let Some(pid) = entry.file_name().to_str().and_then(maker) {
            // SAFETY: signal 0 only asks whether there is such a process.
            let gone = unsafe { libc::kill(pid, 0) } < 0;
            if gone && Error::last_os_error().raw_os_error() == Some(libc::ESRCH) {
                let _ = fs::remove_dir(entry.path());
            }
        }
    }
}

/// The cpu controller of a cgroup's children. If we switched it on, dropping this switches it off.
struct CpuController {
    control: PathBuf,
    on: bool,
    ours: bool,
}

impl CpuController {
    fn switch_on(root: &Path) -> Self {
        let control = root.join("cgroup.subtree_control");
        let on = || words(&control).iter().any(|w| w == "cpu");
        let before = on();
        let there = words(&root.join("cgroup.controllers"))
            .iter()
            .any(|w| w == "cpu");
        let ours = !before && there && write(&control, "+cpu").is_ok();
        CpuController {
            on: on(),
            ours,
            control,
        }
    }
}

impl Drop for CpuController {
    fn drop(&mut self) {
        if self.ours {
            // Refused if a cgroup below needs it by now.
            let _ = write(&self.control, "-cpu");
        }
    }
}

fn live(gate: &Gate, sleeper: bool, mut rng: Rng) -> u64 {
    gate.arrive();
    let mut loops = 0;
    while !gate.stopped() || loops == 0 {
        if sleeper {
            sleep_until(now() + rng.below(2000) * US);
        }
        burn(1000);
        loops += 1;
    }
    loops
}

/// Whether `/proc/PID/cgroup` says that a process is in the v2 cgroup whose directory is called `name`.
fn is_in(listing: &str, name: &str) -> bool {
    listing
        .lines()
        .filter_map(|l| l.strip_prefix("0::"))
        .any(|path| path.rsplit('/').next() == Some(name))
}

#[derive(Default)]
struct Moved {
    moves: u64,
    verified: u64,
    weights: u64,
}

struct Mover<'a> {
    ctx: &'a Ctx,
    start: u64,
    groups: [&'a Group; 2],
    pids: Vec<i32>,
    weighted: bool,
    interval: u64,
}

impl Mover<'_> {
    fn go(&self, rng: &mut Rng, moved: &mut Moved) -> Result<(), String> {
        // Every process is moved at least once, however late this one gets its turns.
        while self
            .ctx
            .goes_on(self.start, moved.moves, 2 * self.pids.len() as u64)
        {
            if INTERRUPTED.load(SeqCst) {
                return Err("interrupted by a signal".into());
            }
            let pid = self.pids[moved.moves as usize % self.pids.len()];
            let group = &self.groups[rng.below(2) as usize].0;
            write(&group.join("cgroup.procs"), &pid.to_string())
                .map_err(|e| format!("move process {pid} to {}: {e}", group.display()))?;
            moved.moves += 1;
            if moved.moves % 8 == 1 {
                let name = group
                    .file_name()
                    .and_then(|n| n.to_str())
                    .unwrap_or_default();
                let listing = fs::read_to_string(format!("/proc/{pid}/cgroup"))
                    .map_err(|e| format!("read cgroup of process {pid}: {e}"))?;
                if !is_in(&listing, name) {
                    return Err(format!(
                        "process {pid} moved to {name}, the kernel says {listing:?}"
                    ));
                }
                moved.verified += 1;
            }
            if self.weighted && moved.moves % 4 == 1 {
                let weight = 1 + rng.below(10_000);
                write(&group.join("cpu.weight"), &weight.to_string()).map_err(|e| {
                    format!("set cpu.weight of {} to {weight}: {e}", group.display())
                })?;
                moved.weights += 1;
            }
            if self.interval > 0 {
                sleep_until(now() + self.interval);
            }
        }
        Ok(())
    }
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let root = PathBuf::from(ctx.args.text("root").unwrap_or_default());
    if !root.join("cgroup.controllers").is_file() {
        report.skipped = Some(format!(
            "{} is no cgroup v2 directory (see --root)",
            root.display()
        ));
        return Ok(report);
    }
    sweep(&root);
    let tasks = ctx.args.num("tasks");
    // Declared before the groups, and so dropped after them.
    let cpu = CpuController::switch_on(&root);
    let me = std::process::id();
    let groups = ["a", "b"].map(|x| Group::make(root.join(format!("{PREFIX}{me}-{x}"))));
    let [a, b] = groups;
    let (a, b) = (a?, b?);
    let mut rng = Rng::new(ctx.seed);
    let gate = Shm::<Gate>::new(1)?;
    let left = Shm::<Outcome>::new(tasks)?;
    // Declared after the groups: after an error it is dropped first, and the groups are empty.
    let mut brood = Brood::new();
    for task in 0..tasks {
        let seed = rng.next();
        let sleeper = task % 2 == 1;
        brood.spawn(
            format!("{} {task}", if sleeper { "sleeper" } else { "hog" }),
            || {
                left.put(
                    task,
                    Outcome {
                        loops: live(gate.get(0), sleeper, Rng::new(seed)),
                    },
                );
                Ok(())
            },
        )?;
    }
    catch_signals();
    let start = gate.get(0).open(tasks, ctx.deadline)?;
    let mover = Mover {
        ctx,
        start,
        groups: [&a, &b],
        pids: (0..tasks).map(|i| brood.pid(i)).collect(),
        weighted: cpu.on,
        interval: ctx.args.num("interval-us") as u64 * US,
    };
    let mut moved = Moved::default();
    if let Err(error) = mover.go(&mut rng, &mut moved) {
        report.errors.push(error);
    }
    report.check_in_time(ctx);
    gate.get(0).stop();
    brood.finish(ctx.deadline, &mut report.errors)?;
    for group in [&a, &b] {
        if let Err(error) = group.remove(ctx.deadline.max(now() + 5 * SEC)) {
            report.errors.push(error);
        }
    }
    report.fields.raw("moves", moved.moves);
    report.fields.raw("verified", moved.verified);
    report.fields.raw("weight_changes", moved.weights);
    report.fields.raw("cpu_controller", cpu.on);
    report
        .fields
        .raw("loops", (0..tasks).map(|i| left.take(i).loops).sum::<u64>());
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_process_is() {
        let listing = "4:cpu:/x/scxload-1-a\n0::/top/scxload-1-b\n";
        assert!(is_in(listing, "scxload-1-b"));
        assert!(!is_in(listing, "scxload-1-a"), "that is a v1 hierarchy");
        assert!(!is_in("0::/scxload-1-a/deeper\n", "scxload-1-a"));
        assert!(!is_in("", "scxload-1-a"));
    }

    #[test]
    fn only_our_cgroups_are_swept() {
        assert_eq!(maker("scxload-12-a"), Some(12));
        assert_eq!(
            (maker("scxload-x-a"), maker("init.scope"), maker("12-a")),
            (None, None, None)
        );
    }
}

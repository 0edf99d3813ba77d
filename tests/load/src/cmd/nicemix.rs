// SPDX-License-Identifier: Apache-2.0
//! All classes and nice values at once, and tasks that change theirs while they run and while they wait.

use crate::args::{int, switch, Spec, FOR_SECONDS};
use crate::cpus::gettid;
use crate::json::{array, Obj};
use crate::report::{Ctx, Report};
use crate::rng::Rng;
use crate::sched::{self, Class};
use crate::team::Team;
use crate::time::{burn, now, sleep_until, thread_cpu, MS, US};
use crate::wait::Gate;
use std::collections::BTreeMap;
use std::io::Error;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::sync::Arc;

pub static SPEC: Spec = Spec {
    name: "nicemix",
    about: "hogs of many nice values, batch, idle and real-time tasks, and tasks that change class and nice all the time",
    flags: &[
        FOR_SECONDS,
        int("interval-us", "US", (0, 10_000_000), Some("1000"), "pause after each change of another task's class"),
        switch("no-rt", "no real-time tasks"),
        switch("unprivileged", "nothing that needs root: no real-time tasks, no nice below 0; refusals are counted only"),
    ],
    fields: "cpu_us_by_nice: {nice: cpu_us of the SCHED_OTHER hog of this nice}, changes (of class or nice), refused,\n  \
             sched_ext_policy (whether the kernel knows SCHED_EXT), tasks: [name, class, nice, loops, cpu_us]",
};

/// What a task does.
#[derive(Clone, Copy, PartialEq)]
enum Habit {
    /// Runs all the time.
    Hog,
    /// Runs for a short time, sleeps longer: real-time tasks must.
    Bursts,
    /// Runs, and changes its own class and nice value.
    Fickle,
    /// Runs, and the main thread changes its class and nice value.
    Pushed,
}

struct Role {
    name: String,
    class: Class,
    nice: i32,
    habit: Habit,
}

fn cast(rt: bool, privileged: bool) -> Vec<Role> {
    let role = |name: &str, class, nice, habit| Role {
        name: name.to_string(),
        class,
        nice,
        habit,
    };
    let mut roles = Vec::new();
    for nice in [-15, -5, 0, 5, 19] {
        if privileged || nice >= 0 {
            roles.push(role(
                &format!("hog nice {nice}"),
                Class::Other,
                nice,
                Habit::Hog,
            ));
        }
    }
    roles.push(role("batch", Class::Batch, 3, Habit::Hog));
    roles.push(role("idle", Class::Idle, 0, Habit::Hog));
    roles.push(role("bursts", Class::Other, 0, Habit::Bursts));
    if rt {
        roles.push(role("fifo", Class::Fifo, 0, Habit::Bursts));
        roles.push(role("rr", Class::Rr, 0, Habit::Bursts));
    }
    roles.push(role("fickle", Class::Other, 0, Habit::Fickle));
    roles.push(role("pushed 0", Class::Other, 0, Habit::Pushed));
    roles.push(role("pushed 1", Class::Other, 0, Habit::Pushed));
    roles
}

/// The choices for changes, and how many changes there were.
#[derive(Clone, Copy)]
struct Changes {
    rt: bool,
    ext: bool,
    privileged: bool,
    made: u64,
    refused: u64,
}

impl Changes {
    fn random(&self, rng: &mut Rng) -> (Class, i32) {
        let class = match rng.below(if self.rt { 6 } else { 4 }) {
            0 | 1 => Class::Other,
            2 => Class::Batch,
            3 if self.ext && rng.below(2) == 0 => Class::Ext,
            3 => Class::Idle,
            4 => Class::Fifo,
            _ => Class::Rr,
        };
        let nice = if self.privileged {
            rng.below(40) as i32 - 20
        } else {
            rng.below(20) as i32
        };
        (class, nice)
    }

    /// Changes thread `tid` and checks that the kernel agrees. Returns only unexpected errors.
    fn apply(&mut self, tid: i32, class: Class, nice: i32) -> Result<(), String> {
        let told: Result<u32, Error> =
            sched::set(tid, class, nice, 1).and_then(|()| sched::policy(tid));
        match told {
            Ok(policy) if policy == class as u32 => self.made += 1,
            Ok(policy) => {
                return Err(format!(
                    "class {} set, the kernel says {policy}",
                    class.name()
                ))
            }
            Err(e) if !self.privileged && e.raw_os_error() == Some(libc::EPERM) => {
                self.refused += 1
            }
            Err(e) => return Err(format!("set class {} nice {nice}: {e}", class.name())),
        }
        Ok(())
    }
}

struct Done {
    loops: u64,
    cpu: u64,
    changes: Changes,
}

fn play(
    role: &Role,
    gate: &Gate,
    tid: &AtomicI32,
    mut changes: Changes,
    mut rng: Rng,
) -> Result<Done, String> {
    tid.store(gettid(), SeqCst);
    gate.arrive();
    let cpu_before = thread_cpu();
    if role.habit != Habit::Pushed {
        sched::set(0, role.class, role.nice, 1)
            .map_err(|e| format!("set class {} nice {}: {e}", role.class.name(), role.nice))?;
    }
    let mut loops = 0;
    let mut next = now();
    while !gate.stopped() || loops == 0 {
        burn(2000);
        loops += 1;
        match role.habit {
            Habit::Hog | Habit::Pushed => {}
            Habit::Bursts => {
                let end = now() + 200 * US;
                while now() < end {
                    burn(500);
                }
                sleep_until(end + 5 * MS);
            }
            // A real-time turn is short, and ends with a sleep and a return to an ordinary class.
            Habit::Fickle if now() >= next => {
                let (class, nice) = changes.random(&mut rng);
                changes.apply(0, class, nice)?;
                if class.realtime() {
                    burn(20_000);
                    sleep_until(now() + MS);
                    changes.apply(0, Class::Other, nice)?;
                }
                next = now() + 500 * US;
            }
            Habit::Fickle => {}
        }
    }
    Ok(Done {
        loops,
        cpu: thread_cpu() - cpu_before,
        changes,
    })
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let privileged = !ctx.args.on("unprivileged");
    let rt = privileged && !ctx.args.on("no-rt");
    let interval = ctx.args.num("interval-us") as u64 * US;
    // Only setting SCHED_EXT shows whether the kernel knows it; threads inherit the class that is then set.
    let ext = sched::set(0, Class::Ext, 0, 0).is_ok();
    sched::set(0, Class::Other, 0, 0).map_err(|e| format!("set class other: {e}"))?;
    let mut changes = Changes {
        rt,
        ext,
        privileged,
        made: 0,
        refused: 0,
    };
    let roles: Arc<Vec<Role>> = Arc::new(cast(rt, privileged));
    let tids: Arc<Vec<AtomicI32>> = Arc::new(roles.iter().map(|_| AtomicI32::new(0)).collect());
    let gate = Arc::new(Gate::default());
    let mut rng = Rng::new(ctx.seed);
    let mut team = Team::new();
    for (i, role) in roles.iter().enumerate() {
        let (roles, tids, gate, seed) = (roles.clone(), tids.clone(), gate.clone(), rng.next());
        team.spawn(role.name.clone(), move || {
            play(&roles[i], &gate, &tids[i], changes, Rng::new(seed))
        })?;
    }
    if rt {
        // The pusher makes others real-time for a moment, and they must not starve it. Only now, since threads
        // inherit the class, and a hog of this priority could not be stopped.
        sched::set(0, Class::Fifo, 0, 10).map_err(|e| {
            format!("set class fifo: {e} (needs root; see --no-rt and --unprivileged)")
        })?;
    }
    let start = gate.open(team.len(), ctx.deadline)?;
    let pushed: Vec<i32> = roles
        .iter()
        .zip(tids.iter())
        .filter(|(role, _)| role.habit == Habit::Pushed)
        .map(|(_, tid)| tid.load(SeqCst))
        .collect();
    let mut push = || -> Result<(), String> {
        while ctx.goes_on(start, 0, 0) {
            let tid = pushed[rng.below(pushed.len() as u64) as usize];
            let (class, nice) = changes.random(&mut rng);
            changes.apply(tid, class, nice)?;
            if class.realtime() {
                sleep_until(now() + 200 * US);
                changes.apply(tid, Class::Other, nice)?;
            }
            if interval > 0 {
                sleep_until(now() + interval);
            }
        }
        Ok(())
    };
    if let Err(error) = push() {
        report.errors.push(format!("pusher: {error}"));
    }
    report.check_in_time(ctx);
    gate.stop();
    let mut by_nice = BTreeMap::new();
    let mut tasks = Vec::new();
    let done = team.finish(ctx.deadline, &mut report.errors);
    for (role, done) in roles.iter().zip(done) {
        let Some(done) = done else { continue };
        changes.made += done.changes.made;
        changes.refused += done.changes.refused;
        if role.class == Class::Other && role.habit == Habit::Hog {
            *by_nice.entry(role.nice).or_insert(0) += done.cpu;
        }
        let mut obj = Obj::new();
        obj.text("name", &role.name);
        obj.text("class", role.class.name());
        obj.raw("nice", role.nice);
        obj.raw("loops", done.loops);
        obj.us("cpu_us", done.cpu);
        tasks.push(obj.finish());
    }
    let mut nices = Obj::new();
    by_nice
        .iter()
        .for_each(|(nice, cpu)| nices.us(&nice.to_string(), *cpu));
    report.fields.raw("cpu_us_by_nice", nices.finish());
    report.fields.raw("changes", changes.made);
    report.fields.raw("refused", changes.refused);
    report.fields.raw("sched_ext_policy", ext);
    report.fields.raw("tasks", array(tasks));
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unprivileged_cast_needs_no_root() {
        assert!(cast(false, false)
            .iter()
            .all(|r| !r.class.realtime() && r.nice >= 0));
        assert!(cast(true, true).iter().any(|r| r.class == Class::Rr));
        let changes = Changes {
            rt: false,
            ext: false,
            privileged: false,
            made: 0,
            refused: 0,
        };
        let mut rng = Rng::new(1);
        for _ in 0..1000 {
            let (class, nice) = changes.random(&mut rng);
            assert!(!class.realtime() && class != Class::Ext && (0..20).contains(&nice));
        }
    }

    #[test]
    fn a_failed_change_is_an_error() {
        let mut changes = Changes {
            rt: false,
            ext: false,
            privileged: true,
            made: 0,
            refused: 0,
        };
        assert!(changes
            .apply(i32::MAX, Class::Other, 0)
            .unwrap_err()
            .contains("set class other"));
    }
}

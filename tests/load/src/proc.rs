// SPDX-License-Identifier: Apache-2.0
//! Child processes: forked or executed, killed with their parent, awaited with a deadline, all reaped.
//!
//! Fork only from a process's first thread and while it has no other: the child may then run any code, and
//! PR_SET_PDEATHSIG, which follows the *thread* that forked, means what it says.

use crate::time::{now, MS, SEC};
use std::ffi::CString;
use std::fmt;
use std::io::Error;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::panic::{catch_unwind, AssertUnwindSafe};

/// How a child ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It exited with this status.
    Exit(i32),
    /// This signal killed it.
    Signal(i32),
    /// It was still running at the deadline, and was killed.
    Hung,
    /// It was killed because another child had failed.
    Dismissed,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ended::Exit(code) => write!(f, "exit status {code}"),
            Ended::Signal(number) => write!(f, "killed by signal {number}"),
            Ended::Hung => write!(f, "hung: not finished by the deadline"),
            Ended::Dismissed => write!(f, "killed since another task had failed"),
        }
    }
}

/// Forks; the child runs `work` and exits with its result. Returns the child's pid.
pub fn fork(work: impl FnOnce() -> i32) -> Result<i32, String> {
    // SAFETY: takes and touches nothing; cannot fail.
    let parent = unsafe { libc::getpid() };
    // SAFETY: the caller is single-threaded (see the module's contract), so the child may run anything.
    let pid = unsafe { libc::fork() };
    match pid {
        -1 => Err(format!("fork: {}", Error::last_os_error())),
        0 => {
            // SAFETY: integers only. getppid shows whether the parent died before prctl.
            unsafe {
                libc::prctl(
                    libc::PR_SET_PDEATHSIG,
                    libc::SIGKILL as libc::c_ulong,
                    0,
                    0,
                    0,
                );
                if libc::getppid() != parent {
                    libc::_exit(1);
                }
            }
            let code = catch_unwind(AssertUnwindSafe(work)).unwrap_or(101);
            // SAFETY: ends the child at once; the parent's exit handlers and buffers are not the child's.
            unsafe { libc::_exit(code) }
        }
        pid => Ok(pid),
    }
}

/// This program's arguments for an execution of itself.
pub fn self_argv(args: &[String]) -> Result<Vec<CString>, String> {
    std::iter::once("scxload")
        .chain(args.iter().map(String::as_str))
        .map(|a| CString::new(a).map_err(|e| format!("argument {a:?}: {e}")))
        .collect()
}

/// Forks and executes this program with `argv`, with its output to `stdout` if given. The child exits with 127
/// if that fails.
pub fn fork_exec(argv: &[CString], stdout: Option<&OwnedFd>) -> Result<i32, String> {
    let mut pointers: Vec<*const libc::c_char> = argv.iter().map(|a| a.as_ptr()).collect();
    pointers.push(std::ptr::null());
    fork(|| {
        // SAFETY: dup2 takes integers; `pointers` is a NULL-terminated array of C strings that `argv` owns.
        unsafe {
            if let Some(fd) = stdout {
                libc::dup2(fd.as_raw_fd(), 1);
            }
            libc::execv(c"/proc/self/exe".as_ptr(), pointers.as_ptr());
        }
        127
    })
}

/// Waits for one child, however long it takes.
pub fn reap(pid: i32) -> Result<Ended, String> {
    let mut status = 0;
    loop {
        // SAFETY: `status` is there for the call to fill.
        let rc = unsafe { libc::waitpid(pid, &mut status, 0) };
        if rc == pid {
            return Ok(if libc::WIFSIGNALED(status) {
                Ended::Signal(libc::WTERMSIG(status))
            } else {
                Ended::Exit(libc::WEXITSTATUS(status))
            });
        }
        let error = Error::last_os_error();
        if error.raw_os_error() != Some(libc::EINTR) {
            return Err(format!("wait for process {pid}: {error}"));
        }
    }
}

/// Whether the caller has no children left, running or unreaped.
pub fn childless() -> bool {
    // SAFETY: a NULL status is allowed.
    let rc = unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) };
    rc == -1 && Error::last_os_error().raw_os_error() == Some(libc::ECHILD)
}

/// What happens to the others when a child fails.
#[derive(Clone, Copy, PartialEq)]
pub enum OnFailure {
    /// They may depend on it: kill them.
    KillRest,
    /// They continue.
    Continue,
}

struct Kid {
    name: String,
    pid: i32,
    pidfd: OwnedFd,
    ended: Option<Ended>,
}

/// Children that are awaited together. Dropping it kills and reaps those left.
#[derive(Default)]
pub struct Brood(Vec<Kid>);

impl Brood {
    /// No children yet.
    pub fn new() -> Self {
        Brood::default()
    }

    /// How many children there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The pid of child `index`.
    pub fn pid(&self, index: usize) -> i32 {
        self.0[index].pid
    }

    /// Forks a child that runs `work`; on an error it prints that to stderr and exits with 1.
    pub fn spawn(
        &mut self,
        name: impl Into<String>,
        work: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        let name = name.into();
        let label = name.clone();
        let pid = fork(move || match work() {
            Ok(()) => 0,
            Err(error) => {
                eprintln!("scxload: {label}: {error}");
                1
            }
        })?;
        self.adopt(name, pid)
    }

    /// Executes this program as a child.
    pub fn spawn_exec(
        &mut self,
        name: impl Into<String>,
        argv: &[CString],
        stdout: Option<&OwnedFd>,
    ) -> Result<(), String> {
        let pid = fork_exec(argv, stdout)?;
        self.adopt(name.into(), pid)
    }

    fn adopt(&mut self, name: String, pid: i32) -> Result<(), String> {
        // SAFETY: integers only; the pid is our unreaped child's, so it cannot mean another process.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        if fd < 0 {
            let error = Error::last_os_error();
            // SAFETY: our own unreaped child, as above.
            unsafe { libc::kill(pid, libc::SIGKILL) };
            let _ = reap(pid);
            return Err(format!("open pidfd of {name}: {error}"));
        }
        // SAFETY: a descriptor just made, owned by nobody else. pidfds are close-on-exec.
        let pidfd = unsafe { OwnedFd::from_raw_fd(fd as i32) };
        self.0.push(Kid {
            name,
            pid,
            pidfd,
            ended: None,
        });
        Ok(())
    }

    /// Waits until one of the running children ends or `deadline`; reaps all that ended and returns their indices.
    fn collect(&mut self, deadline: u64) -> Result<Vec<usize>, String> {
        let running: Vec<usize> = (0..self.0.len())
            .filter(|i| self.0[*i].ended.is_none())
            .collect();
        let mut polls: Vec<libc::pollfd> = running
            .iter()
            .map(|i| libc::pollfd {
                fd: self.0[*i].pidfd.as_raw_fd(),
                events: libc::POLLIN,
                revents: 0,
            })
            .collect();
        let left = deadline
            .saturating_sub(now())
            .div_ceil(MS)
            .min(i32::MAX as u64) as i32;
        // SAFETY: `polls` is an array of as many entries as given.
        let rc = unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, left) };
        if rc < 0 {
            let error = Error::last_os_error();
            if error.raw_os_error() != Some(libc::EINTR) {
                return Err(format!("poll children: {error}"));
            }
            return Ok(Vec::new());
        }
        let mut ended = Vec::new();
        for (index, poll) in running.into_iter().zip(polls) {
            if poll.revents != 0 {
                self.0[index].ended = Some(reap(self.0[index].pid)?);
                ended.push(index);
            }
        }
        Ok(ended)
    }

    /// Kills the children that still run and reaps them, giving each `how` as its end.
    fn end_rest(&mut self, how: Ended) {
        let rest: Vec<usize> = (0..self.0.len())
            .filter(|i| self.0[*i].ended.is_none())
            .collect();
        for index in &rest {
            // SAFETY: our own child, not reaped yet, so the pid is still its own.
            unsafe { libc::kill(self.0[*index].pid, libc::SIGKILL) };
        }
        // Even a killed process needs a CPU to die; a scheduler that gives it none must not hang us too.
        let patience = now() + 10 * SEC;
        while self.0.iter().any(|k| k.ended.is_none()) && now() < patience {
            if self.collect(patience).is_err() {
                break;
            }
        }
        for index in rest {
            self.0[index].ended = Some(how);
        }
    }

    /// Waits for all until `deadline`, then kills the rest. Returns how each child ended, in spawning order.
    pub fn wait(
        mut self,
        deadline: u64,
        on_failure: OnFailure,
    ) -> Result<Vec<(String, Ended)>, String> {
        while self.0.iter().any(|k| k.ended.is_none()) {
            if now() >= deadline {
                self.end_rest(Ended::Hung);
                break;
            }
            let ended = self.collect(deadline)?;
            let failed = ended
                .iter()
                .any(|i| self.0[*i].ended != Some(Ended::Exit(0)));
            if failed && on_failure == OnFailure::KillRest {
                self.end_rest(Ended::Dismissed);
            }
        }
        Ok(self
            .0
            .drain(..)
            .map(|k| (k.name, k.ended.unwrap_or(Ended::Hung)))
            .collect())
    }

    /// [`Brood::wait`] for children that must all exit with 0; `errors` gets a line for each that did not.
    pub fn finish(self, deadline: u64, errors: &mut Vec<String>) -> Result<(), String> {
        for (name, ended) in self.wait(deadline, OnFailure::KillRest)? {
            if ended != Ended::Exit(0) {
                errors.push(format!("{name}: {ended}"));
            }
        }
        Ok(())
    }
}

impl Drop for Brood {
    fn drop(&mut self) {
        self.end_rest(Ended::Dismissed);
    }
}

#[cfg(test)]
mod tests {
    // The test runner has threads, against the module's contract: children here do nothing that could
    // wait for a lock that another thread held at the fork.
    use super::*;

    fn forever() -> i32 {
        loop {
            // SAFETY: no arguments.
            unsafe { libc::pause() };
        }
    }

    fn brood(works: &[fn() -> i32]) -> Brood {
        let mut brood = Brood::new();
        for (i, work) in works.iter().enumerate() {
            let pid = fork(*work).unwrap();
            brood.adopt(format!("kid {i}"), pid).unwrap();
        }
        brood
    }

    fn alive(pid: i32) -> bool {
        // SAFETY: signal 0 only asks.
        unsafe { libc::kill(pid, 0) == 0 }
    }

    #[test]
    fn exits_signals_and_hangs_are_told_apart() {
        // SAFETY: ends the child itself.
        let killed: fn() -> i32 = || unsafe { libc::raise(libc::SIGKILL) };
        let brood = brood(&[|| 0, || 3, killed, forever]);
        let hung = brood.pid(3);
        let ends = brood.wait(now() + 500 * MS, OnFailure::Continue).unwrap();
        let ends: Vec<Ended> = ends.into_iter().map(|(_, e)| e).collect();
        assert_eq!(
            ends,
            [
                Ended::Exit(0),
                Ended::Exit(3),
                Ended::Signal(9),
                Ended::Hung
            ]
        );
        assert!(!alive(hung), "the hung child was killed and reaped");
    }

    #[test]
    fn a_failure_ends_the_rest() {
        let mut errors = Vec::new();
        brood(&[forever, || 1])
            .finish(now() + 60 * SEC, &mut errors)
            .unwrap();
        assert_eq!(
            errors,
            [
                "kid 0: killed since another task had failed",
                "kid 1: exit status 1"
            ]
        );
    }

    #[test]
    fn dropping_leaves_nobody() {
        let brood = brood(&[forever]);
        let pid = brood.pid(0);
        assert!(alive(pid));
        drop(brood);
        assert!(!alive(pid));
    }
}

//! Helps the kernel to disable a scheduler while CPU-bound tasks fork CPU-bound tasks.
//!
//! Once the kernel begins to disable a scheduler, new tasks go to the fair class (the kernel's own scheduler),
//! whose tasks run first. All other tasks follow only after an RCU grace period. If the new tasks keep all CPUs
//! busy, nothing else runs, not even what the grace period waits for: RCU's threads, or a task that was preempted
//! in a read-side critical section. Then disabling takes as long as that load goes on (seen on 6.16). A task whose
//! policy changes meanwhile goes to the fair class at once. So if disabling takes long, a real-time thread changes
//! each task's policy and changes it back.

use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fs, mem};

use crate::system;

/// Disabling mostly takes some tens of milliseconds. Until then there is nothing to help.
const PATIENCE: Duration = Duration::from_millis(100);

/// While it lives, tasks that still wait on a scheduler being disabled are moved to the fair class.
pub(crate) struct Help {
    /// Dropped first, which ends the thread.
    end: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Help {
    pub(crate) fn start() -> Self {
        let (end, ended) = mpsc::sync_channel(0);
        let (ready, is_ready) = mpsc::sync_channel::<()>(0);
        let run = move || {
            // An ordinary thread would wait like the others.
            if !set_fifo() {
                return;
            }
            drop(ready);
            while ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                if system::is_disabling() {
                    tasks().for_each(hand_over);
                }
            }
        };
        // Signals are for the program's own threads. If the thread can't start, disabling goes on without help.
        let thread = with_signals_blocked(|| {
            let name = "scxb-disabling".into();
            thread::Builder::new().name(name).spawn(run).ok()
        });
        // A thread that is not yet real-time when disabling begins could wait for its turn as long as the others. This
        // fails once the thread has dropped its end: it is ready, has given up, or did not start.
        let _ = is_ready.recv();
        Self {
            end: Some(end),
            thread,
        }
    }
}

impl Drop for Help {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It only fails by a panic, which has been reported.
            let _ = thread.join();
        }
    }
}

/// Runs `f` so that a thread which it starts has all signals blocked.
fn with_signals_blocked<T>(f: impl FnOnce() -> T) -> T {
    // SAFETY: sets of signals are plain bits, and the kernel reads and writes only these two.
    let before = unsafe {
        let mut all: libc::sigset_t = mem::zeroed();
        let mut before = all;
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        before
    };
    let result = f();
    // SAFETY: as above.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut()) };
    result
}

fn set_fifo() -> bool {
    // SAFETY: plain numbers, for which zero is valid.
    let mut param: libc::sched_param = unsafe { mem::zeroed() };
    param.sched_priority = 1;
    // SAFETY: the kernel only reads the parameter. 0 is the calling thread.
    unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &param) == 0 }
}

/// All tasks that this process sees.
fn tasks() -> impl Iterator<Item = i32> {
    ids("/proc").flat_map(|pid| ids(&format!("/proc/{pid}/task")))
}

fn ids(directory: &str) -> impl Iterator<Item = i32> + use<> {
    // What has ended meanwhile needs no help.
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Changes a task's policy and changes it back, which takes it to the fair class.
fn hand_over(tid: i32) {
    let Some(mut attributes) = attributes(tid) else {
        return;
    };
    let own = attributes.sched_policy;
    let Some(other) = passing_policy(own) else {
        return;
    };
    attributes.sched_policy = other;
    if set_attributes(tid, &attributes) {
        attributes.sched_policy = own;
        set_attributes(tid, &attributes);
    }
}

/// Another policy of the fair class; none for tasks that sched_ext does not schedule.
fn passing_policy(own: u32) -> Option<u32> {
    const SCHED_EXT: u32 = 7;
    const OTHER: u32 = libc::SCHED_OTHER as u32;
    const BATCH: u32 = libc::SCHED_BATCH as u32;
    const IDLE: u32 = libc::SCHED_IDLE as u32;
    match own {
        OTHER | IDLE | SCHED_EXT => Some(BATCH),
        BATCH => Some(OTHER),
        _ => None,
    }
}

fn attributes(tid: i32) -> Option<libc::sched_attr> {
    // SAFETY: plain numbers, for which zero is valid.
    let mut attributes: libc::sched_attr = unsafe { mem::zeroed() };
    let size = size_of::<libc::sched_attr>();
    // SAFETY: the kernel writes at most `size` bytes.
    let ret = unsafe { libc::syscall(libc::SYS_sched_getattr, tid, &mut attributes, size, 0) };
    (ret == 0).then_some(attributes)
}

fn set_attributes(tid: i32, attributes: &libc::sched_attr) -> bool {
    // SAFETY: the kernel only reads the attributes, which name their own size.
    unsafe { libc::syscall(libc::SYS_sched_setattr, tid, attributes, 0) == 0 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The calling thread's id.
    fn own_tid() -> i32 {
        // SAFETY: no pointers.
        unsafe { libc::gettid() }
    }

    #[test]
    fn a_task_keeps_its_policy() {
        for policy in [libc::SCHED_OTHER, libc::SCHED_BATCH, libc::SCHED_IDLE] {
            thread::spawn(move || {
                let mut before = attributes(own_tid()).unwrap();
                before.sched_policy = policy as u32;
                before.sched_nice = 3;
                assert!(set_attributes(own_tid(), &before));
                before = attributes(own_tid()).unwrap();
                hand_over(own_tid());
                let after = attributes(own_tid()).unwrap();
                assert_eq!(after.sched_policy, policy as u32);
                assert_eq!(after.sched_nice, before.sched_nice);
                assert_eq!(after.sched_flags, before.sched_flags);
                assert_eq!(after.sched_runtime, before.sched_runtime);
            })
            .join()
            .unwrap();
        }
    }

    #[test]
    fn tasks_of_other_classes_are_left_alone() {
        assert_eq!(passing_policy(libc::SCHED_FIFO as u32), None);
        assert_eq!(passing_policy(libc::SCHED_RR as u32), None);
        assert_eq!(passing_policy(libc::SCHED_DEADLINE as u32), None);
    }

    #[test]
    fn all_threads_are_seen() {
        let tid = thread::spawn(|| (own_tid(), tasks().any(|tid| tid == own_tid())));
        let (tid, seen) = tid.join().unwrap();
        assert!(seen, "thread {tid} is not among them");
    }

    #[test]
    fn a_thread_that_it_starts_has_signals_blocked_and_the_caller_has_not() {
        let blocked = || {
            // SAFETY: reads the thread's own mask into a local.
            unsafe {
                let mut set: libc::sigset_t = mem::zeroed();
                libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &mut set);
                libc::sigismember(&set, libc::SIGTERM) == 1
            }
        };
        let thread = with_signals_blocked(|| thread::spawn(blocked));
        assert!(thread.join().unwrap());
        assert!(!blocked());
    }
}

//! RCU's threads, which the kernel waits for while it disables a scheduler.
//!
//! From the moment when the kernel begins to disable a scheduler, new tasks go to its own one, whose tasks
//! come first. RCU's threads are still the old scheduler's. So CPU-bound tasks that fork CPU-bound tasks keep
//! them from running, and the kernel waits for as long as that goes on (seen on 6.16: until the load ended). As
//! real-time threads they come before both. The kernel itself offers that, as `rcutree.kthread_prio=`.

use std::fs;

/// From include/linux/sched.h.
const PF_KTHREAD: u64 = 0x0020_0000;
/// The parent of all kernel threads.
const KTHREADD: i32 = 2;

/// While it lives, RCU's threads are real-time ones, of the lowest priority; those that it may make so.
pub(crate) struct RealTime {
    threads: Vec<i32>,
}

impl RealTime {
    pub(crate) fn make() -> Self {
        let mut threads = kernel_threads();
        // Those that are no ordinary ones are somebody's choice.
        threads.retain(|&pid| is_of_rcu(pid) && policy(pid) == libc::SCHED_OTHER);
        threads.retain(|&pid| set_policy(pid, libc::SCHED_FIFO, 1));
        Self { threads }
    }
}

impl Drop for RealTime {
    fn drop(&mut self) {
        for &pid in &self.threads {
            set_policy(pid, libc::SCHED_OTHER, 0);
        }
    }
}

/// Ids of all kernel threads, and perhaps of others; none in a pid namespace of its own.
fn kernel_threads() -> Vec<i32> {
    let numbers = |text: String| text.split_whitespace().flat_map(str::parse).collect();
    fs::read_to_string(format!("/proc/{KTHREADD}/task/{KTHREADD}/children"))
        .map(numbers)
        .unwrap_or_else(|_| {
            // Without CONFIG_PROC_CHILDREN.
            let names = fs::read_dir("/proc").into_iter().flatten().flatten();
            names
                .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
                .collect()
        })
}

fn is_of_rcu(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| says_rcu(&stat))
}

/// Whether a line of `/proc/PID/stat` is that of a kernel thread of RCU.
fn says_rcu(stat: &str) -> bool {
    // A name may have any characters, so it ends with the last parenthesis.
    let Some((name, rest)) = stat
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(')'))
    else {
        return false;
    };
    let flags = rest.split_whitespace().nth(6).and_then(|f| f.parse().ok());
    name.starts_with("rcu_") && flags.is_some_and(|flags: u64| flags & PF_KTHREAD != 0)
}

fn policy(pid: i32) -> i32 {
    // SAFETY: no memory is involved.
    unsafe { libc::sched_getscheduler(pid) }
}

fn set_policy(pid: i32, policy: i32, priority: i32) -> bool {
    // SAFETY: plain numbers, for which zero is valid.
    let mut param: libc::sched_param = unsafe { std::mem::zeroed() };
    param.sched_priority = priority;
    // SAFETY: the kernel only reads the parameter.
    unsafe { libc::sched_setscheduler(pid, policy, &param) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_threads_of_rcu_are_known_by_name_and_flag() {
        let stat = |name: &str, flags: u64| format!("15 ({name}) I 2 0 0 0 -1 {flags} 0 0 0 0");
        assert!(says_rcu(&stat("rcu_preempt", 0x0020_8040)));
        assert!(says_rcu(&stat("rcu_exp_gp_kthread_worker", PF_KTHREAD)));
        assert!(!says_rcu(&stat("rcu_preempt", 0x0040_0000)), "a process");
        assert!(!says_rcu(&stat("kswapd0) (rcu_", PF_KTHREAD)), "another");
        assert!(!says_rcu(""));
    }
}

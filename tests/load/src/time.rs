// SPDX-License-Identifier: Apache-2.0
//! Clocks, absolute sleeps, CPU burning, and the bound of a run. All times are nanoseconds of CLOCK_MONOTONIC.

use std::hint::black_box;

/// Nanoseconds per microsecond.
pub const US: u64 = 1_000;
/// Nanoseconds per millisecond.
pub const MS: u64 = 1_000_000;
/// Nanoseconds per second.
pub const SEC: u64 = 1_000_000_000;

fn read(clock: libc::clockid_t) -> u64 {
    let mut ts = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `ts` is a valid timespec for the call to fill; both clocks used here always exist.
    unsafe { libc::clock_gettime(clock, &mut ts) };
    ts.tv_sec as u64 * SEC + ts.tv_nsec as u64
}

/// Now.
pub fn now() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// CPU time the calling thread has used.
pub fn thread_cpu() -> u64 {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

/// A seed from the clock.
pub fn clock_seed() -> u64 {
    read(libc::CLOCK_REALTIME) ^ (u64::from(std::process::id()) << 40)
}

/// `ns` as a timespec.
pub fn timespec(ns: u64) -> libc::timespec {
    libc::timespec {
        tv_sec: (ns / SEC) as libc::time_t,
        tv_nsec: (ns % SEC) as libc::c_long,
    }
}

/// Sleeps until `now() >= when`.
pub fn sleep_until(when: u64) {
    let ts = timespec(when);
    loop {
        // SAFETY: `ts` is a valid timespec; with TIMER_ABSTIME the remainder is not written.
        let rc = unsafe {
            libc::clock_nanosleep(
                libc::CLOCK_MONOTONIC,
                libc::TIMER_ABSTIME,
                &ts,
                std::ptr::null_mut(),
            )
        };
        if rc != libc::EINTR {
            return;
        }
    }
}

/// Gives the calling thread the least timer slack (the default is 50 µs).
pub fn exact_timers() {
    // SAFETY: PR_SET_TIMERSLACK takes one integer and touches no memory.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1 as libc::c_ulong, 0, 0, 0) };
}

/// Uses the CPU for `steps` dependent multiplications (about 1 ns each natively).
pub fn burn(steps: u32) {
    let mut x = black_box(0x1234_5678_9abc_def1u64);
    for _ in 0..steps {
        x = x.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
    }
    black_box(x);
}

/// Uses this much CPU time, in nanoseconds, however fast the CPU is.
pub fn use_cpu(ns: u64) {
    if ns == 0 {
        return;
    }
    let until = thread_cpu() + ns;
    while thread_cpu() < until {
        burn(1_000);
    }
}

/// When a run is over: after a time, after a count, or whichever comes first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// The time limit.
    pub ns: Option<u64>,
    /// The count limit.
    pub count: Option<u64>,
}

impl Bound {
    /// Whether a run that began at `start` and has done `done` is over at `now`. At least one unit is always done,
    /// however late the task got its first turn, since a run that did nothing would prove nothing.
    pub fn over(&self, start: u64, now: u64, done: u64) -> bool {
        self.count.is_some_and(|n| done >= n)
            || (done > 0 && self.ns.is_some_and(|ns| now >= start + ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        let both = Bound {
            ns: Some(100),
            count: Some(3),
        };
        assert!(!both.over(1000, 1099, 2));
        assert!(both.over(1000, 1100, 2) && both.over(1000, 1001, 3));
        assert!(!both.over(1000, 5000, 0), "nothing done yet");
        assert!(!Bound {
            ns: None,
            count: Some(3)
        }
        .over(0, u64::MAX, 2));
    }

    #[test]
    fn sleeps_no_shorter_than_asked() {
        let until = now() + 3 * MS;
        sleep_until(until);
        assert!(now() >= until);
        sleep_until(until - MS); // the past: at once
    }

    #[test]
    fn burning_uses_cpu_time() {
        let before = thread_cpu();
        burn(1_000_000);
        let burned = thread_cpu();
        assert!(burned > before);
        use_cpu(2 * MS);
        assert!(thread_cpu() >= burned + 2 * MS);
    }
}

// SPDX-License-Identifier: Apache-2.0
//! Sets of CPUs, affinity, and where the caller is running.

use crate::rng::Rng;
use std::fmt;
use std::io::Error;

/// CPUs this program can name.
pub const MAX_CPUS: usize = 1024;
/// 64-bit words in a set.
pub const WORDS: usize = MAX_CPUS / 64;

/// A set of CPUs, laid out as the kernel's cpumask.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct CpuSet(pub [u64; WORDS]);

impl CpuSet {
    /// The set with just `cpu`.
    pub fn one(cpu: usize) -> Self {
        let mut set = CpuSet::default();
        set.add(cpu);
        set
    }

    /// Adds `cpu`; one beyond [`MAX_CPUS`] is ignored.
    pub fn add(&mut self, cpu: usize) {
        if cpu < MAX_CPUS {
            self.0[cpu / 64] |= 1 << (cpu % 64);
        }
    }

    /// Whether `cpu` is in the set.
    pub fn has(&self, cpu: usize) -> bool {
        cpu < MAX_CPUS && (self.0[cpu / 64] >> (cpu % 64)) & 1 == 1
    }

    /// The CPUs, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..MAX_CPUS).filter(|cpu| self.has(*cpu))
    }

    /// A random subset, empty only if `self` is: half of the time one CPU, otherwise each CPU by the toss of a coin.
    pub fn subset(&self, rng: &mut Rng) -> CpuSet {
        let all: Vec<usize> = self.iter().collect();
        let mut set = CpuSet::default();
        if let Some(cpu) = all.get(rng.below(all.len() as u64) as usize) {
            set.add(*cpu);
        }
        if rng.below(2) == 1 {
            all.iter()
                .filter(|_| rng.below(2) == 1)
                .for_each(|cpu| set.add(*cpu));
        }
        set
    }
}

impl fmt::Display for CpuSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list: Vec<String> = self.iter().map(|cpu| cpu.to_string()).collect();
        write!(f, "{{{}}}", list.join(","))
    }
}

impl fmt::Debug for CpuSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The caller's thread id.
pub fn gettid() -> i32 {
    // SAFETY: no arguments, cannot fail.
    unsafe { libc::syscall(libc::SYS_gettid) as i32 }
}

/// The CPU the caller is running on.
pub fn getcpu() -> usize {
    // SAFETY: no arguments.
    let cpu = unsafe { libc::sched_getcpu() };
    usize::try_from(cpu).unwrap_or(usize::MAX)
}

/// Sets the CPUs on which thread `tid` (0: the caller) may run. When it returns, the thread runs on no other.
pub fn set_affinity(tid: i32, set: &CpuSet) -> Result<(), Error> {
    // SAFETY: the kernel reads `size` bytes of `set`.
    let rc = unsafe {
        libc::syscall(
            libc::SYS_sched_setaffinity,
            tid,
            size_of::<CpuSet>(),
            set.0.as_ptr(),
        )
    };
    if rc < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(())
    }
}

/// The CPUs on which thread `tid` (0: the caller) may run.
pub fn get_affinity(tid: i32) -> Result<CpuSet, Error> {
    let mut set = CpuSet::default();
    // SAFETY: the kernel writes at most `size` bytes into `set`.
    let rc = unsafe {
        libc::syscall(
            libc::SYS_sched_getaffinity,
            tid,
            size_of::<CpuSet>(),
            set.0.as_mut_ptr(),
        )
    };
    if rc < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(set)
    }
}

/// Pins the caller to `cpu`, if one is given.
pub fn pin(cpu: Option<usize>) -> Result<(), String> {
    cpu.map_or(Ok(()), |cpu| {
        set_affinity(0, &CpuSet::one(cpu)).map_err(|e| format!("pin to CPU {cpu}: {e}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_are_subsets_and_never_empty() {
        let mut rng = Rng::new(1);
        let mut all = CpuSet::one(3);
        [5, 64, 1023, 4000].iter().for_each(|c| all.add(*c));
        assert_eq!(all.to_string(), "{3,5,64,1023}");
        let mut sizes = [0; 5];
        for _ in 0..1000 {
            let s = all.subset(&mut rng);
            sizes[s.iter().count()] += 1;
            assert!(s.iter().all(|c| all.has(c)));
        }
        assert!(
            sizes[0] == 0 && sizes[1..].iter().all(|n| *n > 0),
            "{sizes:?}"
        );
        assert!(!all.has(4000));
    }

    #[test]
    fn pinned_means_there() {
        std::thread::spawn(|| {
            for cpu in get_affinity(0).unwrap().iter() {
                pin(Some(cpu)).unwrap();
                assert_eq!(getcpu(), cpu);
                assert_eq!(get_affinity(gettid()).unwrap(), CpuSet::one(cpu));
            }
            assert!(pin(Some(MAX_CPUS - 1)).unwrap_err().contains("CPU 1023"));
        })
        .join()
        .unwrap();
    }
}

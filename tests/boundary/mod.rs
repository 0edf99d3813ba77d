//! Tests of the boundary on the running kernel, from 6.1 on, without sched_ext: `boundary.bpf.c` has
//! the maps of the real object, and programs that play the kernel's part.
//!
//! They need root. Without it, or on an older kernel, each says `skipped: ...` on
//! standard error and passes; where they should work, failing to load is a failure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod allocations;
mod decisions;
mod programs;
mod rings;
mod tasks;
mod wait;

use std::io::Write;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::{addr_of, NonNull};
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

use libbpf_rs::skel::{OpenSkel, SkelBuilder};

use crate::decision_ring::DecisionRing;
use crate::mapping::page_size;
use crate::program::ProgramFd;
use crate::rings::Rings;
use crate::shared::Shared;
use crate::task_rings::TaskRings;
use crate::{system, Task};

use scxbridge_boundary as skel;
use skel::types::{bss as Bss, scxb_production as Production};

const DUMMY_WAKE: u32 = 1;
const DUMMY_DISCARDED: u32 = 2;
const DUMMY_UNKNOWN: u32 = 3;

/// The loaded object. All rings have the smallest size there is.
struct Boundary {
    skel: skel::BoundarySkel<'static>,
    more_rings: Vec<OwnedFd>,
}

impl Boundary {
    /// With one ring of records. `None`, with a message, where these tests can't run.
    fn load() -> Option<Self> {
        Self::load_rings(1)
    }

    fn load_rings(count: u32) -> Option<Self> {
        if let Some(reason) = unavailable() {
            let name = std::thread::current().name().map(str::to_owned);
            // Not by a macro, whose output the test harness keeps to itself.
            let _ = writeln!(
                std::io::stderr(),
                "skipped: {}: {reason}",
                name.unwrap_or_default()
            );
            return None;
        }
        // The skeleton drops what it puts here; only the storage itself is leaked.
        let storage = Box::leak(Box::new(MaybeUninit::uninit()));
        let builder = skel::BoundarySkelBuilder::default();
        let mut open = builder.open(storage).expect("open the object");
        let rings = Rings {
            count,
            bytes: ring_size(),
        };
        open.maps.queued.set_max_entries(rings.bytes).unwrap();
        open.maps.rodata_data.as_deref_mut().unwrap().opt_rings = count;
        open.maps.decisions.set_max_entries(ring_size()).unwrap();
        let skel = open.load().expect("load the object, as root");
        let more_rings = rings
            .make(skel.maps.queued.as_fd(), skel.maps.rings.as_fd())
            .expect("make the rings of records");
        Some(Self { skel, more_rings })
    }

    fn task_rings(&self) -> TaskRings {
        let first = self.skel.maps.queued.as_fd();
        let maps = [first]
            .into_iter()
            .chain(self.more_rings.iter().map(AsFd::as_fd));
        TaskRings::new(maps, ring_size(), false).unwrap()
    }

    fn decision_ring(&self) -> DecisionRing {
        DecisionRing::new(self.skel.maps.decisions.as_fd(), ring_size(), false).unwrap()
    }

    fn bss_ptr(&self) -> *const Bss {
        let bss = self.skel.maps.bss_data.as_deref();
        std::ptr::from_ref(bss.expect("the object has a .bss"))
    }

    fn bss(&self) -> Bss {
        // SAFETY: mapped as long as self, and plain data.
        unsafe { self.bss_ptr().read_volatile() }
    }

    fn shared(&self) -> Shared {
        let data = self.skel.maps.data_shared_data.as_deref();
        let data = data.expect("the object has the shared memory");
        Shared::at(NonNull::from(&data.shared).cast())
    }

    fn hold_reserved(&self) -> &AtomicU32 {
        // SAFETY: an aligned word, mapped as long as self.
        unsafe { &*addr_of!((*self.bss_ptr()).hold_reserved).cast() }
    }

    fn hold_release(&self) -> &AtomicU32 {
        // SAFETY: as above.
        unsafe { &*addr_of!((*self.bss_ptr()).hold_release).cast() }
    }

    /// Has the kernel side send records; returns how many found room.
    fn produce(&self, mut production: Production) -> u64 {
        let program = ProgramFd::new(self.skel.progs.scxb_produce.as_fd());
        assert_eq!(program.run(Some(&mut production)).unwrap(), 0);
        production.produced
    }

    /// Has the kernel side take at most `limit` decisions; returns how many it took.
    fn drain(&self, limit: u32) -> i32 {
        let program = ProgramFd::new(self.skel.progs.scxb_drain.as_fd());
        program.run(Some(&mut { limit })).unwrap()
    }
}

fn unavailable() -> Option<String> {
    if let Err(err) = system::check_own_privileges() {
        return Some(err.to_string());
    }
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    let mut number = || numbers.next().and_then(|n| n.parse().ok()).unwrap_or(0u32);
    let version = (number(), number());
    (version < (6, 1)).then(|| format!("kernel {} is older than 6.1", release.trim()))
}

/// The smallest ring: 4096 bytes where pages are that small.
fn ring_size() -> u32 {
    page_size() as u32
}

/// A limit for loops that end within a second or so unless something is broken; on a machine with much else to do, a hundred times that.
struct Patience(Instant);

impl Patience {
    fn new() -> Self {
        Self(Instant::now() + Duration::from_secs(600))
    }

    #[track_caller]
    fn last(&self, what: &str) {
        assert!(Instant::now() < self.0, "{what} takes too long");
        std::thread::yield_now();
    }
}

/// Record `n`, as the kernel side fills it.
fn record(n: u64) -> Task {
    let id = n as i32;
    Task {
        pid: id,
        tgid: id + 1,
        cpu: id + 2,
        nr_cpus_allowed: n as u32 + 3,
        ready_ts: n * 15,
        start_ts: n * 5,
        stop_ts: n * 6,
        exec_runtime: n * 7,
        weight: n * 8,
        vtime: n * 9,
        cgroup_id: n * 10,
        seq: !n,
        run_ns: n * 11,
        leased: n as u32 + 12,
        weighted_ns: n * 13,
        own_weight: (n + 14) as u16,
        flags: (n * 4) as u16,
        comm: [b'a' + (n % 26) as u8; 16],
    }
}

//! What the loaded and the attached phase share: the rings, the memory shared with BPF, the
//! handles.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::Ordering;
use std::sync::Arc;

use libbpf_rs::libbpf_sys;
use parking_lot::{Mutex, MutexGuard};

use crate::decision_ring::DecisionRing;
use crate::domains::OwnDomains;
use crate::exit::c_text;
use crate::handles::Handles;
use crate::kernel_object::Object;
use crate::mapping::Mapping;
use crate::object::exit_dump_value;
use crate::pins::Pins;
use crate::shared::Shared;
use crate::skeleton::Queues;
use crate::stats::StatsReader;
use crate::task_rings::TaskRings;
use crate::wait::{ended, Waker};
use crate::{CpuRequest, Error, Result, Stats, EXIT_NONE, MAX_CPU_REQUESTS};

/// What the loaded and the attached phase share.
pub(crate) struct Core {
    // The mappings below are of maps that `handles` keeps open.
    pub(crate) tasks: TaskRings,
    pub(crate) decisions: DecisionRing,
    pub(crate) cpu_requests: Mutex<Mapping>,
    pub(crate) shared: Shared,
    pub(crate) own_domains: OwnDomains,
    pub(crate) receiver: Mutex<()>,
    pub(crate) dispatcher: Mutex<()>,
    /// Several, so that who reads the counters beside the rounds does not hold up these.
    stats: [Mutex<StatsReader>; STATS_READERS],
    pub(crate) kernel_mode: bool,
    pub(crate) waker: Arc<Waker>,
    pub(crate) name: String,
    exit_dump_bytes: u32,
    pub(crate) pins: Option<Pins>,
    /// None for an adopted scheduler.
    pub(crate) object: Option<Object>,
    pub(crate) handles: Handles,
    /// What `shared` points into.
    _shared_mapping: Mapping,
}

impl Core {
    pub(crate) fn new(
        handles: Handles,
        object: Option<Object>,
        pins: Option<Pins>,
        lock: bool,
    ) -> Result<Self> {
        let (shared_mapping, shared) = Shared::map(handles.shared.as_fd(), lock)?;
        let layout = shared.layout();
        let requests = MAX_CPU_REQUESTS * std::mem::size_of::<CpuRequest>();
        Ok(Self {
            tasks: TaskRings::new(handles.rings(), layout.ring_bytes, lock)?,
            decisions: DecisionRing::new(handles.decisions.as_fd(), layout.decisions_bytes, lock)?,
            cpu_requests: Mutex::new(Mapping::new(
                handles.cpu_requests.as_fd(),
                "the batch of CPU requests",
                0,
                requests,
                true,
                lock,
            )?),
            own_domains: OwnDomains::map(handles.domains.as_fd(), lock)?,
            receiver: Mutex::new(()),
            dispatcher: Mutex::new(()),
            stats: stats_readers(layout.stats_bytes as usize)?,
            kernel_mode: layout.kernel_mode != 0,
            waker: Arc::new(Waker::new()?),
            name: c_text(&layout.name.map(|c| c as u8)),
            exit_dump_bytes: layout.exit_dump_bytes,
            pins,
            object,
            handles,
            shared,
            _shared_mapping: shared_mapping,
        })
    }

    /// The dump of the last exit; allocates.
    pub(crate) fn exit_dump(&self) -> Result<Vec<u8>> {
        let mut dump = vec![0u8; exit_dump_value(self.exit_dump_bytes) as usize];
        let key = 0u32;
        // SAFETY: the buffer is as long as the map's value.
        let ret = unsafe {
            libbpf_sys::bpf_map_lookup_elem(
                self.handles.exit_dump.as_raw_fd(),
                std::ptr::from_ref(&key).cast(),
                dump.as_mut_ptr().cast(),
            )
        };
        if ret < 0 {
            let err = io::Error::from_raw_os_error(-ret);
            return Err(Error::kernel("read the debug dump", &err));
        }
        let len = dump.iter().position(|&b| b == 0).unwrap_or(dump.len());
        dump.truncate(len);
        Ok(dump)
    }

    /// Tells the kernel side that the agent is alive.
    pub(crate) fn beat(&self) {
        self.shared
            .heartbeat()
            .store(monotonic_ns(), Ordering::Relaxed);
    }

    pub(crate) fn check_running(&self) -> Result<()> {
        match self.shared.exit_kind().load(Ordering::Acquire) {
            EXIT_NONE => Ok(()),
            _ => Err(ended()),
        }
    }

    pub(crate) fn stats(&self, attached: bool) -> Result<Stats> {
        let mut reader = free(&self.stats);
        let mut stats = reader.read(self.handles.stats.as_fd())?;
        drop(reader);
        stats.received = self.shared.received().load(Ordering::Relaxed);
        stats.decisions = self.decisions.written();
        stats.heartbeat_age_ns =
            monotonic_ns().saturating_sub(self.shared.heartbeat().load(Ordering::Relaxed));
        // The queues exist only while the scheduler runs.
        if attached && self.check_running().is_ok() {
            let mut queues = Queues::default();
            self.handles
                .observe()
                .run(Some(&mut queues))
                .map_err(|err| Error::kernel("read the queues' lengths", &err))?;
            stats.in_flight = queues.parked.max(0) as u64;
            stats.throttled_now = queues.throttled.max(0) as u64;
            stats.shared_waiting = queues.shared.max(0) as u64;
            stats.local_waiting = queues.local.max(0) as u64;
        }
        Ok(stats)
    }
}

/// The rounds, a ticker and a server can read at the same time.
const STATS_READERS: usize = 3;

fn stats_readers(value_bytes: usize) -> Result<[Mutex<StatsReader>; STATS_READERS]> {
    let reader = || StatsReader::new(value_bytes).map(Mutex::new);
    Ok([reader()?, reader()?, reader()?])
}

/// One that nobody uses; only if all are in use it waits.
fn free<T>(of: &[Mutex<T>; STATS_READERS]) -> MutexGuard<'_, T> {
    of.iter()
        .find_map(Mutex::try_lock)
        .unwrap_or_else(|| of[0].lock())
}

fn monotonic_ns() -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: writes to a local; CLOCK_MONOTONIC always exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reads_the_counters_does_not_hold_up_others() {
        let readers = [Mutex::new(0), Mutex::new(1), Mutex::new(2)];
        let (first, second) = (free(&readers), free(&readers));
        assert_eq!((*first, *second), (0, 1));
        drop(first);
        assert_eq!(*free(&readers), 0);
    }
}

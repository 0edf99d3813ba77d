/// A task that wants to run: one record of the ring buffer.
///
/// The task is parked until a decision that carries its `pid` and `seq` moves it, or
/// until its grace has passed and the kernel side runs it without one.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// Thread id, in the initial PID namespace.
    pub pid: i32,
    /// Process id (thread group), in the initial PID namespace.
    pub tgid: i32,
    /// The CPU that it last ran on.
    pub cpu: i32,
    /// On how many CPUs it may run.
    pub nr_cpus_allowed: u32,
    /// `SCXB_ENQ_*`: why it is queued, as the kernel says.
    pub flags: u64,
    /// When it last started to run, ns of `CLOCK_MONOTONIC`; 0: not yet under this scheduler.
    pub start_ts: u64,
    /// When it last stopped running, ns of `CLOCK_MONOTONIC`; 0: not yet under this scheduler.
    pub stop_ts: u64,
    /// CPU time since it last slept, ns.
    pub exec_runtime: u64,
    /// Weight, 1 to 10000; 100 is nice 0.
    pub weight: u64,
    /// The vtime of its last decision, given back; 0 at first. Each use of a lease moved it on by the
    /// CPU time since, times 100 / weight.
    pub vtime: u64,
    /// Id of its cgroup (v2).
    pub cgroup_id: u64,
    /// Names this parking; its decision must carry it. Never 0.
    pub seq: u64,
    /// CPU time since its last record, ns: also of runs that it owed to a lease or to an idle CPU.
    pub run_ns: u64,
    /// How often its lease was used since its last record.
    pub leased: u32,
    /// Always 0.
    pub reserved: u32,
    /// Name of the thread, NUL-terminated.
    pub comm: [u8; COMM_LEN],
}

/// Room for a thread's name, with its NUL.
pub const COMM_LEN: usize = 16;

/// The task is waking up (else it ran out of its slice, was preempted, or its properties changed).
pub const ENQ_WAKEUP: u64 = 1;
/// The kernel asked for the task to be queued again.
pub const ENQ_REENQ: u64 = 0x100_0000_0000;

impl Task {
    /// The thread's name up to its NUL; bytes, for the kernel does not promise UTF-8.
    pub fn comm(&self) -> &[u8] {
        let len = self.comm.iter().position(|&b| b == 0);
        &self.comm[..len.unwrap_or(COMM_LEN)]
    }
}

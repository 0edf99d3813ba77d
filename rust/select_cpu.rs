/// A question for an idle CPU, and its answer.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuRequest {
    /// Thread id, in the initial PID namespace.
    pub pid: i32,
    /// The CPU to prefer; -1: the one that the task last ran on.
    pub prev_cpu: i32,
    /// Out: a CPU id, or `-EBUSY` (no allowed CPU is idle), `-ESRCH` (no such
    /// task), `-EINVAL` (bad request).
    pub cpu: i32,
    /// Always 0, or the answer is -EINVAL.
    pub flags: u32,
}

/// How many requests cross in one system call; a longer batch takes several.
pub const MAX_CPU_REQUESTS: usize = 512;

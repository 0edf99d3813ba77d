use crate::{Decision, Task};

impl Decision {
    /// A decision for `task` on `cpu`, with the default slice and the task's own vtime.
    pub fn new(task: &Task, cpu: i32) -> Self {
        Self {
            pid: task.pid,
            cpu,
            vtime: task.vtime,
            seq: task.seq,
            ..Self::default()
        }
    }
}

use crate::{Task, COMM_LEN};

impl Task {
    /// The thread's name up to its NUL; bytes, since the kernel does not promise UTF-8.
    pub fn comm(&self) -> &[u8] {
        let len = self.comm.iter().position(|&b| b == 0);
        &self.comm[..len.unwrap_or(COMM_LEN)]
    }
}

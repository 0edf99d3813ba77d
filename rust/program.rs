//! Runs system call programs.

use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd};

use libbpf_rs::libbpf_sys;

/// A program to run with `BPF_PROG_TEST_RUN`; valid as long as its descriptor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProgramFd(i32);

impl ProgramFd {
    pub(crate) fn new(prog: BorrowedFd<'_>) -> Self {
        Self(prog.as_raw_fd())
    }

    /// Runs the program on a context that it may change. Allocates nothing.
    ///
    /// Returns the program's own result.
    pub(crate) fn run<C: Copy>(self, context: Option<&mut C>) -> std::io::Result<i32> {
        let mut opts = libbpf_sys::bpf_test_run_opts {
            sz: size_of::<libbpf_sys::bpf_test_run_opts>() as _,
            ..Default::default()
        };
        if let Some(context) = context {
            // A system call program gets its context only when both are set. It is
            // written back in place; the kernel refuses ctx_out.
            opts.ctx_in = std::ptr::from_mut(context).cast();
            opts.ctx_size_in = size_of::<C>() as u32;
        }
        // SAFETY: opts and the context that it points to outlive the call.
        let ret = unsafe { libbpf_sys::bpf_prog_test_run_opts(self.0, &mut opts) };
        if ret < 0 {
            return Err(std::io::Error::from_raw_os_error(-ret));
        }
        Ok(opts.retval as i32)
    }
}

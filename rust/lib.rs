//! Linux schedulers written in user space.
//!
//! sched_ext lets BPF decide which task runs where. This crate owns that BPF side and hands the
//! decisions to a program, the *agent*, in batches: the agent reads records of tasks that want to
//! run, and writes decisions about them. A task that waits for its decision is *parked* on a
//! separate queue, from which the kernel side runs it if the decision is late. So the machine runs
//! on, whatever happens to the agent.
//!
//! A scheduler goes through three phases, each a type:
//!
//! ```text
//!  OpenScheduler ──load()──▶ LoadedScheduler ──attach()──▶ AttachedScheduler
//!   options, machine          in the kernel,     ◀──detach()── schedules the machine:
//!   checked                   statistics                       receive, dispatch, …
//! ```
//!
//! A complete scheduler, first come, first served:
//!
//! ```no_run
//! use scxbridge::{Decision, ErrorKind, OpenScheduler, Options, Task, CPU_ANY};
//!
//! # fn main() -> scxbridge::Result<()> {
//! let scheduler = OpenScheduler::open(Options::default())?.load()?;
//! let scheduler = scheduler.attach().map_err(|(_, err)| err)?;
//! let mut tasks = [Task::default(); 256];
//! let mut decisions = [Decision::default(); 256];
//! let mut order = 0;
//! loop {
//!     let count = match scheduler.receive_wait(&mut tasks, None) {
//!         Err(err) if err.kind() == ErrorKind::Ended => break,
//!         received => received?,
//!     };
//!     for (task, decision) in tasks[..count].iter().zip(&mut decisions) {
//!         order += 1;
//!         *decision = Decision { vtime: order, ..Decision::new(task, CPU_ANY) };
//!     }
//!     scheduler.dispatch(&decisions[..count])?;
//! }
//! println!("{:?}", scheduler.exit_info());
//! # Ok(())
//! # }
//! ```

mod adopt;
mod attach;
mod calls;
mod cgroup_info;
mod cgroup_limits;
mod config;
mod core;
mod cpus;
mod decision;
mod decision_ring;
mod diagnose;
mod disabling;
mod domains;
mod error;
mod exit;
pub mod ffi;
mod handles;
mod kernel_btf;
/// cbindgen:ignore
mod kernel_side;
mod kfuncs;
mod libbpf_log;
mod mapping;
#[cfg_attr(feature = "boundary", allow(dead_code))]
mod object;
mod options;
mod pins;
mod priority;
mod program;
mod rings;
mod round;
mod scheduler;
mod shared;
#[cfg_attr(feature = "boundary", allow(dead_code))]
mod skeleton;
mod stats;
mod system;
mod task;
mod task_ring;
mod task_rings;
mod topology;
mod verifier;
mod wait;
mod wire;

/// Tests of what crosses between kernel and library, on kernels without sched_ext too.
#[cfg(test)]
#[path = "../tests/boundary/mod.rs"]
mod boundary;

// What is loaded into the kernel: the BPF object, or for benchmarks a stand-in that schedules nothing.
#[cfg(not(feature = "boundary"))]
use object as kernel_object;
#[cfg(feature = "boundary")]
#[path = "../tests/boundary/object.rs"]
mod kernel_object;

pub use config::NAME_MAX;
pub use cpus::Topology;
pub use error::{Error, ErrorKind, Result};
pub use exit::{
    ExitInfo, ECODE_ACT_RESTART, EXIT_DONE, EXIT_ERROR, EXIT_ERROR_BPF, EXIT_ERROR_STALL,
    EXIT_NONE, EXIT_SYSRQ, EXIT_UNREG, EXIT_UNREG_BPF, EXIT_UNREG_KERN,
};
pub use options::Options;
pub use priority::Whose;
pub use scheduler::{AttachedScheduler, LoadedScheduler, OpenScheduler};
pub use wire::*;

//! The calls outside the rounds: any thread may make them at any time.

use std::io;
use std::os::fd::AsFd;

use crate::core::Core;
use crate::priority::{self, Whose};
use crate::skeleton::Lessee;
use crate::{AttachedScheduler, CpuRequest, Error, ErrorKind, Result, MAX_CPU_REQUESTS};

impl AttachedScheduler {
    /// An idle CPU that the task may use; it no longer counts as idle, so send the task there.
    /// `prev_cpu` is preferred; -1: the one that the task last ran on.
    ///
    /// # Errors
    /// [`ErrorKind::NoIdleCpu`], [`ErrorKind::NoSuchTask`], [`ErrorKind::InvalidInput`],
    /// [`ErrorKind::Ended`].
    pub fn select_cpu(&self, pid: i32, prev_cpu: i32) -> Result<i32> {
        let core = self.core();
        core.check_running()?;
        let mut request = CpuRequest {
            pid,
            prev_cpu,
            ..CpuRequest::default()
        };
        core.handles
            .select_cpu()
            .run(Some(&mut request))
            .map_err(|err| Error::kernel("select a CPU", &err))?;
        match request.cpu {
            cpu if cpu >= 0 => Ok(cpu),
            err if err == -libc::EBUSY => Err(Error::new(
                ErrorKind::NoIdleCpu,
                "select a CPU: no CPU that the task may use is idle",
            )),
            err if err == -libc::ESRCH => Err(Error::new(
                ErrorKind::NoSuchTask,
                "select a CPU: no task has this id",
            )),
            _ => Err(Error::new(
                ErrorKind::InvalidInput,
                "select a CPU: the task id must be positive and the CPU one of this machine, or -1",
            )),
        }
    }

    /// Answers many requests with one system call per [`MAX_CPU_REQUESTS`]; each request's `cpu`
    /// gets its own result.
    ///
    /// # Errors
    /// [`ErrorKind::Ended`], or what the kernel says.
    pub fn select_cpus(&self, requests: &mut [CpuRequest]) -> Result<()> {
        let core = self.core();
        core.check_running()?;
        let batch = core.cpu_requests.lock();
        for chunk in requests.chunks_mut(MAX_CPU_REQUESTS) {
            let shared = batch.at(0).cast::<CpuRequest>();
            // SAFETY: the mapping has room for MAX_CPU_REQUESTS requests, any bits
            // are a request, and the lock makes us its only user.
            unsafe { shared.copy_from_nonoverlapping(chunk.as_ptr(), chunk.len()) };
            let mut count = chunk.len() as u32;
            let result = core
                .handles
                .select_cpus()
                .run(Some(&mut count))
                .map_err(|err| Error::kernel("select CPUs", &err))?;
            if result < 0 {
                let err = io::Error::from_raw_os_error(-result);
                return Err(Error::kernel("select CPUs", &err));
            }
            // SAFETY: as above.
            unsafe { shared.copy_to_nonoverlapping(chunk.as_mut_ptr(), chunk.len()) };
        }
        Ok(())
    }

    /// Ends the lease of a task at once, or with pid 0 all leases: the next time that the task
    /// wants to run, it gets a record. A task without a lease is no error. One system call.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchTask`], [`ErrorKind::InvalidInput`] for a negative pid, [`ErrorKind::Ended`].
    pub fn revoke_lease(&self, pid: i32) -> Result<()> {
        let core = self.core();
        core.check_running()?;
        if pid < 0 {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "revoke a lease: the task id must be positive, or 0 for all leases",
            ));
        }
        let result = core
            .handles
            .revoke()
            .run(Some(&mut Lessee { pid }))
            .map_err(|err| Error::kernel("revoke a lease", &err))?;
        if result == -libc::ESRCH {
            return Err(Error::new(
                ErrorKind::NoSuchTask,
                "revoke a lease: no task has this id",
            ));
        }
        Ok(())
    }

    /// Sets or changes the priority of a thread, or of all threads of a process, in kernel mode:
    /// see [`Options::kernel_mode`]. A task of level 0 to [`PRIORITY_URGENT_MAX`] preempts less
    /// urgent ones; one of a level up to [`PRIORITY_MAX`] is charged for a part of its run time. A
    /// `slice_ns` of 0 is the default, and one above `slice_max_ns` is cut.
    ///
    /// Ids are those of the initial pid namespace, as in records. The priority holds until it is
    /// removed or the thread or process ends; it never passes to a later one with the same id. A
    /// process's priority also holds for threads that it creates later, but not for a thread with
    /// its own priority.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchTask`], also if the id given for a process is that of a thread other than
    /// its first; [`ErrorKind::InvalidInput`], [`ErrorKind::NotSupported`] without kernel mode, or
    /// `E2BIG` beyond [`MAX_PRIORITIES`] threads or processes.
    ///
    /// [`PRIORITY_URGENT_MAX`]: crate::PRIORITY_URGENT_MAX
    /// [`PRIORITY_MAX`]: crate::PRIORITY_MAX
    /// [`MAX_PRIORITIES`]: crate::MAX_PRIORITIES
    pub fn set_priority(&self, whose: Whose, level: u32, slice_ns: u64) -> Result<()> {
        let core = self.core();
        core.check_kernel_mode("set a priority")?;
        priority::set(core.handles.set_priority(), whose, level, slice_ns)
    }

    /// Removes a priority. A thread then has that of its process, if there is one.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchTask`] if there is none, and as [`AttachedScheduler::set_priority`].
    pub fn remove_priority(&self, whose: Whose) -> Result<()> {
        let core = self.core();
        core.check_kernel_mode("remove a priority")?;
        let map = match whose {
            Whose::Thread(_) => &core.handles.priorities,
            Whose::Process(_) => &core.handles.process_priorities,
        };
        priority::remove(map.as_fd(), core.handles.set_priority(), whose)
    }

    /// Preempts what runs on a CPU, which then chooses its next task. One system call.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if there is no such CPU, [`ErrorKind::Ended`].
    pub fn preempt_cpu(&self, mut cpu: i32) -> Result<()> {
        let core = self.core();
        core.check_running()?;
        let result = core
            .handles
            .preempt_cpu()
            .run(Some(&mut cpu))
            .map_err(|err| Error::kernel("preempt a CPU", &err))?;
        if result < 0 {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("preempt a CPU: {cpu} is none that is online"),
            ));
        }
        Ok(())
    }
}

impl Core {
    fn check_kernel_mode(&self, what: &'static str) -> Result<()> {
        if self.kernel_mode {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::NotSupported,
            format!("{what}: the scheduler is not in kernel mode; its policy has the say"),
        ))
    }
}

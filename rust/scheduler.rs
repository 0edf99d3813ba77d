//! The phases of a scheduler.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use libbpf_rs::libbpf_sys;
use parking_lot::Mutex;

#[cfg(feature = "boundary")]
use crate::boundary_object::{Object, OpenedObject};
use crate::bpf::{Layout, Lessee, ProgramFd, Queues, Shared};
#[cfg(not(feature = "boundary"))]
use crate::bpf::{Object, OpenedObject};
use crate::config::validate_name;
use crate::decisions::DecisionRing;
use crate::exit::text;
use crate::handles::{Handles, Pins};
use crate::kernel_side::{LAYOUT_MAGIC, LAYOUT_VERSION, REGISTER_ENTER, REGISTER_LEAVE};
use crate::memory::Mapping;
use crate::priority::Whose;
use crate::ring::TaskRing;
use crate::stats::StatsReader;
use crate::wait::{deadline, ended, Waker};
use crate::{
    diagnose, disabling, priority, system, CpuRequest, Decision, Error, ErrorKind, ExitInfo,
    Options, Result, Stats, Task, EXIT_NONE, MAX_CPU_REQUESTS,
};

/// A flush that meets a drain by another CPU tries again so many times before it
/// leaves the rest to ops.dispatch.
const FLUSH_TRIES: u32 = 1000;

/// Phase 1: options are checked, the machine too; nothing is in the kernel yet.
#[must_use]
pub struct OpenScheduler {
    options: Options,
    object: Box<OpenedObject>,
}

impl OpenScheduler {
    /// Checks the options and the machine, and prepares the BPF object.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] for an option, [`ErrorKind::PermissionDenied`]
    /// without the capabilities, [`ErrorKind::NotSupported`] where the kernel has
    /// no BTF or no sched_ext. Nothing is changed on the system.
    pub fn open(options: Options) -> Result<Self> {
        options.validate()?;
        system::check()?;
        let object = Box::new(OpenedObject::open(&options, system::hotplug_seq())?);
        Ok(Self { options, object })
    }

    /// Loads the BPF programs and maps the rings. The machine is not yet scheduled by them.
    ///
    /// # Errors
    /// What the kernel says against it, for example of its verifier.
    pub fn load(self) -> Result<LoadedScheduler> {
        let options = self.options;
        let object = self.object.load(options.debug)?;
        let handles = object
            .handles()
            .map_err(|err| Error::kernel("duplicate descriptors", &err))?;
        let pins = options.pin.then(|| Pins::of(&options.name));
        let core = Core::new(handles, Some(object), pins, options.lock_memory)?;
        Ok(LoadedScheduler {
            core: Box::new(core),
        })
    }
}

/// Phase 2: in the kernel, ready to attach; also what remains after detach.
#[must_use]
pub struct LoadedScheduler {
    core: Box<Core>,
}

impl LoadedScheduler {
    /// Makes the calling process the agent and lets the machine be scheduled.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if another scheduler is active, or what the kernel
    /// says against it. The scheduler stays loaded and is given back.
    pub fn attach(mut self) -> std::result::Result<AttachedScheduler, (Self, Error)> {
        match self.core.attach() {
            Ok(link) => Ok(AttachedScheduler {
                link: Some(link),
                core: Some(self.core),
            }),
            Err(err) => Err((self, err)),
        }
    }

    /// The counters so far; final after detach.
    ///
    /// # Errors
    /// What the kernel says; none is expected.
    pub fn stats(&self) -> Result<Stats> {
        self.core.stats(false)
    }

    /// Why the last attachment ended. Allocates.
    pub fn exit_info(&self) -> ExitInfo {
        ExitInfo::read(&self.core.shared)
    }

    /// The kernel's debug dump of the last end by an error; empty without one. Allocates.
    ///
    /// # Errors
    /// What the kernel says; none is expected.
    pub fn exit_dump(&self) -> Result<Vec<u8>> {
        self.core.exit_dump()
    }
}

/// Phase 3: scheduling the machine.
///
/// Dropping it detaches, unless the scheduler is pinned: then the kernel side runs
/// on and rescues all tasks until another process adopts it.
///
/// All methods take `&self` and may be called from any thread; one thread at a
/// time receives, waits and dispatches, and a second one gets [`ErrorKind::Busy`].
#[must_use]
pub struct AttachedScheduler {
    // Dropped first: detaches while everything else is still there.
    link: Option<OwnedFd>,
    core: Option<Box<Core>>,
}

impl AttachedScheduler {
    /// Takes over a pinned scheduler that has no agent, for example after that was
    /// killed or left for an upgrade. Nothing is lost and nothing stops meanwhile.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if its agent lives; [`ErrorKind::Ended`] if the kernel has
    /// ended it; [`ErrorKind::NotSupported`] if a library of another layout made it;
    /// `ENOENT` if none is pinned under this name.
    pub fn adopt(name: &str) -> Result<Self> {
        validate_name(name)?;
        system::check()?;
        let pins = Pins::of(name);
        let (handles, link) =
            pins.open(|shared| check_layout(&map_shared(shared, false)?.1.layout()))?;
        let core = Core::new(handles, None, Some(pins), false)?;
        if core.check_running().is_err() {
            let info = ExitInfo::read(&core.shared);
            return Err(Error::new(
                ErrorKind::Ended,
                format!(
                    "adopt {name:?}: the kernel has ended it ({}); remove what is left of it by detaching it",
                    info.reason
                ),
            ));
        }
        core.register(&format!("adopt {name:?}"))?;
        Ok(Self {
            link: Some(link),
            core: Some(Box::new(core)),
        })
    }

    /// Detaches a pinned scheduler that has no agent, and removes its pins.
    ///
    /// # Errors
    /// As [`AttachedScheduler::adopt`]; but one that the kernel has ended is removed, and
    /// so is one of another layout, whether its agent lives or not.
    pub fn detach_pinned(name: &str) -> Result<()> {
        match Self::adopt(name) {
            Ok(adopted) => {
                let _ = adopted.detach();
                Ok(())
            }
            Err(err) => match err.kind() {
                ErrorKind::Ended => Pins::of(name).remove(),
                ErrorKind::NotSupported => {
                    // Not the machine's fault, but the layout's.
                    system::check()?;
                    let pins = Pins::of(name);
                    detach_link(pins.open_link()?);
                    pins.remove()
                }
                _ => Err(err),
            },
        }
    }

    #[allow(clippy::expect_used)] // Only detach and drop take it.
    fn core(&self) -> &Core {
        self.core.as_deref().expect("the core lives until drop")
    }

    /// Copies records that wait into `tasks` and returns how many; 0 when none
    /// waits. Never blocks, makes no system call, allocates nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Ended`], [`ErrorKind::Busy`].
    pub fn receive(&self, tasks: &mut [Task]) -> Result<usize> {
        self.core().receive(tasks)
    }

    /// Receives at least one record: blocks until there are any, at most for `timeout` (`None`: no
    /// limit), without a system call if some wait. Counts as both [`Self::receive`] and
    /// [`Self::wait`], and so one thread at a time may be in it. Allocates nothing.
    ///
    /// # Errors
    /// Those of [`Self::wait`]; [`ErrorKind::InvalidInput`] without room for a record.
    pub fn receive_wait(&self, tasks: &mut [Task], timeout: Option<Duration>) -> Result<usize> {
        self.core().receive_wait(tasks, timeout)
    }

    /// Blocks until records wait, at most for `timeout` (`None`: no limit).
    /// Signals don't end it. A wake that came before the call ends it at once.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`], [`ErrorKind::Woken`], [`ErrorKind::Ended`],
    /// [`ErrorKind::Closed`], [`ErrorKind::Busy`].
    pub fn wait(&self, timeout: Option<Duration>) -> Result<()> {
        self.core().wait(deadline(timeout))
    }

    /// Ends the wait that is under way, or else the next one, with [`ErrorKind::Woken`].
    pub fn wake(&self) {
        self.core().waker.wake();
    }

    /// Something that wakes this scheduler's waiter and may outlive it.
    pub(crate) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.core().waker)
    }

    /// Writes the decisions, and has the kernel carry them out in one call.
    /// Returns how many were written: all of them, unless there is an error.
    /// Allocates nothing; a batch larger than the ring is flushed in parts.
    ///
    /// # Errors
    /// [`ErrorKind::Ended`], [`ErrorKind::Busy`], or what the kernel says.
    pub fn dispatch(&self, decisions: &[Decision]) -> Result<usize> {
        self.core().dispatch(decisions)
    }

    /// An idle CPU that the task may use; it counts as taken, so send the task there.
    /// `prev_cpu` is preferred; -1: the one that the task last ran on.
    ///
    /// # Errors
    /// [`ErrorKind::NoIdleCpu`], [`ErrorKind::NoSuchTask`], [`ErrorKind::InvalidInput`],
    /// [`ErrorKind::Ended`].
    pub fn select_cpu(&self, pid: i32, prev_cpu: i32) -> Result<i32> {
        self.core().select_cpu(pid, prev_cpu)
    }

    /// Answers many requests with one system call per [`MAX_CPU_REQUESTS`];
    /// each request's `cpu` has its own result.
    ///
    /// # Errors
    /// [`ErrorKind::Ended`], or what the kernel says.
    pub fn select_cpus(&self, requests: &mut [CpuRequest]) -> Result<()> {
        self.core().select_cpus(requests)
    }

    /// Ends the lease of a task, or with pid 0 all leases, at once: the next time that the
    /// task wants to run there is a record. That it has none is no error. One system call.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchTask`], [`ErrorKind::InvalidInput`] for a negative pid, [`ErrorKind::Ended`].
    pub fn revoke_lease(&self, pid: i32) -> Result<()> {
        self.core().revoke_lease(pid)
    }

    /// Makes a thread, or all threads of a process, priority tasks, or changes them, in kernel
    /// mode: see [`Options::kernel_mode`]. A level from 0 to [`PRIORITY_URGENT_MAX`] preempts what is
    /// less urgent; one up to [`PRIORITY_MAX`] is charged for a part of its time. `slice_ns` of
    /// 0 is the default, and one above `slice_max_ns` is cut.
    ///
    /// Ids are those of the first pid namespace, as in records. The priority holds until it is
    /// removed or the thread or process ends; it never passes to another with the same id. That
    /// of a process holds for threads that it makes later, too, but not for one with a priority
    /// of its own.
    ///
    /// # Errors
    /// [`ErrorKind::NoSuchTask`], also for a process by the id of another thread than its first;
    /// [`ErrorKind::InvalidInput`], [`ErrorKind::NotSupported`] without kernel mode, or `E2BIG`
    /// beyond [`MAX_PRIORITIES`] threads or processes.
    ///
    /// [`PRIORITY_URGENT_MAX`]: crate::PRIORITY_URGENT_MAX
    /// [`PRIORITY_MAX`]: crate::PRIORITY_MAX
    /// [`MAX_PRIORITIES`]: crate::MAX_PRIORITIES
    pub fn set_priority(&self, whose: Whose, level: u32, slice_ns: u64) -> Result<()> {
        self.core().set_priority(whose, level, slice_ns)
    }

    /// Takes a priority away again. A thread then has that of its process, if there is one.
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
        priority::remove(map.as_fd(), whose)
    }

    /// Interrupts what runs on a CPU, which then has to choose a task anew. One system call.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] if there is no such CPU, [`ErrorKind::Ended`].
    pub fn preempt_cpu(&self, cpu: i32) -> Result<()> {
        self.core().preempt_cpu(cpu)
    }

    /// The counters so far. Allocates nothing.
    ///
    /// # Errors
    /// What the kernel says; none is expected.
    pub fn stats(&self) -> Result<Stats> {
        self.core().stats(true)
    }

    /// Why the scheduler ended, of kind [`EXIT_NONE`] while it runs. Allocates.
    pub fn exit_info(&self) -> ExitInfo {
        ExitInfo::read(&self.core().shared)
    }

    /// As [`LoadedScheduler::exit_dump`].
    ///
    /// # Errors
    /// What the kernel says; none is expected.
    pub fn exit_dump(&self) -> Result<Vec<u8>> {
        self.core().exit_dump()
    }

    /// Gives the machine back to the kernel's own scheduler, pinned or not; returns
    /// when that is done.
    #[allow(clippy::expect_used)] // Only detach and drop take it.
    pub fn detach(mut self) -> LoadedScheduler {
        let core = self.core.take().expect("the core lives until drop");
        // What is left in the ring can't be carried out afterwards. If this can't
        // be done either, the scheduler has ended already.
        let _ = core.flush(false);
        if let Some(pins) = &core.pins {
            let _ = pins.remove();
        }
        if let Some(link) = self.link.take() {
            detach_link(link);
        }
        LoadedScheduler { core }
    }
}

impl Drop for AttachedScheduler {
    fn drop(&mut self) {
        if let Some(core) = &self.core {
            if core.pins.is_some() {
                // It goes on without us. Make way for the next agent.
                let _ = core.flush(false);
                let _ = core.leave();
            } else if let Some(link) = self.link.take() {
                detach_link(link);
            }
        }
    }
}

/// What all phases from loaded on share.
struct Core {
    // The mappings below are of maps that `handles` keeps open.
    tasks: TaskRing,
    decisions: DecisionRing,
    cpu_requests: Mutex<Mapping>,
    shared: Shared,
    receiver: Mutex<()>,
    dispatcher: Mutex<()>,
    stats: Mutex<StatsReader>,
    flush: ProgramFd,
    select_cpu: ProgramFd,
    select_cpus: ProgramFd,
    revoke: ProgramFd,
    observe: ProgramFd,
    set_priority: ProgramFd,
    preempt_cpu: ProgramFd,
    kernel_mode: bool,
    waker: Arc<Waker>,
    name: String,
    exit_dump_bytes: usize,
    pins: Option<Pins>,
    /// None for an adopted scheduler.
    object: Option<Object>,
    handles: Handles,
    /// What `shared` points into.
    _shared_mapping: Mapping,
}

impl Core {
    fn new(
        handles: Handles,
        object: Option<Object>,
        pins: Option<Pins>,
        lock: bool,
    ) -> Result<Self> {
        let (shared_mapping, shared) = map_shared(handles.shared.as_fd(), lock)?;
        let layout = shared.layout();
        let requests = MAX_CPU_REQUESTS * std::mem::size_of::<CpuRequest>();
        Ok(Self {
            tasks: TaskRing::new(handles.queued.as_fd(), layout.queued_bytes, lock)?,
            decisions: DecisionRing::new(handles.decisions.as_fd(), layout.decisions_bytes, lock)?,
            cpu_requests: Mutex::new(Mapping::new(
                handles.cpu_requests.as_fd(),
                "the batch of CPU requests",
                0,
                requests,
                true,
                lock,
            )?),
            receiver: Mutex::new(()),
            dispatcher: Mutex::new(()),
            stats: Mutex::new(StatsReader::new(layout.stats_bytes as usize)?),
            flush: ProgramFd::new(handles.flush.as_fd()),
            select_cpu: ProgramFd::new(handles.select_cpu.as_fd()),
            select_cpus: ProgramFd::new(handles.select_cpus.as_fd()),
            revoke: ProgramFd::new(handles.revoke.as_fd()),
            observe: ProgramFd::new(handles.observe.as_fd()),
            set_priority: ProgramFd::new(handles.set_priority.as_fd()),
            preempt_cpu: ProgramFd::new(handles.preempt_cpu.as_fd()),
            kernel_mode: layout.kernel_mode != 0,
            waker: Arc::new(Waker::new()?),
            name: text(&layout.name.map(|c| c as u8)),
            exit_dump_bytes: layout.exit_dump_bytes as usize,
            pins,
            object,
            handles,
            shared,
            _shared_mapping: shared_mapping,
        })
    }

    fn attach(&mut self) -> Result<OwnedFd> {
        let attempt = format!("attach {:?}", self.name);
        self.check_no_scheduler()?;
        self.register(&attempt)?;
        self.shared.exit_kind().store(EXIT_NONE, Ordering::Release);
        if let Some(pins) = &self.pins {
            pins.pin_handles(&self.handles)?;
        }
        let link = self.create_link(&attempt).and_then(|link| {
            if let Some(pins) = &self.pins {
                pins.pin_link(link.as_fd())?;
            }
            Ok(link)
        });
        if link.is_err() {
            let _ = self.leave();
            if let Some(pins) = &self.pins {
                let _ = pins.remove();
            }
        }
        link
    }

    fn create_link(&mut self, attempt: &str) -> Result<OwnedFd> {
        let link = match &mut self.object {
            Some(object) => object.attach(&self.name),
            None => link_ops(self.handles.ops.as_fd()).map_err(|err| Error::kernel(attempt, &err)),
        };
        link.map_err(|err| {
            // Another scheduler may have come between the look and the attempt.
            if let Err(busy) = self.check_no_scheduler() {
                return busy;
            }
            let invalid = err.kind() == ErrorKind::Kernel(libc::EINVAL);
            let why = invalid.then(|| diagnose::attach(attempt, Path::new(diagnose::ROOT)));
            why.flatten().unwrap_or(err)
        })
    }

    fn check_no_scheduler(&self) -> Result<()> {
        system::check_no_scheduler(&self.name).map_err(|err| {
            let pins = Pins::of(&self.name);
            if !pins.exist() {
                return err;
            }
            let folder = pins.folder().display();
            let hint =
                format!("{err} (one of this name is pinned in {folder}: adopt or detach it)");
            Error::new(ErrorKind::Busy, hint)
        })
    }

    /// Makes this process the agent.
    fn register(&self, attempt: &str) -> Result<()> {
        self.beat();
        let result = self.run_register(REGISTER_ENTER)?;
        if result == -libc::EBUSY {
            return Err(Error::new(
                ErrorKind::Busy,
                format!("{attempt}: its agent is alive; stop that process first"),
            ));
        }
        Ok(())
    }

    fn leave(&self) -> Result<()> {
        self.run_register(REGISTER_LEAVE).map(|_| ())
    }

    fn run_register(&self, mut action: u32) -> Result<i32> {
        ProgramFd::new(self.handles.register.as_fd())
            .run(Some(&mut action))
            .map_err(|err| Error::kernel("register this process as the agent", &err))
    }

    /// The dump of the last exit; allocates.
    fn exit_dump(&self) -> Result<Vec<u8>> {
        // The map's value has 8 bytes at least.
        let mut dump = vec![0u8; self.exit_dump_bytes.max(8)];
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

    fn beat(&self) {
        self.shared
            .heartbeat()
            .store(monotonic_ns(), Ordering::Relaxed);
    }

    fn check_running(&self) -> Result<()> {
        match self.shared.exit_kind().load(Ordering::Acquire) {
            EXIT_NONE => Ok(()),
            _ => Err(ended()),
        }
    }

    fn receive(&self, tasks: &mut [Task]) -> Result<usize> {
        let Some(_only) = self.receiver.try_lock() else {
            return Err(busy("receive: another thread receives at this moment"));
        };
        self.check_running()?;
        Ok(self.take(tasks))
    }

    fn receive_wait(&self, tasks: &mut [Task], timeout: Option<Duration>) -> Result<usize> {
        if tasks.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "receive: there is no room for a record",
            ));
        }
        let Some(_only) = self.receiver.try_lock() else {
            return Err(busy("receive: another thread receives at this moment"));
        };
        let deadline = deadline(timeout);
        loop {
            self.wait(deadline)?;
            match self.take(tasks) {
                // What is there was discarded, or is still being written: for a moment only.
                0 => std::hint::spin_loop(),
                count => return Ok(count),
            }
        }
    }

    fn wait(&self, deadline: Option<Instant>) -> Result<()> {
        let queued = self.handles.queued.as_fd();
        self.waker.wait(&self.tasks, queued, &self.shared, deadline)
    }

    /// Takes what waits. The caller holds `receiver`.
    fn take(&self, tasks: &mut [Task]) -> usize {
        self.beat();
        let count = self.tasks.read(tasks);
        add(self.shared.received(), count);
        count
    }

    fn dispatch(&self, decisions: &[Decision]) -> Result<usize> {
        let Some(_only) = self.dispatcher.try_lock() else {
            return Err(busy("dispatch: another thread dispatches at this moment"));
        };
        self.check_running()?;
        self.beat();
        let mut done = 0;
        while done < decisions.len() {
            // First the number: ops.dispatch looks at it to see whether to drain, and
            // this thread may be preempted right after the decisions are published.
            let rest = &decisions[done..];
            let count = rest.len().min(self.decisions.room());
            let written = self.decisions.written() + count as u64;
            self.shared.decisions().store(written, Ordering::Release);
            self.decisions.write(&rest[..count]);
            done += count;
            self.flush(count == 0)?;
        }
        Ok(done)
    }

    /// Has the kernel carry out what was written. While another CPU drains from
    /// ops.dispatch, tries again; what is left after all, ops.dispatch takes.
    fn flush(&self, must_make_room: bool) -> Result<()> {
        for _ in 0..FLUSH_TRIES {
            let drained = self
                .flush
                .run::<u64>(None)
                .map_err(|err| Error::kernel("flush the decisions", &err))?;
            if drained >= 0 || self.decisions.is_drained() {
                return Ok(());
            }
            if drained != -libc::EBUSY {
                let err = io::Error::from_raw_os_error(-drained);
                return Err(Error::kernel("drain the decisions", &err));
            }
            std::hint::spin_loop();
        }
        if must_make_room {
            return Err(busy("dispatch: the ring of decisions stays full"));
        }
        Ok(())
    }

    fn select_cpu(&self, pid: i32, prev_cpu: i32) -> Result<i32> {
        self.check_running()?;
        let mut request = CpuRequest {
            pid,
            prev_cpu,
            ..CpuRequest::default()
        };
        self.select_cpu
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

    fn check_kernel_mode(&self, what: &'static str) -> Result<()> {
        if self.kernel_mode {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::NotSupported,
            format!("{what}: the scheduler is not in kernel mode; its policy has the say"),
        ))
    }

    fn set_priority(&self, whose: Whose, level: u32, slice_ns: u64) -> Result<()> {
        self.check_kernel_mode("set a priority")?;
        priority::set(self.set_priority, whose, level, slice_ns)
    }

    fn preempt_cpu(&self, mut cpu: i32) -> Result<()> {
        self.check_running()?;
        let result = self
            .preempt_cpu
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

    fn select_cpus(&self, requests: &mut [CpuRequest]) -> Result<()> {
        self.check_running()?;
        let batch = self.cpu_requests.lock();
        for chunk in requests.chunks_mut(MAX_CPU_REQUESTS) {
            let shared = batch.at(0).cast::<CpuRequest>();
            // SAFETY: the mapping has room for MAX_CPU_REQUESTS requests, any bits
            // are a request, and the lock makes us its only user.
            unsafe { shared.copy_from_nonoverlapping(chunk.as_ptr(), chunk.len()) };
            let mut count = chunk.len() as u32;
            let result = self
                .select_cpus
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

    fn revoke_lease(&self, pid: i32) -> Result<()> {
        self.check_running()?;
        if pid < 0 {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "revoke a lease: the task id must be positive, or 0 for all leases",
            ));
        }
        let result = self
            .revoke
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

    fn stats(&self, attached: bool) -> Result<Stats> {
        let mut stats = self.stats.lock().read(self.handles.stats.as_fd())?;
        stats.received = self.shared.received().load(Ordering::Relaxed);
        stats.decisions = self.decisions.written();
        stats.heartbeat_age_ns =
            monotonic_ns().saturating_sub(self.shared.heartbeat().load(Ordering::Relaxed));
        // The queues exist only while the scheduler runs.
        if attached && self.check_running().is_ok() {
            let mut queues = Queues::default();
            self.observe
                .run(Some(&mut queues))
                .map_err(|err| Error::kernel("read the queues' lengths", &err))?;
            stats.in_flight = queues.parked.max(0) as u64;
            stats.shared_waiting = queues.shared.max(0) as u64;
            stats.local_waiting = queues.local.max(0) as u64;
        }
        Ok(stats)
    }
}

fn add(word: &AtomicU64, count: usize) {
    // Only the receiver writes it, so this need not be one atomic step.
    word.store(
        word.load(Ordering::Relaxed) + count as u64,
        Ordering::Relaxed,
    );
}

fn map_shared(map: BorrowedFd<'_>, lock: bool) -> Result<(Mapping, Shared)> {
    let mapping = Mapping::new(
        map,
        "the memory shared with BPF",
        0,
        Shared::LEN,
        true,
        lock,
    )?;
    let shared = Shared::at(mapping.start());
    Ok((mapping, shared))
}

/// Whoever adopts must mean the same by every byte.
fn check_layout(layout: &Layout) -> Result<()> {
    if layout.magic == LAYOUT_MAGIC && layout.version == LAYOUT_VERSION {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::NotSupported,
        format!(
            "adopt: the scheduler has memory layout {} (magic {:#x}), this library knows layout {LAYOUT_VERSION}; \
             use a library of the scheduler's version, or detach it and attach anew",
            layout.version, layout.magic
        ),
    ))
}

/// Ends a scheduler for all: others may have its link open, so that closing ours would
/// not do. A kernel that can't detach has no such links.
fn detach_link(link: OwnedFd) {
    let _meanwhile = disabling::Help::start();
    // SAFETY: a descriptor of ours, and no pointers.
    unsafe { libbpf_sys::bpf_link_detach(link.as_raw_fd()) };
    drop(link);
}

/// Registers a loaded struct_ops map that was attached before.
fn link_ops(ops: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    // SAFETY: no options, so no pointers.
    let fd = unsafe {
        libbpf_sys::bpf_link_create(
            ops.as_raw_fd(),
            0,
            libbpf_sys::BPF_STRUCT_OPS,
            std::ptr::null(),
        )
    };
    if fd < 0 {
        return Err(io::Error::from_raw_os_error(-fd));
    }
    // SAFETY: the descriptor is new and ours alone.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn busy(message: &'static str) -> Error {
    Error::new(ErrorKind::Busy, message)
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

//! The phases of a scheduler. What an attached one can do is in round.rs, calls.rs and adopt.rs.

use std::os::fd::OwnedFd;

use crate::attach::detach_link;
use crate::core::Core;
use crate::kernel_object::{self, OpenedObject};
use crate::pins::Pins;
use crate::{Error, ExitInfo, Options, Result, Stats};

/// Phase 1: the options and the machine are checked; nothing is in the kernel yet.
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
        kernel_object::check()?;
        let object = Box::new(OpenedObject::open(&options)?);
        Ok(Self { options, object })
    }

    /// Loads the BPF programs and maps the rings. They do not schedule the machine yet.
    ///
    /// # Errors
    /// The kernel's reason to refuse, for example its verifier's.
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
    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    /// Makes the calling process the agent and starts to schedule the machine.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if another scheduler is active, or the kernel's reason to refuse. The
    /// scheduler stays loaded and is given back.
    pub fn attach(mut self) -> std::result::Result<AttachedScheduler, (Self, Error)> {
        match self.core.attach() {
            Ok(link) => Ok(AttachedScheduler::new(link, self.core)),
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

    /// The kernel's debug dump, if the last attachment ended by an error; else empty. Allocates.
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
    pub(crate) fn new(link: OwnedFd, core: Box<Core>) -> Self {
        Self {
            link: Some(link),
            core: Some(core),
        }
    }

    #[allow(clippy::expect_used)] // Only detach and drop take it.
    pub(crate) fn core(&self) -> &Core {
        self.core.as_deref().expect("the core lives until drop")
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
        // Decisions left in the ring can't be applied afterwards. If this fails, the scheduler has
        // ended already.
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
                // The scheduler goes on without us. Make way for the next agent.
                let _ = core.flush(false);
                let _ = core.leave();
            } else if let Some(link) = self.link.take() {
                detach_link(link);
            }
        }
    }
}

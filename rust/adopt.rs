//! The agent process: it registers and leaves, and another may adopt a pinned scheduler.

use crate::attach::detach_link;
use crate::config::validate_name;
use crate::core::Core;
use crate::kernel_side::{LAYOUT_MAGIC, LAYOUT_VERSION, REGISTER_ENTER, REGISTER_LEAVE};
use crate::pins::Pins;
use crate::shared::Shared;
use crate::skeleton::Layout;
use crate::{kernel_object, AttachedScheduler, Error, ErrorKind, ExitInfo, Result};

impl AttachedScheduler {
    /// Takes over a pinned scheduler that has no agent, for example after its agent was killed or
    /// left for an upgrade. No task is lost or stops meanwhile.
    ///
    /// # Errors
    /// [`ErrorKind::Busy`] if its agent lives; [`ErrorKind::Ended`] if the kernel has
    /// ended it; [`ErrorKind::NotSupported`] if a library of another layout made it;
    /// `ENOENT` if none is pinned under this name.
    pub fn adopt(name: &str) -> Result<Self> {
        validate_name(name)?;
        kernel_object::check()?;
        let pins = Pins::of(name);
        let (handles, link) = pins.open(|shared| {
            let (_mapping, shared) = Shared::map(shared, false)?;
            let layout = shared.layout();
            check_layout(&layout)?;
            Ok(layout.rings)
        })?;
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
        Ok(Self::new(link, Box::new(core)))
    }

    /// Detaches a pinned scheduler that has no agent, and removes its pins.
    ///
    /// # Errors
    /// As [`AttachedScheduler::adopt`], but a scheduler that the kernel has ended is removed, and
    /// so is one of another layout, even if its agent lives.
    pub fn detach_pinned(name: &str) -> Result<()> {
        match Self::adopt(name) {
            Ok(adopted) => {
                let _ = adopted.detach();
                Ok(())
            }
            Err(err) => match err.kind() {
                ErrorKind::Ended => Pins::of(name).remove(),
                ErrorKind::NotSupported => {
                    // Unless the machine lacks something, the layout is the reason.
                    kernel_object::check()?;
                    let pins = Pins::of(name);
                    detach_link(pins.open_link()?);
                    pins.remove()
                }
                _ => Err(err),
            },
        }
    }
}

impl Core {
    /// Makes this process the agent.
    pub(crate) fn register(&self, attempt: &str) -> Result<()> {
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

    /// Makes way for another agent.
    pub(crate) fn leave(&self) -> Result<()> {
        self.run_register(REGISTER_LEAVE).map(|_| ())
    }

    fn run_register(&self, mut action: u32) -> Result<i32> {
        self.handles
            .register()
            .run(Some(&mut action))
            .map_err(|err| Error::kernel("register this process as the agent", &err))
    }
}

/// An adopter must give every byte the same meaning.
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

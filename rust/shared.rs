//! The memory that both sides see: `struct scxb_shared` of rust/bpf/intf.h.

use std::mem::size_of;
use std::os::fd::BorrowedFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, AtomicU64};

use crate::mapping::Mapping;
use crate::skeleton::{types, Layout};
use crate::Result;

/// The memory that both sides see. Valid as long as the mapping that it came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shared {
    shared: NonNull<types::scxb_shared>,
}

// SAFETY: shared memory; every access below is atomic or after the kernel's last write.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

macro_rules! shared_word {
    ($(#[$doc:meta])* $name:ident: $atomic:ty = $group:ident.$field:ident) => {
        $(#[$doc])*
        pub(crate) fn $name(&self) -> &$atomic {
            // SAFETY: the word is aligned and lives as long as the mapping; the
            // kernel side too accesses it as one word.
            unsafe { &*std::ptr::addr_of!((*self.shared.as_ptr()).$group.$field).cast::<$atomic>() }
        }
    };
}

impl Shared {
    /// Maps it. The mapping must outlive what points into it.
    pub(crate) fn map(map: BorrowedFd<'_>, lock: bool) -> Result<(Mapping, Self)> {
        let mapping = Mapping::new(
            map,
            "the memory shared with BPF",
            0,
            size_of::<types::scxb_shared>(),
            true,
            lock,
        )?;
        let shared = Self::at(mapping.start());
        Ok((mapping, shared))
    }

    /// At the start of a mapping of its size, which must outlive it.
    pub(crate) fn at(start: NonNull<u8>) -> Self {
        Self {
            shared: start.cast(),
        }
    }

    shared_word!(
        /// Decisions ever written.
        decisions: AtomicU64 = control.decisions
    );
    shared_word!(
        /// Records ever taken.
        received: AtomicU64 = control.received
    );
    shared_word!(
        /// When the agent was last alive.
        heartbeat: AtomicU64 = control.heartbeat_ns
    );
    shared_word!(
        /// Nonzero while the agent sleeps and wants to be woken.
        waiting: AtomicU64 = control.waiting
    );
    shared_word!(
        /// `enum scx_exit_kind`; nonzero when the scheduler has ended.
        exit_kind: AtomicI32 = exit.kind
    );

    /// What the kernel side wrote before it set the kind.
    pub(crate) fn exit_details(&self) -> (i64, [u8; 128], [u8; 1024]) {
        // SAFETY: plain bytes that live as long as the mapping.
        let exit = unsafe { std::ptr::addr_of!((*self.shared.as_ptr()).exit).read_volatile() };
        (
            exit.code,
            exit.reason.map(|c| c as u8),
            exit.message.map(|c| c as u8),
        )
    }

    /// What the library wrote before it loaded the scheduler.
    pub(crate) fn layout(&self) -> Layout {
        // SAFETY: as above; not written after load.
        unsafe { std::ptr::addr_of!((*self.shared.as_ptr()).layout).read_volatile() }
    }
}

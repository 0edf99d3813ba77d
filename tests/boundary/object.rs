//! For benchmarks, with the feature `boundary`: `boundary.bpf.c` in place of the real object. It
//! has the same maps and the same system call programs, but schedules nothing, so all that a round
//! does in user space runs on any kernel.
//!
//! It replaces opening, loading and attaching only (`rust/object.rs`). What comes after works on the
//! descriptors of [`Handles`] and does not know the difference.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use libbpf_rs::skel::{OpenSkel, SkelBuilder};

use crate::handles::{handles_of, Handles};
use crate::libbpf_log::Capture;
use crate::object::{data, size_maps};
use crate::rings::Rings;
/// This object needs no sched_ext.
pub(crate) use crate::system::check_own_privileges as check;
use crate::{Error, Options, Result};

#[allow(
    missing_docs,
    unsafe_op_in_unsafe_fn,
    clippy::undocumented_unsafe_blocks,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic
)]
mod skel {
    include!(concat!(env!("OUT_DIR"), "/boundary.skel.rs"));
}

/// What is measured is a round on a machine with one cache.
const RINGS: u32 = 1;

/// An object that is opened and configured, and not yet in the kernel.
pub(crate) struct OpenedObject {
    skel: skel::OpenBoundarySkel<'static>,
    rings: Rings,
}

impl OpenedObject {
    pub(crate) fn open(options: &Options) -> Result<Self> {
        let log = Capture::start(options.debug);
        let failed = |err| Error::libbpf("open the BPF object", &err, &log.text());
        // The skeleton drops what it puts here; only the storage itself is leaked.
        let storage = Box::leak(Box::new(MaybeUninit::uninit()));
        let builder = skel::BoundarySkelBuilder::default();
        let mut skel = builder.open(storage).map_err(failed)?;
        let rings = Rings::new(RINGS, options.queued_bytes);
        let rodata = data(skel.maps.rodata_data.as_deref_mut(), ".rodata")?;
        rodata.opt_rings = rings.count;
        let maps = &mut skel.maps;
        size_maps(
            &mut maps.queued,
            &mut maps.decisions,
            &mut maps.exit_dump,
            options,
            rings,
        )
        .map_err(failed)?;
        let shared = data(maps.data_shared_data.as_deref_mut(), ".data.shared")?;
        let layout = &mut shared.shared.layout;
        layout.rings = rings.count;
        layout.ring_bytes = rings.bytes;
        layout.decisions_bytes = options.decisions_bytes;
        layout.exit_dump_bytes = options.exit_dump_bytes;
        for (to, from) in layout.name.iter_mut().zip(options.name.bytes()) {
            *to = from as _;
        }
        Ok(Self { skel, rings })
    }

    pub(crate) fn load(self, debug: bool) -> Result<Object> {
        let log = Capture::start(debug);
        let skel = self
            .skel
            .load()
            .map_err(|err| Error::libbpf("load the BPF object", &err, &log.text()))?;
        let more_rings = self
            .rings
            .make(skel.maps.queued.as_fd(), skel.maps.rings.as_fd())
            .map_err(|err| Error::kernel("make the rings of records", &err))?;
        Ok(Object { skel, more_rings })
    }
}

/// The loaded object.
pub(crate) struct Object {
    skel: skel::BoundarySkel<'static>,
    more_rings: Vec<OwnedFd>,
}

impl Object {
    /// There is nothing to attach. Any descriptor does for the link: it is only closed.
    pub(crate) fn attach(&mut self, name: &str) -> Result<OwnedFd> {
        let shared = self.skel.maps.data_shared.as_fd();
        shared
            .try_clone_to_owned()
            .map_err(|err| Error::kernel(format!("attach {name:?}"), &err))
    }

    /// Descriptors of all that the library uses after load. There are no operations: any map does.
    pub(crate) fn handles(&self) -> std::io::Result<Handles> {
        handles_of!(self.skel, self.skel.maps.data_shared, self.more_rings)
    }
}

//! The skeleton that the build made of the BPF object, and the proof that its wire structs match
//! ours.

use std::mem::{offset_of, size_of};

use crate::{CgroupInfo, CpuRequest, Decision, Stats, Task};

#[allow(
    missing_docs,
    unsafe_op_in_unsafe_fn,
    clippy::undocumented_unsafe_blocks,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic
)]
mod skel {
    include!(concat!(env!("OUT_DIR"), "/scxbridge.skel.rs"));
}

pub(crate) use skel::types;
pub(crate) use skel::types::{
    scxb_layout as Layout, scxb_lessee as Lessee, scxb_priority_request as PriorityRequest,
    scxb_queues as Queues,
};
pub(crate) use skel::{OpenScxbridgeSkel, ScxbridgeSkel, ScxbridgeSkelBuilder};

/// Asserts that a struct of ours and its twin of the BPF side have the same fields at the same
/// offsets.
macro_rules! same_layout {
    ($ours:ty, $wire:ty, $($field:ident),+) => {
        const _: () = assert!(size_of::<$ours>() == size_of::<$wire>());
        $(const _: () = assert!(offset_of!($ours, $field) == offset_of!($wire, $field));)+
    };
}
include!("wire_layout.rs");

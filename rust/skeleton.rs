//! The skeleton of the BPF object, and the proofs that it is of the object that was built, and that its wire structs
//! match ours.
//!
//! The skeleton is committed: `make generate` makes it. The build compiles the object, which the skeleton has built in,
//! and writes down where the object has its fields (`rust/build/layout.rs`).

use std::mem::{align_of, offset_of, size_of};

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
    include!("scxbridge.skel.rs");
}

pub(crate) use skel::types;
pub(crate) use skel::types::{
    scxb_layout as Layout, scxb_lessee as Lessee, scxb_priority_request as PriorityRequest,
    scxb_queues as Queues,
};
pub(crate) use skel::{OpenScxbridgeSkel, ScxbridgeSkel, ScxbridgeSkelBuilder};

/// The size of what a field has.
#[allow(dead_code)] // Older compilers do not see that the assertions call it.
const fn bytes<S, F>(_: fn(&S) -> &F) -> usize {
    size_of::<F>()
}

/// Asserts that a field of the skeleton is where the object has it.
macro_rules! field_as_built {
    ($name:ident, $field:ident, $offset:literal, $bytes:literal) => {
        const _: () = assert!(
            offset_of!(types::$name, $field) == $offset
                && bytes(|whole: &types::$name| &whole.$field) == $bytes,
            concat!(
                "rust/scxbridge.skel.rs is not of the BPF object that was built: ",
                stringify!($name),
                ".",
                stringify!($field),
                " is elsewhere, or has another size; `make generate` makes the skeleton anew"
            )
        );
    };
}

/// Asserts that a struct of the skeleton is that of the object.
macro_rules! struct_as_built {
    ($name:ident, $size:literal $(, $field:ident at $offset:literal of $bytes:literal)+) => {
        const _: () = assert!(
            size_of::<types::$name>() == $size,
            concat!(
                "rust/scxbridge.skel.rs is not of the BPF object that was built: ",
                stringify!($name),
                " has another size; `make generate` makes the skeleton anew"
            )
        );
        $(field_as_built!($name, $field, $offset, $bytes);)+
    };
}

/// The same of a section, whose map has whole pages: its struct may end with padding.
macro_rules! section_as_built {
    ($name:ident, $size:literal $(, $field:ident at $offset:literal of $bytes:literal)+) => {
        const _: () = assert!(
            size_of::<types::$name>() == usize::next_multiple_of($size, align_of::<types::$name>()),
            concat!(
                "rust/scxbridge.skel.rs is not of the BPF object that was built: the section ",
                stringify!($name),
                " has another size; `make generate` makes the skeleton anew"
            )
        );
        $(field_as_built!($name, $field, $offset, $bytes);)+
    };
}
include!(concat!(env!("OUT_DIR"), "/scxbridge.layout.rs"));

/// Asserts that a struct of ours and its twin of the BPF side have the same fields at the same
/// offsets.
macro_rules! same_layout {
    ($ours:ty, $wire:ty, $($field:ident),+) => {
        const _: () = assert!(size_of::<$ours>() == size_of::<$wire>());
        $(const _: () = assert!(offset_of!($ours, $field) == offset_of!($wire, $field));)+
    };
}
include!("wire_layout.rs");

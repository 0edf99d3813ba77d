// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only

//! What only the library and its kernel side know of each other. As `wire.rs`, it becomes a part of
//! `rust/bpf/wire.h`. The structs of the memory that both see are in `rust/bpf/intf.h`; Rust has them
//! from the type information of the compiled object.

use crate::{DECISION_PREEMPT, DECISION_PREEMPT_LATER};

/// Of the memory that both sides see: "SCXB".
pub const LAYOUT_MAGIC: u32 = 0x4258_4353;
/// Whoever changes what is pinned raises it; see `rust/bpf/intf.h`.
pub const LAYOUT_VERSION: u32 = 14;
/// Room for the scheduler's name, with its NUL.
pub const NAME_LEN: usize = 128;

/// Rings of records that there are at most: one for each queue PARK.
pub const MAX_RINGS: usize = 8;

/// Flags that a decision may have; any other makes it refused.
#[allow(dead_code)] // The kernel side alone judges them.
pub const DECISION_FLAGS: u64 = DECISION_PREEMPT | DECISION_PREEMPT_LATER;

/// For the program `scxb_register`: become the agent, if there is no other one alive.
pub const REGISTER_ENTER: u32 = 0;
/// For the program `scxb_register`: be the agent no longer.
pub const REGISTER_LEAVE: u32 = 1;

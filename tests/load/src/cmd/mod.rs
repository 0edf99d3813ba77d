// SPDX-License-Identifier: Apache-2.0
//! The subcommands, one per file.

use crate::args::Spec;
use crate::report::{Ctx, Report};

mod affinity;
mod cgroupmove;
mod forkbomb;
mod forkstorm;
mod futex;
mod hog;
mod liar;
mod memory;
mod messages;
mod nicemix;
mod pingpong;
mod sleeper;
mod wakers;
mod zoo;

/// A subcommand.
pub struct Command {
    /// Its description.
    pub spec: &'static Spec,
    /// Runs it. An error means that it could not measure anything.
    pub run: fn(&Ctx) -> Result<Report, String>,
}

/// All of them except `true`.
pub const ALL: &[Command] = &[
    Command {
        spec: &hog::SPEC,
        run: hog::run,
    },
    Command {
        spec: &pingpong::SPEC,
        run: pingpong::run,
    },
    Command {
        spec: &messages::SPEC,
        run: messages::run,
    },
    Command {
        spec: &sleeper::SPEC,
        run: sleeper::run,
    },
    Command {
        spec: &liar::SPEC,
        run: liar::run,
    },
    Command {
        spec: &wakers::SPEC,
        run: wakers::run,
    },
    Command {
        spec: &forkstorm::SPEC,
        run: forkstorm::run,
    },
    Command {
        spec: &forkbomb::SPEC,
        run: forkbomb::run,
    },
    Command {
        spec: &futex::SPEC,
        run: futex::run,
    },
    Command {
        spec: &affinity::SPEC,
        run: affinity::run,
    },
    Command {
        spec: &nicemix::SPEC,
        run: nicemix::run,
    },
    Command {
        spec: &cgroupmove::SPEC,
        run: cgroupmove::run,
    },
    Command {
        spec: &memory::SPEC,
        run: memory::run,
    },
    Command {
        spec: &zoo::SPEC,
        run: zoo::run,
    },
];

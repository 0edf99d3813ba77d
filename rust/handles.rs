//! Descriptors of the maps and programs that the library uses after load, whether
//! they come from an object of its own or from a pinned scheduler.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::program::ProgramFd;
use crate::rings::MORE_RINGS;

/// The one list of maps and programs. Each has a name here, which is also that of its pin, and a name in the
/// BPF object. Raise `SCXB_LAYOUT_VERSION` when you change a pin's name (see rust/bpf/intf.h).
macro_rules! with_maps_and_programs {
    ($then:ident($($arguments:tt)*)) => {
        $then! {
            ($($arguments)*)
            maps {
                queued = queued,
                decisions = decisions,
                cpu_requests = cpu_requests,
                stats = stats,
                exit_dump = exit_dump,
                priorities = priorities,
                process_priorities = process_priorities,
                shared = data_shared,
                domains = data_domains,
                // Not used here, but a timer dies with the last descriptor or pin of its map.
                timers = timers,
            }
            programs {
                register = scxb_register,
                flush = scxb_flush,
                select_cpu = scxb_select_cpu,
                select_cpus = scxb_select_cpus,
                revoke = scxb_revoke,
                observe = scxb_observe,
                set_priority = scxb_set_priority,
                preempt_cpu = scxb_preempt_cpu,
                cgroup_read = scxb_cgroup_read,
                domains_changed = scxb_domains_changed,
            }
        }
    };
}

macro_rules! define_handles {
    (() maps { $($map:ident = $_map:ident,)+ } programs { $($program:ident = $_program:ident,)+ }) => {
        /// One descriptor each.
        #[derive(Debug)]
        pub(crate) struct Handles {
            $(pub(crate) $map: OwnedFd,)+
            /// The map of the scheduler's operations.
            pub(crate) ops: OwnedFd,
            $(pub(crate) $program: OwnedFd,)+
            /// The rings of records after `queued`.
            pub(crate) more_rings: Vec<OwnedFd>,
        }

        impl Handles {
            pub(crate) fn each(&self) -> Vec<(&'static str, BorrowedFd<'_>)> {
                let mut each = vec![
                    $((stringify!($map), self.$map.as_fd()),)+
                    ("ops", self.ops.as_fd()),
                    $((stringify!($program), self.$program.as_fd()),)+
                ];
                each.extend(MORE_RINGS.into_iter().zip(self.more_rings.iter().map(AsFd::as_fd)));
                each
            }

            /// Opens each by its name.
            pub(crate) fn open(
                rings: u32,
                by_name: impl Fn(&str) -> io::Result<OwnedFd>,
            ) -> io::Result<Self> {
                let more_rings = MORE_RINGS.iter().take(rings.saturating_sub(1) as usize);
                Ok(Self {
                    $($map: by_name(stringify!($map))?,)+
                    ops: by_name("ops")?,
                    $($program: by_name(stringify!($program))?,)+
                    more_rings: more_rings.map(|name| by_name(name)).collect::<io::Result<_>>()?,
                })
            }

            /// All rings of records.
            pub(crate) fn rings(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
                [&self.queued].into_iter().chain(&self.more_rings).map(AsFd::as_fd)
            }

            $(pub(crate) fn $program(&self) -> ProgramFd {
                ProgramFd::new(self.$program.as_fd())
            })+
        }
    };
}
with_maps_and_programs!(define_handles());

/// The handles of a loaded skeleton, given with its map of operations.
macro_rules! handles_of {
    ((@ $skel:expr, $ops:expr, $more_rings:expr)
     maps { $($map:ident = $in_bpf:ident,)+ } programs { $($program:ident = $of_bpf:ident,)+ }) => {
        Ok($crate::handles::Handles {
            $($map: $skel.maps.$in_bpf.as_fd().try_clone_to_owned()?,)+
            ops: $ops.as_fd().try_clone_to_owned()?,
            $($program: $skel.progs.$of_bpf.as_fd().try_clone_to_owned()?,)+
            more_rings: $more_rings
                .iter()
                .map(std::os::fd::OwnedFd::try_clone)
                .collect::<std::io::Result<_>>()?,
        })
    };
    ($skel:expr, $ops:expr, $more_rings:expr) => {
        $crate::handles::with_maps_and_programs!(handles_of(@ $skel, $ops, $more_rings))
    };
}

/// The programs of a loaded skeleton.
macro_rules! programs_of {
    ((@ $skel:expr) maps { $($_map:tt)+ } programs { $($_program:ident = $of_bpf:ident,)+ }) => {
        [$(&$skel.progs.$of_bpf),+]
    };
    ($skel:expr) => {
        $crate::handles::with_maps_and_programs!(programs_of(@ $skel))
    };
}

pub(crate) use {handles_of, programs_of, with_maps_and_programs};

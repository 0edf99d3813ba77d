//! The skeleton of `tests/boundary/boundary.bpf.c`, for the unit tests of scxbridge. A crate of its own, for build
//! scripts are not told whether tests are built: as a dev-dependency it is built for tests only.

#![allow(missing_docs, clippy::all)]

include!(concat!(env!("OUT_DIR"), "/boundary.skel.rs"));

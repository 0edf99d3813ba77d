//! Compiles the tests' BPF object into a skeleton.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

#[path = "../../../rust/build/object.rs"]
mod object;
#[path = "../../../rust/build/script.rs"]
mod script;
#[path = "../../../rust/build/skeleton.rs"]
mod skeleton;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let project = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../..");
    skeleton::build(
        &project,
        "tests/boundary/boundary.bpf.c",
        &out.join("boundary.skel.rs"),
    )
}

//! Compiles the BPF side, and checks that the committed skeleton is of what was compiled.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "rust/build/layout.rs"]
mod layout;
#[path = "rust/build/object.rs"]
mod object;
#[path = "rust/build/script.rs"]
mod script;
#[cfg(feature = "boundary")]
#[path = "rust/build/skeleton.rs"]
mod skeleton;

const BPF_SOURCE: &str = "rust/bpf/scxbridge.bpf.c";
const SKELETON: &str = "rust/scxbridge.skel.rs";
/// What the benchmarks load in its place; see tests/boundary.
#[cfg(feature = "boundary")]
const BOUNDARY_SOURCE: &str = "tests/boundary/boundary.bpf.c";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let project = Path::new("");
    let compiled = out.join("scxbridge.bpf.o");
    script::compile(project, BPF_SOURCE, &compiled)?;
    layout::check(SKELETON, &compiled, &out.join("scxbridge.layout.rs"))?;
    #[cfg(feature = "boundary")]
    skeleton::build(project, BOUNDARY_SOURCE, &out.join("boundary.skel.rs"))?;

    // The soname carries the ABI major: programs of another major never load us.
    let major = abi_major()?;
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libscxbridge.so.{major}");
    Ok(())
}

/// The ABI's major version, from where the library has it.
fn abi_major() -> Result<u32, Box<dyn Error>> {
    const SOURCE: &str = "rust/ffi/library.rs";
    println!("cargo:rerun-if-changed={SOURCE}");
    let text = fs::read_to_string(SOURCE).map_err(|err| format!("read {SOURCE}: {err}"))?;
    let value = text
        .lines()
        .find_map(|line| {
            line.strip_prefix("pub const ABI_MAJOR: u32 = ")?
                .strip_suffix(';')
        })
        .ok_or_else(|| format!("{SOURCE} has no line `pub const ABI_MAJOR: u32 = ...;`"))?;
    Ok(value.parse()?)
}

//! Compiles the BPF side into a skeleton.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use libbpf_cargo::SkeletonBuilder;

const BPF_SOURCE: &str = "rust/bpf/scxbridge.bpf.c";
/// What the unit tests and the benchmarks load in its place; see tests/boundary.
const BOUNDARY_SOURCE: &str = "tests/boundary/boundary.bpf.c";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);

    build_skeleton(BPF_SOURCE, &out.join("scxbridge.skel.rs"))?;
    // Build scripts are not told whether tests are built; it takes half a second.
    build_skeleton(BOUNDARY_SOURCE, &out.join("boundary.skel.rs"))?;

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

fn build_skeleton(source: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=rust/bpf");
    println!("cargo:rerun-if-changed={source}");
    println!("cargo:rerun-if-env-changed=CLANG");

    let mut builder = SkeletonBuilder::new();
    // Kept: the benchmarks in C and Go load the very object that the library has built in.
    builder.obj(out.with_extension("").with_extension("bpf.o"));
    builder.source(source).clang_args([
        // Version 3 has the atomic compare-and-swap and exchange that parking needs.
        "-mcpu=v3",
        "-Irust/bpf",
        "-Wall",
        // Comparing a pointer of the kernel with one of ours is what CO-RE does.
        "-Wno-compare-distinct-pointer-types",
    ]);
    if let Some(clang) = env::var_os("CLANG") {
        builder.clang(clang);
    }
    builder.build_and_generate(out).map_err(|err| {
        format!(
            "compile {source}: {err:#}; is clang (14 or newer) installed? `make setup` installs it"
        )
    })?;
    Ok(())
}

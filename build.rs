//! Compiles the BPF side into a skeleton, and generates the C header.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use libbpf_cargo::SkeletonBuilder;

/// What the unit tests and the benchmarks load in its place; see rust/boundary.rs.
const BOUNDARY_SOURCE: &str = "rust/bpf/boundary.bpf.c";
const BPF_SOURCE: &str = "rust/bpf/scxbridge.bpf.c";
const HEADER: &str = "include/scxbridge.h";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);

    build_skeleton(BPF_SOURCE, &out.join("scxbridge.skel.rs"))?;
    // Build scripts are not told whether tests are built; it takes half a second.
    build_skeleton(BOUNDARY_SOURCE, &out.join("boundary.skel.rs"))?;
    build_header(&root, &out)?;

    // The soname carries the ABI major: programs of another major never load us.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libscxbridge.so.0");
    Ok(())
}

fn build_skeleton(source: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=rust/bpf");
    println!("cargo:rerun-if-env-changed=CLANG");

    let mut builder = SkeletonBuilder::new();
    // Kept: the benchmarks in C and Go load the very object that the library has built in.
    builder.obj(out.with_extension("").with_extension("bpf.o"));
    builder.source(source).clang_args([
        // Version 3 has the atomic compare-and-swap and exchange that parking needs.
        "-mcpu=v3",
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

fn build_header(root: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=rust");
    println!("cargo:rerun-if-changed=cbindgen.toml");
    println!("cargo:rerun-if-changed={HEADER}");
    println!("cargo:rerun-if-env-changed=SCXB_UPDATE_HEADER");

    let generated = out.join("scxbridge.h");
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    let mut header = Vec::new();
    cbindgen::Builder::new()
        .with_crate(root)
        .with_config(config)
        .generate()?
        .write(&mut header);
    fs::write(&generated, for_c(&String::from_utf8(header)?))?;
    // `make header` sets this; otherwise `make lint` compares the two.
    if env::var_os("SCXB_UPDATE_HEADER").is_some() {
        fs::copy(&generated, root.join(HEADER))?;
    }
    Ok(())
}

/// The comments as C programmers expect them: without Rust's `# Safety` sections,
/// which say what every C programmer knows, and with the constants' C names.
fn for_c(header: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut in_safety = false;
    for line in header.lines() {
        let comment = line.trim_start().strip_prefix("//");
        in_safety = match comment {
            Some(text) if text.trim() == "# Safety" => {
                // With the empty comment line before it.
                lines.pop();
                true
            }
            Some(_) => in_safety,
            None => false,
        };
        if in_safety {
            continue;
        }
        let mut line = line.to_owned();
        if comment.is_some() {
            for name in ["CPU_ANY", "CPU_PICK_IDLE", "DECISION_", "LEASE_MAX_NS"] {
                line = line.replace(&format!("`{name}"), &format!("`SCXB_{name}"));
            }
            line = line.replace('`', "");
        }
        lines.push(line);
    }
    lines.join("\n") + "\n"
}

// Compiles BPF programs into an object: for build scripts, and for what generates the library's skeleton.

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use libbpf_rs::{libbpf_sys, Linker};

/// Where all headers are.
pub(crate) const HEADERS: &str = "rust/bpf";

/// Compiles a source of the project, which is in that folder. Returns what clang warns of.
pub(crate) fn compile(
    project: &Path,
    source: &str,
    object: &Path,
) -> Result<String, Box<dyn Error>> {
    let headers = project.join(HEADERS);
    let path = project.join(source);
    let libbpf = object.with_extension("headers");
    fs::create_dir_all(libbpf.join("bpf"))?;
    for (name, text) in libbpf_sys::API_HEADERS {
        fs::write(libbpf.join("bpf").join(name), text)?;
    }
    let compiled = object.with_extension("compiled.o");
    let clang = env::var_os("CLANG").unwrap_or_else(|| OsString::from("clang"));
    let output = Command::new(&clang)
        // Version 3 has the atomic compare-and-swap and exchange that parking needs.
        .args(["-target", "bpf", "-mcpu=v3", "-O2", "-g"])
        .arg(format!("-D__TARGET_ARCH_{}", architecture()))
        .arg("-I")
        .arg(&headers)
        .arg("-I")
        .arg(&libbpf)
        .args([
            // BPF has none.
            "-fno-stack-protector",
            // The object tells the kernel which line an instruction is of: not of which folder of this machine's.
            "-fdebug-compilation-dir=.",
            "-Wall",
            // Comparing a pointer of the kernel with one of ours is what CO-RE does.
            "-Wno-compare-distinct-pointer-types",
            "-c",
        ])
        .arg(&path)
        .arg("-o")
        .arg(&compiled)
        .output();
    let output = output.map_err(|err| {
        format!(
            "compile {source}: run {}: {err}; is clang (14 or newer) installed? `make setup` installs it",
            clang.to_string_lossy()
        )
    })?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprint!("{said}");
        return Err(format!(
            "compile {source}: {} fails, as said above ({}); version 14 or newer is needed",
            clang.to_string_lossy(),
            output.status
        )
        .into());
    }

    // Linking drops DWARF, which only tells debuggers more.
    let mut linker = Linker::new(object)?;
    linker.add_file(&compiled)?;
    linker.link()?;
    fs::remove_file(&compiled)?;
    fs::remove_dir_all(&libbpf)?;
    Ok(said.into_owned())
}

/// The name that libbpf's headers have for the architecture that the kernel will have.
fn architecture() -> String {
    let rust = env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_else(|_| env::consts::ARCH.into());
    match rust.as_str() {
        "x86_64" => "x86".into(),
        "aarch64" => "arm64".into(),
        "powerpc64" => "powerpc".into(),
        "riscv64" => "riscv".into(),
        "loongarch64" => "loongarch".into(),
        _ => rust,
    }
}

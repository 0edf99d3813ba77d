// Compiles BPF programs into skeletons: for the build scripts of the library and of its tests.

use std::env;
use std::error::Error;
use std::path::Path;

use libbpf_cargo::SkeletonBuilder;

/// Compiles a source of the project, which is in that folder.
pub(crate) fn build(project: &Path, source: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    let headers = project.join("rust/bpf");
    let path = project.join(source);
    println!("cargo:rerun-if-changed={}", headers.display());
    println!("cargo:rerun-if-changed={}", path.display());
    println!("cargo:rerun-if-env-changed=CLANG");

    let mut builder = SkeletonBuilder::new();
    // Kept: the benchmarks in C and Go load the very object that the library has built in.
    builder.obj(out.with_extension("").with_extension("bpf.o"));
    builder.source(path).clang_args([
        // Version 3 has the atomic compare-and-swap and exchange that parking needs.
        "-mcpu=v3".into(),
        format!("-I{}", headers.display()),
        // The object tells the kernel which line an instruction is of: not of which folder of this machine's.
        "-fdebug-compilation-dir=.".into(),
        "-Wall".into(),
        // Comparing a pointer of the kernel with one of ours is what CO-RE does.
        "-Wno-compare-distinct-pointer-types".into(),
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

// Makes skeletons of the tests' BPF programs, for build scripts. That of the library is committed: rust/scxbridge.skel.rs.

use std::error::Error;
use std::path::Path;

use libbpf_cargo::SkeletonBuilder;

use crate::script;

/// Compiles a source of the project, which is in that folder.
pub(crate) fn build(project: &Path, source: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    // Kept: the benchmarks in C and Go load the very object that the library has built in.
    let compiled = out.with_extension("").with_extension("bpf.o");
    script::compile(project, source, &compiled)?;
    SkeletonBuilder::new()
        .obj(&compiled)
        .reference_obj(true)
        .generate(out)
        .map_err(|err| format!("make the skeleton of {source}: {err:#}"))?;
    Ok(())
}

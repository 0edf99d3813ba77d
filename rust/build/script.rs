// Compiles BPF programs for a build script.

use std::error::Error;
use std::path::Path;

use crate::object::{self, HEADERS};

/// Compiles a source of the project, which is in that folder, and tells cargo when to do it again.
pub(crate) fn compile(project: &Path, source: &str, object: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", project.join(HEADERS).display());
    println!("cargo:rerun-if-changed={}", project.join(source).display());
    println!("cargo:rerun-if-env-changed=CLANG");
    for line in object::compile(project, source, object)?.lines() {
        println!("cargo:warning={line}");
    }
    Ok(())
}

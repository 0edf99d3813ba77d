//! The two C headers, by cbindgen.

use std::path::Path;

use cbindgen::{Builder, Config};

use crate::wire::Wire;
use crate::{names, Result};

/// `include/scxbridge.h`, from the whole crate.
pub fn public(root: &Path, wire: &Wire) -> Result<String> {
    let mut config = Config::from_file(root.join("cbindgen.toml"))?;
    rename(&mut config, wire);
    let header = generate(Builder::new().with_crate(root), config)?;
    Ok(for_c(&header))
}

/// `rust/bpf/wire.h`, from what the kernel side knows too.
pub fn kernel_side(root: &Path, wire: &Wire) -> Result<String> {
    let mut config = Config::from_file(root.join("rust/bpf/cbindgen.toml"))?;
    rename(&mut config, wire);
    // No function of this header uses them.
    config.export.include = wire.of_the_kernel_side().map(|s| s.name.clone()).collect();
    let builder = Builder::new()
        .with_src(root.join("rust/wire.rs"))
        .with_src(root.join("rust/kernel_side.rs"));
    Ok(for_c(&generate(builder, config)?))
}

/// The structs get C's names; constants have a prefix by the configuration.
fn rename(config: &mut Config, wire: &Wire) {
    for s in &wire.structs {
        let name = format!("scxb_{}", names::snake(&s.name));
        config.export.rename.insert(s.name.clone(), name);
    }
}

fn generate(builder: Builder, config: Config) -> Result<String> {
    let mut header = Vec::new();
    builder.with_config(config).generate()?.write(&mut header);
    Ok(String::from_utf8(header)?)
}

/// The comments as C programmers expect them: without Rust's `# Safety` sections,
/// which say what every C programmer knows, and with the constants' C names.
fn for_c(header: &str) -> String {
    let constants: Vec<&str> = header
        .lines()
        .filter_map(|line| line.strip_prefix("#define SCXB_")?.split(' ').next())
        .collect();
    let c_name = |name: &str| {
        if constants.contains(&name) {
            format!("SCXB_{name}")
        } else {
            name.to_owned()
        }
    };
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
        lines.push(match comment {
            Some(_) => names::unmarked(line, c_name),
            None => line.to_owned(),
        });
    }
    lines.join("\n") + "\n"
}

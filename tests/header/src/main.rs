//! Generates the C header from the Rust sources: `make header` writes the committed one, `make lint` compares it.
//!
//! Apart from the library, since who only builds that has the header already, and no use for a generator.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::args_os().nth(1).ok_or("usage: scxbridge-header OUT")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml"))?;
    let mut header = Vec::new();
    cbindgen::Builder::new()
        .with_crate(&root)
        .with_config(config)
        .generate()?
        .write(&mut header);
    fs::write(&out, for_c(&String::from_utf8(header)?))
        .map_err(|err| format!("write {}: {err}", Path::new(&out).display()))?;
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

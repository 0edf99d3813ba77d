//! The table of counters in `docs/architecture.md`: each with its meaning and the functions of the
//! kernel side that count.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::wire::Wire;
use crate::{names, Result};

const BEGIN: &str = "<!-- Generated from rust/wire.rs by `make generate`; do not edit. -->\n";
const END: &str = "<!-- End of what is generated. -->\n";

/// The document with its table up to date.
pub fn document(root: &Path, wire: &Wire) -> Result<String> {
    let path = root.join("docs/architecture.md");
    let text =
        fs::read_to_string(&path).map_err(|err| format!("read {}: {err}", path.display()))?;
    replace(&text, BEGIN, END, &table(&root.join("rust/bpf"), wire)?)
        .ok_or_else(|| format!("{} has no place for the counters", path.display()).into())
}

/// The text, with the part between two marks replaced.
pub fn replace(text: &str, begin: &str, end: &str, by: &str) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}{by}{end}{after}"))
}

fn table(folder: &Path, wire: &Wire) -> Result<String> {
    let counted = counted(folder)?;
    let mut table = String::from("| counter | meaning | counted in |\n| --- | --- | --- |\n");
    let counters = wire.counters()?;
    for counter in counters {
        let functions = counted
            .get(&counter.name)
            .ok_or_else(|| format!("nothing in rust/bpf counts {}", counter.name))?;
        let meaning = names::wrapped(&counter.doc, usize::MAX).concat();
        let functions: Vec<String> = functions.iter().map(|f| format!("`{f}`")).collect();
        let _ = writeln!(
            table,
            "| `{}` | {} | {} |",
            counter.name,
            meaning.trim_end_matches('.'),
            functions.join(", ")
        );
    }
    Ok(table)
}

/// The functions that count, by counter.
fn counted(folder: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in sources(folder)? {
        let mut function = String::new();
        for line in fs::read_to_string(&path)?.lines() {
            if let Some(name) = function_name(line) {
                function = name;
            }
            if line.starts_with('#') || line.ends_with('\\') {
                continue; // the macros themselves
            }
            let mut rest = line;
            while let Some((_, after)) = rest.split_once("stat_") {
                rest = after;
                let is_call = ["inc(", "inc_barrier(", "add("]
                    .iter()
                    .find_map(|call| after.strip_prefix(call));
                let Some(counter) = is_call.and_then(|args| args.split([')', ',']).next()) else {
                    continue;
                };
                let functions = found.entry(counter.to_owned()).or_default();
                if !functions.contains(&function) {
                    functions.push(function.clone());
                }
            }
        }
    }
    Ok(found)
}

/// The files of the kernel side, in the order of their names.
pub fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".bpf.h") || name == "scxbridge.bpf.c" {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The name of a function whose definition begins with this line.
fn function_name(line: &str) -> Option<String> {
    if !line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || line.starts_with("SEC(")
    {
        return None;
    }
    let (before, arguments) = line.split_once('(')?;
    let name = before.rsplit([' ', '*']).next()?;
    if name == "BPF_PROG" {
        return Some(arguments.split([',', ')']).next()?.to_owned());
    }
    Some(name.to_owned())
}

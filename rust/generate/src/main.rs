//! Makes the generated files of this repository from their sources:
//!
//! - `rust/wire.rs`: what crosses borders, the counters among it,
//! - `rust/options.toml`: the options, and the flags of the agent,
//! - `rust/kernel_side.rs`: what only the library and its kernel side know,
//! - the exports of `rust/ffi`,
//! - `rust/bpf`: the library's skeleton of the BPF object.
//!
//! `make generate` writes them, `make lint` compares. It is no part of the library, whose build finds the
//! files in place and needs no generator.

mod agent_docs;
mod calls;
mod counters;
mod go;
mod go_options;
mod header;
mod names;
#[path = "../../build/object.rs"]
mod object;
mod python;
mod rust_options;
mod skeleton;
mod table;
mod wire;

use std::env;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A generated file, or one with a generated part: its path in the repository, and all of its text.
struct Output {
    path: &'static str,
    text: String,
}

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let table = table::read(&root.join("rust/options.toml"))?;
    table.check_readers(&root.join("rust/bpf"))?;
    let mut outputs = rust_options(&table)?;
    if env::args().nth(1).is_none() {
        write(&root, &outputs)?;
    }
    outputs.extend(other_options(&root, &table)?);
    outputs.extend(wire_structs(&root)?);
    if env::args().nth(1).is_none() {
        // The BPF programs include some of these.
        write(&root, &outputs)?;
    }
    outputs.push(Output {
        path: "rust/scxbridge.skel.rs",
        text: rustfmt(&skeleton::make(&root)?)?,
    });
    match env::args().nth(1).as_deref() {
        None => write(&root, &outputs),
        Some("--check") => check(&root, &outputs),
        Some(_) => Err("usage: scxbridge-generate [--check]".into()),
    }
}

/// Writes the files that differ.
fn write(root: &Path, outputs: &[Output]) -> Result<()> {
    for output in outputs {
        let path = root.join(output.path);
        if fs::read_to_string(&path).ok().as_deref() != Some(&output.text) {
            fs::write(&path, &output.text)
                .map_err(|err| format!("write {}: {err}", path.display()))?;
        }
    }
    Ok(())
}

/// The options in Rust, from which the header is made.
fn rust_options(table: &table::Table) -> Result<Vec<Output>> {
    Ok(vec![
        Output {
            path: "rust/options.rs",
            text: rustfmt(&rust_options::library(table))?,
        },
        Output {
            path: "rust/ffi/option_struct.rs",
            text: rustfmt(&rust_options::c_abi(table))?,
        },
        Output {
            path: "rust/options_to_kernel.rs",
            text: rustfmt(&rust_options::to_kernel(table))?,
        },
        Output {
            path: "rust/bpf/options.bpf.h",
            text: rust_options::kernel_side(table),
        },
    ])
}

/// The options and flags everywhere else.
fn other_options(root: &Path, table: &table::Table) -> Result<Vec<Output>> {
    Ok(vec![
        Output {
            path: "go/internal/capi/options.go",
            text: gofmt(&go_options::mirror(table))?,
        },
        Output {
            path: "go/internal/capi/options_in_c.go",
            text: gofmt(&go_options::mirror_in_c(table))?,
        },
        Output {
            path: "go/internal/capi/absent_options.go",
            text: gofmt(&go_options::absent(table))?,
        },
        Output {
            path: "go/options.go",
            text: gofmt(&go_options::public(table))?,
        },
        Output {
            path: "go/cmd/scx_goland/options.go",
            text: gofmt(&go_options::agent(table))?,
        },
        Output {
            path: "go/cmd/scx_goland_kube/version.go",
            text: gofmt(&go_options::companion())?,
        },
        Output {
            path: "packaging/scx_goland.8",
            text: agent_docs::man(root, table)?,
        },
        Output {
            path: "packaging/scx_goland.yaml",
            text: agent_docs::yaml(table),
        },
        Output {
            path: "docs/agent.md",
            text: agent_docs::precedence(root, table)?,
        },
        Output {
            path: "packaging/python/scxbridge/_options.py",
            text: python::options(table),
        },
        Output {
            path: "packaging/completions/_scx_goland",
            text: agent_docs::zsh(table),
        },
        Output {
            path: "packaging/completions/scx_goland.bash",
            text: agent_docs::bash(table),
        },
        Output {
            path: "packaging/completions/scx_goland.fish",
            text: agent_docs::fish(table),
        },
    ])
}

/// The wire structs in the headers, in Go and in the docs.
fn wire_structs(root: &Path) -> Result<Vec<Output>> {
    let wire = wire::read(&root.join("rust/wire.rs"))?;
    let public = header::public(root, &wire)?;
    let constants = go::constants(&public)?;
    let constants_check = go::constants_check(&public)?;
    let calls = calls::wrappers(&public, &wire)?;
    let absent_calls = calls::absent(&public, &wire)?;
    let python = python::abi(&public)?;
    Ok(vec![
        Output {
            path: "rust/bpf/wire.h",
            text: header::kernel_side(root, &wire)?,
        },
        Output {
            path: "rust/wire_layout.rs",
            text: rustfmt(&wire::layout(&wire))?,
        },
        Output {
            path: "include/scxbridge.h",
            text: public,
        },
        Output {
            path: "go/internal/capi/consts.go",
            text: gofmt(&constants)?,
        },
        Output {
            path: "go/internal/capi/consts_check.go",
            text: gofmt(&constants_check)?,
        },
        Output {
            path: "packaging/python/scxbridge/_abi.py",
            text: python,
        },
        Output {
            path: "go/internal/capi/calls.go",
            text: gofmt(&calls)?,
        },
        Output {
            path: "go/internal/capi/absent_calls.go",
            text: gofmt(&absent_calls)?,
        },
        Output {
            path: "go/internal/capi/types.go",
            text: gofmt(&go::mirrors(&wire)?)?,
        },
        Output {
            path: "go/internal/capi/layout.go",
            text: gofmt(&go::layout(&wire))?,
        },
        Output {
            path: "go/wire.go",
            text: gofmt(&go::public(&wire)?)?,
        },
        Output {
            path: "go/stats.go",
            text: gofmt(&go::stats(&wire)?)?,
        },
        Output {
            path: "go/cmd/scx_goland/internal/counters/all.go",
            text: gofmt(&go::agent_counters(&wire)?)?,
        },
        Output {
            path: "docs/architecture.md",
            text: counters::document(root, &wire)?,
        },
    ])
}

/// Fails if a committed file differs from what its sources give, and shows the difference.
fn check(root: &Path, outputs: &[Output]) -> Result<()> {
    let mut stale = Vec::new();
    for output in outputs {
        let committed = root.join(output.path);
        if fs::read_to_string(&committed).ok().as_deref() == Some(&output.text) {
            continue;
        }
        stale.push(output.path);
        let mut diff = Command::new("diff")
            .args(["-u", "--label", output.path, "--label", "generated"])
            .args([committed, PathBuf::from("-")])
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|err| format!("run diff: {err}"))?;
        if let Some(stdin) = diff.stdin.take() {
            feed(stdin, &output.text)?;
        }
        diff.wait()?;
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!(
        "{} differ from what the sources give: run `make generate` and commit the result",
        stale.join(", ")
    )
    .into())
}

fn rustfmt(text: &str) -> Result<String> {
    filter(
        "rustfmt",
        &["--edition", "2021", "--emit", "stdout", "--quiet"],
        text,
    )
}

fn gofmt(text: &str) -> Result<String> {
    filter("gofmt", &[], text)
}

/// The output of a program that gets a text as its input.
fn filter(program: &str, args: &[&str], text: &str) -> Result<String> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|err| format!("run {program}: {err}"))?;
    if let Some(stdin) = child.stdin.take() {
        let text = text.to_owned();
        // On a thread of its own: the program may write before it has read everything.
        std::thread::spawn(move || feed(stdin, &text));
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("{program} refuses what was generated:\n{text}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn feed(mut stdin: std::process::ChildStdin, text: &str) -> std::io::Result<()> {
    stdin.write_all(text.as_bytes())
}

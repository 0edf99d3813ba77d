//! Go's side: the types and constants of package capi, and the public ones with their comments.

use std::fmt::Write as _;

use crate::names::{self, wrapped};
use crate::wire::{Field, Struct, Wire};
use crate::Result;

const FROM_WIRE: &str = "// Code generated from rust/wire.rs by `make generate`; DO NOT EDIT.\n\n";
const FROM_HEADER: &str =
    "// Code generated from include/scxbridge.h by `make generate`; DO NOT EDIT.\n\n";

/// Structs whose public types have the layout of the wire: batches of them cross as they are.
const PUBLIC: [&str; 3] = ["Task", "Decision", "CpuRequest"];

/// Constants whose public names are not those of package capi.
const PUBLIC_NAMES: [(&str, &str); 9] = [
    ("CPU_ANY", "[AnyCPU]"),
    ("CPU_PICK_IDLE", "[PickIdle]"),
    ("CPU_DOMAIN", "[Domain]"),
    ("DECISION_PREEMPT", "[Preempt]"),
    ("DECISION_PREEMPT_LATER", "[PreemptLater]"),
    ("LEASE_MAX_NS", "[LeaseMax]"),
    ("ENQ_WAKEUP", "[EnqWakeup]"),
    ("ENQ_REENQ", "[EnqReenq]"),
    ("TASK_ENDED", "[TaskEnded]"),
];

/// The first field of `Stats` that only grows; those before it are gauges.
const FIRST_GROWING: &str = "received";

/// The constants of the header, with their values: programs without C have them, too.
pub fn constants(header: &str) -> Result<String> {
    let mut text = format!("{FROM_HEADER}package capi\n\n// The header's constants.\nconst (\n");
    for (name, value) in defined(header)? {
        let _ = writeln!(text, "{} = {value}", names::go(name));
    }
    Ok(text + ")\n")
}

/// The compile-time proof that they have the values that the C compiler sees.
pub fn constants_check(header: &str) -> Result<String> {
    let mut text = format!(
        "{FROM_HEADER}{}\
         // The values of consts.go and of the header are one, or this file does not compile.\nvar (\n",
        names::CGO
    );
    for (name, _) in defined(header)? {
        let _ = writeln!(text, "_ = zero[{}-C.SCXB_{name}]", names::go(name));
    }
    Ok(text + ")\n")
}

/// The header's constants: name, without its prefix, and value.
fn defined(header: &str) -> Result<Vec<(&str, &str)>> {
    header
        .lines()
        .filter_map(|line| line.strip_prefix("#define SCXB_"))
        .map(|rest| {
            let constant = rest.split_once(' ');
            constant.ok_or_else(|| format!("the header's SCXB_{rest} has no value").into())
        })
        .collect()
}

/// Package capi's own structs.
pub fn mirrors(wire: &Wire) -> Result<String> {
    let mut text = format!("{FROM_WIRE}package capi\n");
    for s in &wire.structs {
        let _ = write!(
            text,
            "\n// {} mirrors struct scxb_{}.\ntype {0} struct {{\n",
            names::go_type(&s.name),
            names::snake(&s.name)
        );
        for field in &s.fields {
            let _ = writeln!(text, "{} {}", names::go(&field.name), go_kind(field)?);
        }
        text.push_str("}\n");
    }
    Ok(text)
}

/// The compile-time proof that they have the layout of the header's.
pub fn layout(wire: &Wire) -> String {
    let mut text = format!(
        "{FROM_WIRE}{}import \"unsafe\"\n\n\
         // The layouts of types.go and of the header are one, or this file does not\n\
         // compile: each index below must be the constant 0. A pair of lines for each\n\
         // field compares its offset and its size, and one line each type's whole size.\n\
         var (\n\tzero = [1]struct{{}}{{}}\n",
        names::CGO
    );
    for s in &wire.structs {
        let (ours, theirs) = (names::go_type(&s.name), names::snake(&s.name));
        let _ = write!(
            text,
            "\n_ = zero[unsafe.Sizeof({ours}{{}})-C.sizeof_struct_scxb_{theirs}]\n\n"
        );
        for field in &s.fields {
            for what in ["Offsetof", "Sizeof"] {
                let _ = writeln!(
                    text,
                    "_ = zero[unsafe.{what}({ours}{{}}.{})-unsafe.{what}(C.struct_scxb_{theirs}{{}}.{})]",
                    names::go(&field.name),
                    field.name
                );
            }
        }
    }
    text + ")\n"
}

/// The public structs that a round passes.
pub fn public(wire: &Wire) -> Result<String> {
    let mut text = format!("{FROM_WIRE}package scxbridge\n");
    for name in PUBLIC {
        let s = wire.get(name)?;
        begin(&mut text, s, wire);
        for field in &s.fields {
            let name = names::go(&field.name);
            comment(
                &mut text,
                &format!("{name}: {}", uncapital(&for_go(&field.doc, wire))),
            );
            let _ = writeln!(text, "{name} {}", go_kind(field)?);
        }
        text.push_str("}\n");
    }
    Ok(text)
}

/// The agent's list of the counters, with names and help for those who read them.
pub fn agent_counters(wire: &Wire) -> Result<String> {
    let mut text = format!(
        "{FROM_WIRE}package counters\n\n\
         import scxbridge \"github.com/scxbridge/scxbridge/go\"\n\n\
         // All are the statistics of the library, in its order.\nvar All = []Counter{{\n"
    );
    let mut grows = false;
    let stats = wire.get("Stats")?;
    for field in stats.fields.iter().filter(|field| field.name != "size") {
        grows |= field.name == FIRST_GROWING;
        let go = match field.name.as_str() {
            ns if ns.ends_with("_ns") => names::go(ns.trim_end_matches("_ns")),
            name => names::go(name),
        };
        let help = names::unmarked(&field.doc, str::to_owned);
        let help = names::wrapped(&help, usize::MAX).concat();
        let _ = writeln!(
            text,
            "{{{:?}, {grows}, {:?}, func(s *scxbridge.Stats) uint64 {{ return uint64(s.{go}) }}}},",
            field.name,
            help.trim_end_matches('.'),
        );
    }
    Ok(text + "}\n")
}

/// The public `Stats`, how they are read, and which of them grow.
pub fn stats(wire: &Wire) -> Result<String> {
    let stats = wire.get("Stats")?;
    let mut text = format!(
        "{FROM_WIRE}package scxbridge\n\nimport (\n\t\"time\"\n\n\
         \t\"github.com/scxbridge/scxbridge/go/internal/capi\"\n)\n"
    );
    begin(&mut text, stats, wire);
    let (mut taken, mut growing) = (String::new(), Vec::new());
    for field in stats.fields.iter().filter(|field| field.name != "size") {
        let mirror = names::go(&field.name);
        let (name, kind) = match field.name.as_str() {
            "nr_cpus" => (mirror.clone(), "int"),
            ns if ns.ends_with("_ns") => (names::go(ns.trim_end_matches("_ns")), "time.Duration"),
            _ => (mirror.clone(), "uint64"),
        };
        comment(
            &mut text,
            &format!("{name}: {}", uncapital(&for_go(&field.doc, wire))),
        );
        let _ = writeln!(text, "{name} {kind} `json:\"{}\"`", field.name);
        let value = format!("c.{mirror}");
        let value = if kind == "uint64" {
            value
        } else {
            format!("{kind}({value})")
        };
        let _ = writeln!(taken, "{name}: {value},");
        if field.name == FIRST_GROWING || !growing.is_empty() {
            growing.push(name);
        }
    }
    let _ = write!(
        text,
        "}}\n\nfunc newStats(c *capi.Stats) Stats {{\nreturn Stats{{\n{taken}}}\n}}\n\n\
         // counters returns the fields that only grow; the others are gauges.\n\
         func (s *Stats) counters() [{}]*uint64 {{\nreturn [...]*uint64{{\n",
        growing.len()
    );
    for name in growing {
        let _ = writeln!(text, "&s.{name},");
    }
    Ok(text + "}\n}\n")
}

fn begin(text: &mut String, s: &Struct, wire: &Wire) {
    let name = names::go_type(&s.name);
    let verb = if name.ends_with('s') { "are" } else { "is" };
    text.push('\n');
    comment(
        text,
        &format!("{name} {verb} {}", uncapital(&for_go(&s.doc, wire))),
    );
    let _ = writeln!(text, "type {name} struct {{");
}

fn go_kind(field: &Field) -> Result<String> {
    let kind = match field.kind.as_str() {
        "i32" => "int32",
        "u16" => "uint16",
        "u32" => "uint32",
        "u64" => "uint64",
        "u8" => "byte",
        other => {
            return Err(format!("{} is of type {other}, which Go's side lacks", field.name).into())
        }
    };
    Ok(match &field.length {
        // The public package has this one as well.
        Some(length) if length == "COMM_LEN" => format!("[16]{kind}"),
        Some(length) => format!("[{}]{kind}", names::go(length)),
        None => kind.to_owned(),
    })
}

/// The text with the names that Go's users know.
fn for_go(text: &str, wire: &Wire) -> String {
    names::unmarked(text, |name| {
        if let Some((_, public)) = PUBLIC_NAMES.iter().find(|(constant, _)| *constant == name) {
            return (*public).to_owned();
        }
        let is_field = wire
            .structs
            .iter()
            .any(|s| s.fields.iter().any(|f| f.name == name));
        if is_field {
            names::go(name)
        } else {
            name.to_owned()
        }
    })
}

/// A sentence that follows a name.
pub fn uncapital(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    // CPU, ID and the like stay as they are.
    match letters.clone().next() {
        Some(second) if second.is_uppercase() => text.to_owned(),
        _ => first.to_lowercase().chain(letters).collect(),
    }
}

/// Each paragraph of the text in lines of a comment.
fn comment(text: &mut String, of: &str) {
    for (i, paragraph) in of.split("\n\n").enumerate() {
        if i > 0 {
            text.push_str("//\n");
        }
        for line in wrapped(paragraph, 88) {
            let _ = writeln!(text, "// {line}");
        }
    }
}

//! Python's side: the structs, constants and functions of the header for ctypes, and the options.

use std::fmt::Write as _;

use crate::names::wrapped;
use crate::table::{Kind, Opt, Table};
use crate::{calls, Result};

const FROM_HEADER: &str = "# SPDX-License-Identifier: Apache-2.0\n\
    # Generated from include/scxbridge.h by `make generate`; do not edit.\n\
    \"\"\"The C ABI, as ctypes sees it.\"\"\"\n\n";
const FROM_OPTIONS: &str = "# SPDX-License-Identifier: Apache-2.0\n\
    # Generated from rust/options.toml by `make generate`; do not edit.\n\
    \"\"\"The options of a scheduler.\"\"\"\n\n";

/// `_abi.py`: the header's structs, constants and functions.
pub fn abi(header: &str) -> Result<String> {
    let mut text = format!(
        "{FROM_HEADER}import ctypes\nfrom typing import Any, Final\n\n\
         from ._struct import Struct\n\n"
    );
    let read = read(header)?;
    for constant in &read.constants {
        text.push('\n');
        comment(&mut text, &constant.doc, "#: ");
        let _ = writeln!(text, "{}: Final = {}", constant.name, constant.value);
    }
    text.push_str(
        "\n# The constants are public; structs and functions have a wrapper.\n__all__ = [\n",
    );
    for constant in &read.constants {
        let _ = writeln!(text, "    \"{}\",", constant.name);
    }
    text.push_str("]\n");
    for s in &read.structs {
        write_struct(&mut text, s)?;
    }
    text.push_str(
        "\n\n#: The functions: what each returns, and its arguments.\n\
         FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {\n",
    );
    for declaration in calls::declarations(header)? {
        let Some((name, result, arguments)) = function(&declaration)? else {
            continue;
        };
        let comma = if arguments.len() == 1 { "," } else { "" };
        let _ = writeln!(
            text,
            "    \"{name}\": (\n        {result},\n        ({}{comma}),\n    ),",
            arguments.join(", ")
        );
    }
    Ok(text + "}\n")
}

/// `_options.py`: a dataclass.
pub fn options(table: &Table) -> String {
    let mut text = format!(
        "{FROM_OPTIONS}from __future__ import annotations\n\n\
         from dataclasses import dataclass\n\n\n\
         @dataclass(frozen=True)\nclass Options:\n    \
         \"\"\"Options of a scheduler. None is the library's default. The library checks the ranges.\"\"\"\n"
    );
    for option in &table.options {
        let kind = match option.kind {
            Kind::String => "str",
            Kind::Flag => "bool",
            Kind::U32 | Kind::U64 => "int",
        };
        let _ = write!(text, "\n    {}: {kind} | None = None\n", option.name);
        docstring(&mut text, &in_words(option), 4);
    }
    text
}

/// What it means, its range and its default.
fn in_words(option: &Opt) -> String {
    let range = option.range().map(|range| format!(" Range: {range}."));
    let default = match option.kind {
        Kind::String => format!("\"{}\"", option.default_text()),
        Kind::Flag if option.default_bool() => "True".to_owned(),
        Kind::Flag => "False".to_owned(),
        Kind::U32 | Kind::U64 => option.default_number().to_string(),
    };
    format!(
        "{}{} Default: {default}.",
        option.text,
        range.unwrap_or_default()
    )
}

struct Constant {
    name: String,
    value: String,
    doc: String,
}

struct Member {
    kind: String,
    name: String,
    /// Of an array, the name of its length.
    length: Option<String>,
    doc: String,
}

struct Struct {
    name: String,
    doc: String,
    members: Vec<Member>,
}

#[derive(Default)]
struct Header {
    constants: Vec<Constant>,
    structs: Vec<Struct>,
}

/// Reads what cbindgen writes: one constant, one brace or one field on a line, its comment before it.
fn read(header: &str) -> Result<Header> {
    let mut read = Header::default();
    let mut doc = String::new();
    let mut open: Option<Struct> = None;
    for line in header.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("//") {
            doc.push_str(text.trim());
            doc.push('\n');
            continue;
        }
        let said = std::mem::take(&mut doc).replace("SCXB_", "");
        let said = said.trim().to_owned();
        if let Some(rest) = line.strip_prefix("#define SCXB_") {
            if let Some((name, value)) = rest.split_once(' ') {
                read.constants.push(Constant {
                    name: name.to_owned(),
                    value: value.to_owned(),
                    doc: said,
                });
            }
        } else if let Some(name) = line.strip_prefix("struct scxb_") {
            if let Some(name) = name.strip_suffix(" {") {
                open = Some(Struct {
                    name: class(name),
                    doc: said,
                    members: Vec::new(),
                });
            }
        } else if line == "};" {
            read.structs.extend(open.take());
        } else if let Some(s) = &mut open {
            s.members.push(member(line, said)?);
        }
    }
    if read.constants.is_empty() || read.structs.is_empty() {
        return Err("the header has no constants, or no structs".into());
    }
    Ok(read)
}

/// `uint8_t comm[SCXB_COMM_LEN];` or `const char *name;`
fn member(line: &str, doc: String) -> Result<Member> {
    let parts = line.strip_suffix(';').and_then(|l| l.rsplit_once(' '));
    let (kind, name) = parts.ok_or_else(|| format!("not a field of a struct: {line}"))?;
    let (kind, name) = match name.strip_prefix('*') {
        Some(name) => (format!("{kind} *"), name),
        None => (kind.to_owned(), name),
    };
    let (name, length) = match name.split_once("[SCXB_") {
        Some((name, length)) => (name, Some(length.trim_end_matches(']').to_owned())),
        None => (name, None),
    };
    Ok(Member {
        kind,
        name: name.to_owned(),
        length,
        doc,
    })
}

fn write_struct(text: &mut String, s: &Struct) -> Result<()> {
    let _ = write!(text, "\n\nclass {}(Struct):\n", s.name);
    docstring(text, &s.doc, 4);
    let mut fields = String::new();
    for field in &s.members {
        let (kind, seen) = match (field.kind.as_str(), &field.length) {
            ("uint8_t", Some(length)) if length != "COMM_LEN" => (
                format!("ctypes.c_uint8 * {length}"),
                "ctypes.Array[ctypes.c_uint8]",
            ),
            // A text with its NUL.
            ("char" | "uint8_t", Some(length)) => (format!("ctypes.c_char * {length}"), "bytes"),
            ("const char *", None) => ("ctypes.c_char_p".to_owned(), "bytes | None"),
            (number, None) => (ctype(number)?, "int"),
            (other, Some(_)) => return Err(format!("an array of {other}").into()),
        };
        let _ = write!(text, "\n    {}: {seen}\n", field.name);
        docstring(text, &field.doc, 4);
        let _ = writeln!(fields, "        (\"{}\", {kind}),", field.name);
    }
    let _ = write!(text, "\n    _fields_ = [\n{fields}    ]\n");
    Ok(())
}

/// The name, the result and the arguments of a declaration; `None` if it is none of a function.
fn function(declaration: &str) -> Result<Option<(String, String, Vec<String>)>> {
    let Some((before, arguments)) = declaration.split_once('(') else {
        return Ok(None);
    };
    let Some((before, name)) = before.rsplit_once("scxb_") else {
        return Ok(None);
    };
    // `extern "C" {` stands before the first function.
    let result = before.rsplit('{').next().unwrap_or(before).trim();
    let arguments = arguments.trim_end_matches(')');
    let arguments = arguments
        .split(", ")
        .filter(|argument| *argument != "void")
        .map(|argument| {
            let at = argument.rfind([' ', '*']).unwrap_or(0) + 1;
            ctype(argument[..at].trim())
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Some((name.to_owned(), ctype(result)?, arguments)))
}

/// A type of C as ctypes has it.
fn ctype(kind: &str) -> Result<String> {
    Ok(match kind {
        "void" => "None".to_owned(),
        "const char *" => "ctypes.c_char_p".to_owned(),
        // A buffer of the caller.
        "char *" => "ctypes.c_void_p".to_owned(),
        "struct scxb *" => "ctypes.c_void_p".to_owned(),
        "struct scxb **" => "ctypes.POINTER(ctypes.c_void_p)".to_owned(),
        "size_t" => "ctypes.c_size_t".to_owned(),
        number if number.ends_with("_t") => format!("ctypes.c_{}", number.trim_end_matches("_t")),
        pointer => {
            let target = pointer
                .strip_suffix(" *")
                .ok_or_else(|| format!("{kind} is unknown to Python's side"))?;
            let target = target.strip_prefix("const ").unwrap_or(target);
            let target = match target.strip_prefix("struct scxb_") {
                Some(name) => class(name),
                None => ctype(target)?,
            };
            format!("ctypes.POINTER({target})")
        }
    })
}

/// `cpu_request` as Python has it: `CpuRequest`.
fn class(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            })
        })
        .collect()
}

/// A text after what it is about, indented by so many columns.
fn docstring(text: &mut String, of: &str, indent: usize) {
    let margin = " ".repeat(indent);
    let mut lines = Vec::new();
    for (i, paragraph) in of.split("\n\n").enumerate() {
        if i > 0 {
            lines.push(String::new());
        }
        lines.extend(wrapped(paragraph, 100 - indent));
    }
    let body: Vec<String> = lines
        .iter()
        .enumerate()
        .map(|(i, line)| {
            if i == 0 || line.is_empty() {
                line.clone()
            } else {
                format!("{margin}{line}")
            }
        })
        .collect();
    let end = if lines.len() > 1 {
        format!("\n{margin}")
    } else {
        String::new()
    };
    let _ = writeln!(text, "{margin}\"\"\"{}{end}\"\"\"", body.join("\n"));
}

fn comment(text: &mut String, of: &str, mark: &str) {
    for line in wrapped(of, 100) {
        let _ = writeln!(text, "{mark}{line}");
    }
}

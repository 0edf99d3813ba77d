//! The options in Rust, in C and on the kernel side.

use std::fmt::Write as _;

use crate::names::wrapped;
use crate::table::{Bound, Kind, Opt, Table};

const HEAD: &str = "// Generated from rust/options.toml by `make generate`; do not edit.\n\n";

/// The library's `Options`, their defaults and the check of their ranges: `rust/options.rs`.
pub fn library(table: &Table) -> String {
    let mut text = format!(
        "{HEAD}//! The options of a scheduler.\n\n\
         use crate::config::{{in_range, ring_size, validate_name}};\nuse crate::Result;\n\n\
         /// Options of a scheduler; the defaults are good for a whole machine.\n\
         #[derive(Clone, Debug, PartialEq, Eq)]\npub struct Options {{\n"
    );
    for option in &table.options {
        doc(&mut text, &in_words(option));
        let _ = writeln!(text, "pub {}: {},", option.name, rust_type(option));
    }
    text.push_str("}\n\nimpl Default for Options {\nfn default() -> Self {\nSelf {\n");
    for option in &table.options {
        let value = match option.kind {
            Kind::String => format!("{:?}.into()", option.default_text()),
            Kind::Flag => option.default_bool().to_string(),
            Kind::U32 | Kind::U64 => grouped(option.default_number()),
        };
        let _ = writeln!(text, "{}: {value},", option.name);
    }
    text.push_str(
        "}\n}\n}\n\nimpl Options {\n\
         /// Checks every option.\n///\n/// # Errors\n\
         /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), which names the option, its value and its range.\n\
         pub fn validate(&self) -> Result<()> {\n",
    );
    for option in table.values() {
        let (name, max) = (&option.name, option.max.unwrap_or(u64::MAX));
        let _ = match (&option.check, &option.min) {
            (Some(check), _) if option.kind == Kind::String => {
                writeln!(text, "{check}(&self.{name})?;")
            }
            (Some(check), _) => writeln!(text, "{check}({name:?}, self.{name})?;"),
            (None, Some(Bound::Option(other))) => writeln!(
                text,
                "in_range({name:?}, self.{name}.into(), self.{other}.into(), {})?;",
                grouped(max)
            ),
            (None, min) => {
                let min = if let Some(Bound::Number(min)) = min {
                    *min
                } else {
                    0
                };
                writeln!(
                    text,
                    "in_range({name:?}, self.{name}.into(), {}, {})?;",
                    grouped(min),
                    grouped(max)
                )
            }
        };
    }
    // Some values are converted from u64 to u64: the generator need not know which.
    text = text.replace(
        "pub fn validate",
        "#[allow(clippy::useless_conversion)]\npub fn validate",
    );
    text + "Ok(())\n}\n}\n"
}

/// The options as C has them: `rust/ffi/option_struct.rs`.
pub fn c_abi(table: &Table) -> String {
    let mut text =
        format!("{HEAD}use std::ffi::c_char;\nuse std::mem::size_of;\n\nuse crate::Options;\n\n");
    for option in table.bits() {
        doc(&mut text, &option.text);
        let _ = writeln!(
            text,
            "pub const {}: u32 = {};\n",
            option.constant(),
            option.bit.unwrap_or_default()
        );
    }
    let all: Vec<String> = table.bits().map(Opt::constant).collect();
    let on: Vec<String> = table
        .bits()
        .filter(|o| o.default_bool())
        .map(Opt::constant)
        .collect();
    let _ = write!(
        text,
        "pub(super) const KNOWN_FLAGS: u32 = {};\n\n\
         /// Options of a scheduler. Fill them with scxb_options_init(), then change some.\n\
         #[repr(C)]\n#[derive(Clone, Copy, Debug)]\npub struct OptionsC {{\n\
         /// Size of this struct in bytes, as the caller was compiled.\npub size: u32,\n",
        all.join(" | ")
    );
    let by_default: Vec<String> = on.iter().map(|name| format!("`{name}`")).collect();
    doc(
        &mut text,
        &format!("Bits `SCXB_OPTION_*`; default {}.", by_default.join(" | ")),
    );
    text.push_str("pub flags: u32,\n");
    for option in table.values() {
        let mut words = in_words(option);
        if option.kind == Kind::String {
            words.push_str(" NULL: the default. Read during the call only.");
        }
        doc(&mut text, &words);
        let kind = if option.kind == Kind::String {
            "*const c_char"
        } else {
            rust_type(option)
        };
        let _ = writeln!(text, "pub {}: {kind},", option.name);
    }
    let _ = write!(
        text,
        "}}\n\nimpl Default for OptionsC {{\nfn default() -> Self {{\nlet options = Options::default();\n\
         Self {{\nsize: size_of::<Self>() as u32,\nflags: {},\n",
        if on.is_empty() { "0".to_owned() } else { on.join(" | ") }
    );
    for option in table.values() {
        let _ = match option.kind {
            Kind::String => writeln!(text, "{}: std::ptr::null(),", option.name),
            _ => writeln!(text, "{0}: options.{0},", option.name),
        };
    }
    text.push_str(
        "}\n}\n}\n\nimpl OptionsC {\n/// Rust's options, but for those that are texts.\n\
         pub(super) fn numbers(&self) -> Options {\nOptions {\n",
    );
    for option in &table.options {
        let _ = match option.kind {
            Kind::String => Ok(()),
            Kind::Flag => writeln!(
                text,
                "{}: self.flags & {} != 0,",
                option.name,
                option.constant()
            ),
            _ => writeln!(text, "{0}: self.{0},", option.name),
        };
    }
    text + "..Options::default()\n}\n}\n}\n"
}

/// What the library sets in the kernel side: `rust/options_to_kernel.rs`.
pub fn to_kernel(table: &Table) -> String {
    let mut text = format!(
        "{HEAD}// rust/object.rs includes it.\n\n\
         /// Sets every option that the kernel side reads.\n\
         fn set_options(rodata: &mut types::rodata, options: &Options) {{\n"
    );
    for option in &table.options {
        let Some(kernel) = &option.kernel else {
            continue;
        };
        let value = match &option.kernel_value {
            Some(expression) => expression.clone(),
            None if option.is_time() && option.factor() > 1 => format!(
                "u64::from(options.{}) * {}",
                option.name,
                grouped(option.factor())
            ),
            None => format!("options.{}", option.name),
        };
        let _ = writeln!(text, "rodata.{kernel} = {value};");
    }
    text + "rodata.options_set = true;\n}\n"
}

/// What the kernel side reads: `rust/bpf/options.bpf.h`.
pub fn kernel_side(table: &Table) -> String {
    let mut text = String::from(
        "/* Generated from rust/options.toml by `make generate`; do not edit. */\n\
         /* SPDX-License-Identifier: GPL-2.0-only */\n\
         /*\n * Options: set by the library, which has the defaults, and frozen at load. It sets options_set\n\
         \x20* last; ops.init refuses to run without it.\n */\n\
         #ifndef SCXB_OPTIONS_BPF_H\n#define SCXB_OPTIONS_BPF_H\n\n#include \"kernel.bpf.h\"\n\n\
         const volatile bool options_set;\n",
    );
    for option in &table.options {
        let Some(kernel) = &option.kernel else {
            continue;
        };
        let kind = match option.kind {
            Kind::Flag => "bool",
            _ if option.is_time() => "u64",
            Kind::U64 => "u64",
            _ => "u32",
        };
        text.push('\n');
        let lines = wrapped(option.kernel_text.as_ref().unwrap_or(&option.text), 92);
        let _ = match lines.as_slice() {
            [line] => writeln!(text, "/* {line} */"),
            lines => writeln!(text, "/*\n * {}\n */", lines.join("\n * ")),
        };
        let _ = writeln!(text, "const volatile {kind} {kernel};");
    }
    text + "\n#endif /* SCXB_OPTIONS_BPF_H */\n"
}

/// What it means, its range and its default.
fn in_words(option: &Opt) -> String {
    let range = option
        .range()
        .map(|range| format!(" Range: {range}."))
        .unwrap_or_default();
    let default = match option.kind {
        Kind::String => format!("`{}`", option.default_text()),
        Kind::Flag => option.default_bool().to_string(),
        Kind::U32 | Kind::U64 => option.default_number().to_string(),
    };
    format!("{}{range} Default: {default}.", option.text)
}

fn doc(text: &mut String, of: &str) {
    for line in wrapped(of, 92) {
        let _ = writeln!(text, "/// {line}");
    }
}

fn rust_type(option: &Opt) -> &'static str {
    match option.kind {
        Kind::String => "String",
        Kind::U32 => "u32",
        Kind::U64 => "u64",
        Kind::Flag => "bool",
    }
}

/// `1_000_000`, as clippy wants long numbers.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    if digits.len() <= 4 {
        return digits;
    }
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            grouped.push('_');
        }
        grouped.push(digit);
    }
    grouped
}

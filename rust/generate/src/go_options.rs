//! The options in Go: package capi's, the public ones, and the agent's flags.

use std::fmt::Write as _;

use crate::names::{self, wrapped};
use crate::table::{AgentKind, Bound, Kind, Opt, Table, Unit};

const HEAD: &str = "// Code generated from rust/options.toml by `make generate`; DO NOT EDIT.\n\n";

/// `go/internal/capi/options.go`.
pub fn mirror(table: &Table) -> String {
    let mut text = format!(
        "{HEAD}package capi\n\n\
         // Options mirrors struct scxb_options without its size.\ntype Options struct {{\nFlags uint32\n"
    );
    for option in table.values() {
        let _ = writeln!(text, "{} {}", option.go_mirror(), number_kind(option));
    }
    text + "}\n"
}

/// `go/internal/capi/options_in_c.go`.
pub fn mirror_in_c(table: &Table) -> String {
    let mut text = HEAD.to_owned() + names::CGO;
    text.push_str(
        "// options is what C has, as Go.\n\
         func options(c *C.struct_scxb_options) Options {\no := Options{Flags: uint32(c.flags)}\n",
    );
    for option in table.values() {
        let (go, c) = (option.go_mirror(), &option.name);
        let _ = match option.kind {
            Kind::String => writeln!(text, "if c.{c} != nil {{\no.{go} = C.GoString(c.{c})\n}}"),
            _ => writeln!(text, "o.{go} = {}(c.{c})", number_kind(option)),
        };
    }
    text.push_str(
        "return o\n}\n\n// set sets what C has, but for texts.\n\
         func (o *Options) set(c *C.struct_scxb_options) {\nc.flags = C.uint32_t(o.Flags)\n",
    );
    for option in table.values().filter(|o| o.kind != Kind::String) {
        let _ = writeln!(
            text,
            "c.{} = C.{}_t(o.{})",
            option.name,
            number_kind(option),
            option.go_mirror()
        );
    }
    text + "}\n"
}

/// Defaults and ranges for programs without the library, as it has them: `go/internal/capi/absent_options.go`.
pub fn absent(table: &Table) -> String {
    let on: Vec<String> = table
        .bits()
        .filter(|option| option.default_bool())
        .map(|option| names::go(&option.constant()))
        .collect();
    let flags = if on.is_empty() {
        "0".to_owned()
    } else {
        on.join(" | ")
    };
    let mut text = format!(
        "{HEAD}{}// Defaults returns what scxb_options_init sets.\n\
         func Defaults() Options {{\nreturn Options{{\nFlags: {flags},\n",
        names::NO_CGO
    );
    let numbers = || table.values().filter(|o| o.kind != Kind::String);
    for option in numbers() {
        let _ = writeln!(text, "{}: {},", option.go_mirror(), option.default_number());
    }
    text.push_str(
        "}\n}\n\n// problem says which option is out of its range, as scxb_options_check does; nothing if none is.\n\
         func problem(o Options) string {\nreturn cmp.Or(\n",
    );
    for option in table.values() {
        let field = option.go_mirror();
        let _ = match (&option.check, &option.min) {
            (Some(check), _) if option.kind == Kind::String => {
                writeln!(text, "{}(o.{field}),", variable(check))
            }
            (Some(check), _) => {
                writeln!(text, "{}({:?}, o.{field}),", variable(check), option.name)
            }
            (None, min) => {
                let min = match min {
                    Some(Bound::Number(min)) => min.to_string(),
                    Some(Bound::Option(other)) => format!("uint64(o.{})", names::go(other)),
                    None => "0".to_owned(),
                };
                let max = option.max.unwrap_or(u64::MAX);
                let name = &option.name;
                writeln!(text, "inRange({name:?}, uint64(o.{field}), {min}, {max}),")
            }
        };
    }
    (text + ")\n}\n").replace("package capi\n\n", "package capi\n\nimport \"cmp\"\n\n")
}

/// A function of Rust's as Go names it.
fn variable(name: &str) -> String {
    let name = names::go(name);
    name[..1].to_lowercase() + &name[1..]
}

/// `go/options.go`.
pub fn public(table: &Table) -> String {
    let mut text = format!(
        "{HEAD}package scxbridge\n\nimport (\n\"time\"\n\n\"github.com/scxbridge/scxbridge/go/internal/capi\"\n)\n\n\
         // Options configure a scheduler. The zero value of each field means its\n\
         // default; [DefaultOptions] tells what these are.\ntype Options struct {{\n"
    );
    for option in &table.options {
        comment(&mut text, &in_words(option));
        let _ = writeln!(text, "{} {}", option.go_name(), public_kind(option));
    }
    text.push_str(
        "}\n\n// fromNative spells out what the library says.\n\
         func fromNative(d capi.Options) Options {\no := Options{\n",
    );
    for option in &table.options {
        let (go, mirror) = (option.go_name(), option.go_mirror());
        let _ = match option.kind {
            Kind::String => writeln!(
                text,
                "{go}: orDefault(d.{mirror}, {:?}),",
                option.default_text()
            ),
            Kind::Flag => writeln!(
                text,
                "{go}: d.Flags&capi.{} {} 0,",
                crate::names::go(&option.constant()),
                if option.negated { "==" } else { "!=" }
            ),
            _ if option.is_time() => {
                writeln!(
                    text,
                    "{go}: time.Duration(d.{mirror}) * {},",
                    go_unit(option)
                )
            }
            _ => writeln!(text, "{go}: int(d.{mirror}),"),
        };
    }
    text.push_str("}\n");
    for option in table.options.iter().filter(|o| o.go_zero.is_some()) {
        let _ = writeln!(
            text,
            "if d.{} == 0 {{\no.{} = {}\n}}",
            option.go_mirror(),
            option.go_name(),
            option.go_zero.as_deref().unwrap_or_default()
        );
    }
    text.push_str(
        "return o\n}\n\n// native lays the options over the library's defaults. It refuses what the C\n\
         // types cannot say; the library judges the ranges.\n\
         func (o *Options) native(d capi.Options) (capi.Options, error) {\nvar c conversion\n",
    );
    for option in &table.options {
        let (go, mirror) = (option.go_name(), option.go_mirror());
        let _ = match option.kind {
            Kind::String => writeln!(text, "c.text(\"{go}\", o.{go}, &d.{mirror})"),
            Kind::Flag => writeln!(
                text,
                "c.flag({}o.{go}, &d.Flags, capi.{})",
                if option.negated { "!" } else { "" },
                crate::names::go(&option.constant())
            ),
            _ if option.is_time() => {
                let convert = format!(
                    "duration(&c, \"{go}\", o.{go}, {}, &d.{mirror})",
                    go_unit(option)
                );
                match &option.go_zero {
                    Some(zero) => writeln!(
                        text,
                        "if o.{go} == {zero} {{\nd.{mirror} = 0\n}} else {{\n{convert}\n}}"
                    ),
                    None => writeln!(text, "{convert}"),
                }
            }
            _ => writeln!(text, "c.size(\"{go}\", o.{go}, &d.{mirror})"),
        };
    }
    text.push_str(
        "return d, c.err\n}\n\n// fields are the options by the names that the library has for them.\n\
         var fields = map[string]field{\n",
    );
    for option in &table.options {
        let unit = if option.is_time() {
            go_unit(option)
        } else {
            "0"
        };
        let (name, go) = (&option.name, option.go_name());
        let _ = writeln!(text, "{name:?}: {{\"{go}\", {unit}}},");
    }
    text + "}\n"
}

/// `go/cmd/scx_goland/options.go`.
pub fn agent(table: &Table) -> String {
    let mut text = format!(
        "{HEAD}package main\n\nimport (\n\"time\"\n\n\"github.com/spf13/pflag\"\n)\n\n\
         // define adds all flags of the command line; those of the scheduler have the\n\
         // defaults that its options have.\nfunc (c *config) define(fs *pflag.FlagSet) {{\no := &c.options\n"
    );
    for flag in &table.flags {
        let help = match &flag.arg {
            Some(arg) if flag.help.contains(arg.as_str()) => {
                flag.help.replace(arg.as_str(), &format!("`{arg}`"))
            }
            Some(arg) => format!("{}: `{arg}`", flag.help),
            None => flag.help.clone(),
        };
        let help = match &flag.default_text {
            Some(default) => format!("{help} (default: {default})"),
            None => help,
        };
        let default = flag.default.as_deref();
        let (method, default) = match flag.kind {
            AgentKind::String => ("StringVar", format!("{:?}", default.unwrap_or_default())),
            AgentKind::Duration => ("DurationVar", go_duration(default.unwrap_or("0s"))),
            AgentKind::Int => ("IntVar", default.unwrap_or("0").to_owned()),
            AgentKind::Bool => ("BoolVar", "false".to_owned()),
            AgentKind::Float => ("Float64Var", default.unwrap_or("0").to_owned()),
        };
        let _ = writeln!(
            text,
            "fs.{method}(&{}, {:?}, {default}, {help:?})",
            flag.var, flag.flag
        );
        if let Some(bare) = &flag.bare {
            let _ = writeln!(text, "fs.Lookup({:?}).NoOptDefVal = {bare:?}", flag.flag);
        }
    }
    text.push('\n');
    for option in &table.options {
        let (Some(flag), Some(help)) = (&option.flag, &option.help) else {
            continue;
        };
        let name = option.go_name();
        let method = match option.kind {
            Kind::String => "StringVar",
            Kind::Flag => "BoolVar",
            _ if option.is_time() => "DurationVar",
            _ => "IntVar",
        };
        let default = match &option.agent_default {
            Some(default) => format!("{default:?}"),
            None => format!("o.{name}"),
        };
        let _ = writeln!(
            text,
            "fs.{method}(&o.{name}, {flag:?}, {default}, {help:?})"
        );
    }
    text.push_str(
        "}\n\n// flagOf is the flag of each field of scxbridge.Options.\nvar flagOf = map[string]string{\n",
    );
    for option in &table.options {
        if let Some(flag) = &option.flag {
            let _ = writeln!(text, "\"{}\": {flag:?},", option.go_name());
        }
    }
    text.push_str(
        "}\n\n// settings are all options by their flags.\nvar settings = map[string]setting{\n",
    );
    for option in &table.options {
        if let Some(flag) = &option.flag {
            let _ = writeln!(text, "{flag:?}: {{field: {:?}}},", option.go_name());
        }
    }
    for flag in &table.flags {
        let mut words = Vec::new();
        if flag.live {
            words.push("live: true");
        }
        if flag.command_line {
            words.push("commandLine: true");
        }
        let _ = writeln!(text, "{:?}: {{{}}},", flag.flag, words.join(", "));
    }
    let _ = write!(text, "}}\n{}", version());
    text
}

/// The version of the agent's companion, which has no options of the table.
pub fn companion() -> String {
    format!(
        "// Code generated from the version in Cargo.toml by `make generate`; DO NOT EDIT.\n\npackage main\n{}",
        version()
    )
}

fn version() -> String {
    format!(
        "\n// version is the package's.\nconst version = {:?}\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// What it means, its range and its default.
fn in_words(option: &Opt) -> String {
    let name = option.go_name();
    let text = option.go_text.as_ref().unwrap_or(&option.text);
    let range = option.range_for_people(|other| {
        format!(
            "the value of {}",
            crate::names::go(other.trim_end_matches("_ns"))
        )
    });
    let range = range
        .map(|range| format!(" Range: {range}."))
        .unwrap_or_default();
    let zero = match &option.go_zero {
        Some(zero) => format!(" 0 is [{zero}]."),
        None => String::new(),
    };
    format!("{name}: {}{range}{zero}", crate::go::uncapital(text))
}

fn comment(text: &mut String, of: &str) {
    for line in wrapped(of, 88) {
        let _ = writeln!(text, "// {line}");
    }
}

fn number_kind(option: &Opt) -> &'static str {
    match option.kind {
        Kind::String => "string",
        Kind::U64 => "uint64",
        Kind::U32 | Kind::Flag => "uint32",
    }
}

fn public_kind(option: &Opt) -> &'static str {
    match option.kind {
        Kind::String => "string",
        Kind::Flag => "bool",
        _ if option.is_time() => "time.Duration",
        _ => "int",
    }
}

fn go_unit(option: &Opt) -> &'static str {
    match option.unit {
        Some(Unit::Ms) => "time.Millisecond",
        Some(Unit::Us) => "time.Microsecond",
        _ => "time.Nanosecond",
    }
}

/// `20ms` as an expression of Go.
fn go_duration(text: &str) -> String {
    let digits = text.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = match &text[digits.len()..] {
        "us" => "Microsecond",
        "ms" => "Millisecond",
        _ => "Second",
    };
    format!("{digits} * time.{unit}")
}

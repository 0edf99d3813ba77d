//! Reads `rust/options.toml`.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::{counters, names, Result};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    #[serde(rename = "option")]
    pub options: Vec<Opt>,
    #[serde(rename = "flag")]
    pub flags: Vec<AgentFlag>,
}

/// An option of a scheduler; see the head of the file for what the fields mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opt {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Kind,
    pub bit: Option<u32>,
    pub unit: Option<Unit>,
    pub min: Option<Bound>,
    pub max: Option<u64>,
    pub check: Option<String>,
    pub default: Option<toml::Value>,
    pub text: String,
    pub go: Option<String>,
    #[serde(default)]
    pub negated: bool,
    pub go_text: Option<String>,
    pub go_zero: Option<String>,
    pub kernel: Option<String>,
    pub kernel_value: Option<String>,
    pub kernel_text: Option<String>,
    pub flag: Option<String>,
    pub help: Option<String>,
    pub man: Option<String>,
    pub section: Option<String>,
    pub agent_default: Option<String>,
}

/// A flag that only the agent has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentFlag {
    pub flag: String,
    pub var: String,
    #[serde(rename = "type")]
    pub kind: AgentKind,
    pub arg: Option<String>,
    pub default: Option<String>,
    pub default_text: Option<String>,
    pub help: String,
    pub man: String,
    pub section: String,
    /// Its value where only its name is given.
    pub bare: Option<String>,
    /// It can be changed while the agent runs.
    #[serde(default)]
    pub live: bool,
    /// It is not for the file of options.
    #[serde(default)]
    pub command_line: bool,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    String,
    U32,
    U64,
    Flag,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    Ms,
    Us,
    Ns,
    Bytes,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum AgentKind {
    String,
    Duration,
    Int,
    Bool,
    Float,
}

/// A number, or the name of an option whose value it is.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Bound {
    Number(u64),
    Option(String),
}

pub fn read(path: &Path) -> Result<Table> {
    let text = fs::read_to_string(path).map_err(|err| format!("read {}: {err}", path.display()))?;
    let table: Table = toml::from_str(&text).map_err(|err| format!("{}: {err}", path.display()))?;
    for option in &table.options {
        option
            .check()
            .map_err(|err| format!("{}: option {}: {err}", path.display(), option.name))?;
    }
    Ok(table)
}

impl Table {
    /// Refuses an option that the kernel side gets and does not read: it would do nothing.
    pub fn check_readers(&self, folder: &Path) -> Result<()> {
        let mut texts = Vec::new();
        for path in counters::sources(folder)? {
            if !path.ends_with("options.bpf.h") {
                texts.push(fs::read_to_string(&path)?);
            }
        }
        for kernel in self.options.iter().filter_map(|o| o.kernel.as_ref()) {
            let is_word = |text: &String| {
                text.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .any(|word| word == kernel)
            };
            if !texts.iter().any(is_word) {
                return Err(
                    format!("rust/options.toml: nothing in rust/bpf reads {kernel}").into(),
                );
            }
        }
        Ok(())
    }

    /// The options that are fields of their own in C.
    pub fn values(&self) -> impl Iterator<Item = &Opt> {
        self.options.iter().filter(|o| o.kind != Kind::Flag)
    }

    /// The options that are bits of one word in C.
    pub fn bits(&self) -> impl Iterator<Item = &Opt> {
        self.options.iter().filter(|o| o.kind == Kind::Flag)
    }
}

impl Opt {
    /// Refuses what would give code that does not compile, or that does nothing.
    fn check(&self) -> Result<()> {
        let is_flag = self.kind == Kind::Flag;
        if is_flag != self.bit.is_some() {
            return Err("a flag, and nothing else, has a bit".into());
        }
        let number = matches!(self.kind, Kind::U32 | Kind::U64);
        if number && self.unit.is_none() {
            return Err("a number has a unit".into());
        }
        if !is_flag && self.check.is_none() && (self.min.is_none() || self.max.is_none()) {
            return Err("it has neither a range nor a check of its own".into());
        }
        if self.flag.is_some() && (self.help.is_none() || self.section.is_none()) {
            return Err("a flag of the agent has a help and a section".into());
        }
        Ok(())
    }

    pub fn is_time(&self) -> bool {
        matches!(self.unit, Some(Unit::Ms | Unit::Us | Unit::Ns))
    }

    /// Nanoseconds of the unit of a time.
    pub fn factor(&self) -> u64 {
        match self.unit {
            Some(Unit::Ms) => 1_000_000,
            Some(Unit::Us) => 1000,
            _ => 1,
        }
    }

    pub fn default_number(&self) -> u64 {
        let number = self.default.as_ref().and_then(toml::Value::as_integer);
        number.and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
    }

    pub fn default_text(&self) -> &str {
        let text = self.default.as_ref().and_then(toml::Value::as_str);
        text.unwrap_or_default()
    }

    pub fn default_bool(&self) -> bool {
        let on = self.default.as_ref().and_then(toml::Value::as_bool);
        on.unwrap_or(false)
    }

    /// The name of a flag's constant, `OPTION_` and its own.
    pub fn constant(&self) -> String {
        format!("OPTION_{}", self.name.to_uppercase())
    }

    /// The name of Go's field: without the unit of a time, since its type says that.
    pub fn go_name(&self) -> String {
        if let Some(name) = &self.go {
            return name.clone();
        }
        let mut name = self.name.as_str();
        if self.is_time() {
            for unit in ["_ms", "_us", "_ns"] {
                name = name.strip_suffix(unit).unwrap_or(name);
            }
        }
        names::go(name)
    }

    /// The name of package capi's field.
    pub fn go_mirror(&self) -> String {
        names::go(&self.name)
    }

    /// The range in words, as far as the text does not say it, with units as C and Rust have them.
    pub fn range(&self) -> Option<String> {
        let unit = match self.unit? {
            Unit::Ms => "ms",
            Unit::Us => "µs",
            Unit::Ns => "ns",
            Unit::Bytes => "bytes",
        };
        let max = self.max?;
        Some(match self.min.as_ref()? {
            Bound::Number(min) => format!("{min} to {max} {unit}"),
            Bound::Option(other) => format!("{other} to {max} {unit}"),
        })
    }

    /// The same for Go and the agent.
    pub fn range_for_people(&self, name: impl Fn(&str) -> String) -> Option<String> {
        let max = self.max?;
        let say = |n: u64| {
            if self.is_time() {
                duration(n * self.factor())
            } else {
                n.to_string()
            }
        };
        let unit = if self.is_time() { "" } else { " bytes" };
        Some(match self.min.as_ref()? {
            Bound::Number(min) => format!("{} to {}{unit}", say(*min), say(max)),
            Bound::Option(other) => format!("{} to {}{unit}", name(other), say(max)),
        })
    }
}

/// A time as Go prints it.
pub fn duration(ns: u64) -> String {
    for (unit, name) in [(1_000_000_000, "s"), (1_000_000, "ms"), (1000, "us")] {
        if ns >= unit && ns % unit == 0 {
            return format!("{}{name}", ns / unit);
        }
    }
    if ns == 0 {
        "0s".to_owned()
    } else {
        format!("{ns}ns")
    }
}

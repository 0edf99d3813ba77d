//! The agent's flags in the man page and in the completions of three shells.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::names::wrapped;
use crate::table::{duration, AgentKind, Kind, Table};
use crate::{counters, Result};

const SECTIONS: [&str; 4] = ["Policy", "Scheduler", "Upgrades", "Output"];
const BEGIN: &str = ".\\\" Generated from rust/options.toml by `make generate`; do not edit.\n";
const END: &str = ".\\\" End of what is generated.\n";

/// A flag with all that these need.
struct Flag {
    name: String,
    /// The name of its value; empty if it has none.
    arg: String,
    default: String,
    help: String,
    man: String,
    section: String,
}

impl Flag {
    /// The words that its value can be.
    fn choices(&self) -> Option<String> {
        self.arg.contains('|').then(|| self.arg.replace('|', " "))
    }
}

/// All flags, by the sections of the man page.
fn flags(table: &Table) -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    for option in &table.options {
        let (Some(name), Some(help), Some(section)) = (&option.flag, &option.help, &option.section)
        else {
            continue;
        };
        let number = option.default_number();
        let (arg, default) = match option.kind {
            Kind::String => ("string", option.default_text().to_owned()),
            Kind::Flag => ("", String::new()),
            _ if option.is_time() => ("duration", duration(number * option.factor())),
            _ => ("int", number.to_string()),
        };
        let text = option.go_text.as_ref().unwrap_or(&option.text);
        let man = option.man.clone().unwrap_or_else(|| {
            let flag_of = |other: &str| {
                let other = table.options.iter().find(|o| o.name == other);
                let flag = other.and_then(|o| o.flag.clone());
                format!("--{}", flag.unwrap_or_default())
            };
            let range = option.range_for_people(flag_of);
            format!(
                "{text}{}",
                range
                    .map(|range| format!(" Range: {range}."))
                    .unwrap_or_default()
            )
        });
        flags.push(Flag {
            name: name.clone(),
            arg: arg.to_owned(),
            default: option.agent_default.clone().unwrap_or(default),
            help: help.clone(),
            man,
            section: section.clone(),
        });
    }
    for flag in &table.flags {
        let arg = flag.arg.as_deref().unwrap_or(match flag.kind {
            AgentKind::Duration => "duration",
            AgentKind::Int => "int",
            AgentKind::String | AgentKind::Float => "string",
            AgentKind::Bool => "",
        });
        flags.push(Flag {
            name: flag.flag.clone(),
            arg: arg.to_owned(),
            default: flag
                .default_text
                .clone()
                .or(flag.default.clone())
                .unwrap_or_default(),
            help: flag.help.clone(),
            man: flag.man.clone(),
            section: flag.section.clone(),
        });
    }
    flags.push(Flag {
        name: "help".to_owned(),
        arg: String::new(),
        default: String::new(),
        help: "print all options, and exit".to_owned(),
        man: "Print all options, and exit.".to_owned(),
        section: "Output".to_owned(),
    });
    flags
}

/// All flags by name, as completions have them.
fn sorted(table: &Table) -> Vec<Flag> {
    let mut flags = flags(table);
    flags.sort_by(|a, b| a.name.cmp(&b.name));
    flags
}

/// `packaging/scx_goland.8`, with its options up to date.
pub fn man(root: &Path, table: &Table) -> Result<String> {
    let path = root.join("packaging/scx_goland.8");
    let text =
        fs::read_to_string(&path).map_err(|err| format!("read {}: {err}", path.display()))?;
    let flags = flags(table);
    let mut options = String::new();
    for section in SECTIONS {
        let _ = writeln!(options, ".SS \"{section}\"");
        for flag in flags.iter().filter(|flag| flag.section == section) {
            let name = format!("--{}", flag.name).replace('-', "\\-");
            let _ = match flag.arg.as_str() {
                "" => writeln!(options, ".TP\n.B {name}"),
                arg => writeln!(options, ".TP\n.BI {name} \" {arg}\""),
            };
            options.push_str(&roff(&flag.man));
            if !flag.default.is_empty() {
                let _ = writeln!(options, "Default: {}.", flag.default);
            }
        }
    }
    if let Some(flag) = flags
        .iter()
        .find(|flag| !SECTIONS.contains(&flag.section.as_str()))
    {
        return Err(format!("--{} is in the unknown section {}", flag.name, flag.section).into());
    }
    counters::replace(&text, BEGIN, END, &options)
        .ok_or_else(|| format!("{} has no place for the options", path.display()).into())
}

/// A line for each sentence; what is between `**`, and names of flags, in bold.
fn roff(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let marked = word
            .strip_prefix("**")
            .and_then(|rest| rest.split_once("**"));
        words.push(match (marked, word.starts_with("--")) {
            (Some((bold, after)), _) => format!("\\fB{bold}\\fR{after}"),
            (None, true) => format!("\\fB{}\\fR", word.replace('-', "\\-")),
            (None, false) => word.replace('-', "\\-"),
        });
    }
    let text = words.join(" ").replace(" .", ".");
    text.replace(". ", ".\n").replace("..\n", ". ") + "\n"
}

/// `packaging/completions/_scx_goland`.
pub fn zsh(table: &Table) -> String {
    let mut text = String::from(
        "#compdef scx_goland\n# Generated from rust/options.toml by `make generate`; do not edit.\n\
         # zsh completion for scx_goland(8).\n# SPDX-License-Identifier: Apache-2.0\n\n_arguments",
    );
    for flag in sorted(table) {
        let help = flag.help.replace(':', "\\:").replace('\'', "'\\''");
        let value = match flag.choices() {
            Some(choices) => format!(":{}:({choices})", flag.name),
            None if flag.arg.is_empty() => String::new(),
            None => format!(":{}: ", flag.arg),
        };
        let _ = write!(text, " \\\n\t'--{}[{help}]{value}'", flag.name);
    }
    text + "\n"
}

/// `packaging/completions/scx_goland.fish`.
pub fn fish(table: &Table) -> String {
    let mut text = String::from(
        "# Generated from rust/options.toml by `make generate`; do not edit.\n\
         # fish completion for scx_goland(8).\n# SPDX-License-Identifier: Apache-2.0\n\ncomplete -c scx_goland -f\n",
    );
    for flag in sorted(table) {
        let value = match flag.choices() {
            Some(choices) => format!(" -x -a '{choices}'"),
            None if flag.arg.is_empty() => String::new(),
            None => " -x".to_owned(),
        };
        let help = flag.help.replace('\'', "\\'");
        let _ = writeln!(
            text,
            "complete -c scx_goland -l {}{value} -d '{help}'",
            flag.name
        );
    }
    text
}

/// `packaging/completions/scx_goland.bash`.
pub fn bash(table: &Table) -> String {
    let flags = sorted(table);
    let mut text = String::from(
        "# Generated from rust/options.toml by `make generate`; do not edit.\n\
         # bash completion for scx_goland(8).\n# SPDX-License-Identifier: Apache-2.0\n\n_scx_goland() {\n\
         \tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words\n\n\tcase $previous in\n",
    );
    for flag in &flags {
        if let Some(choices) = flag.choices() {
            let _ = writeln!(text, "\t--{}) words='{choices}' ;;", flag.name);
        }
    }
    let names = |with: &dyn Fn(&Flag) -> bool| {
        let names: Vec<String> = flags
            .iter()
            .filter(|f| with(f))
            .map(|f| format!("--{}", f.name))
            .collect();
        names
    };
    let unknown = names(&|f: &Flag| !f.arg.is_empty() && f.choices().is_none());
    let all = names(&|_: &Flag| true);
    let _ =
        write!(
        text,
        "\t# What follows these cannot be guessed.\n\t{}) return ;;\n\t*) words='{}' ;;\n\tesac\n",
        wrapped(&unknown.join("| "), 100).join(" \\\n\t\t").replace('|', " |"),
        wrapped(&all.join(" "), 100).join("\n\t\t")
    );
    text + "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\ncomplete -F _scx_goland scx_goland\n"
}

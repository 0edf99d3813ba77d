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

const TABLE: &str = "<!-- Generated from rust/options.toml by `make generate`. -->\n";
const TABLE_END: &str = "<!-- End of the table. -->\n";

/// The agent's commands, for the completions.
const COMMANDS: &str = "run check status top explain trace replay detach exec";

/// A flag with all that these need.
struct Flag {
    name: String,
    /// The name of its value; empty if it has none.
    arg: String,
    default: String,
    help: String,
    man: String,
    section: String,
    /// It can be changed while the agent runs.
    live: bool,
    command_line: bool,
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
            live: false,
            command_line: false,
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
            live: flag.live,
            command_line: flag.command_line,
        });
    }
    flags.push(Flag {
        name: "help".to_owned(),
        arg: String::new(),
        default: String::new(),
        help: "print all options, and exit".to_owned(),
        man: "Print all options, and exit.".to_owned(),
        section: "Output".to_owned(),
        live: false,
        command_line: true,
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

/// `packaging/scx_goland.yaml`: all options, commented out.
pub fn yaml(table: &Table) -> String {
    let mut text = String::from(
        "# Generated from rust/options.toml by `make generate`; do not edit.\n\
         # Options of scx_goland(8). The environment (SCX_GOLAND_SLICE) and flags (--slice) win over this file.\n\
         # \"scx_goland check\" validates it, and SIGHUP makes a running agent read it again: \"live\" options change\n\
         # then, others at the next start. What is commented out has its default.\n",
    );
    for section in SECTIONS {
        let _ = writeln!(text, "\n# --- {section} ---");
        for flag in flags(table)
            .iter()
            .filter(|f| f.section == section && !f.command_line)
        {
            let live = if flag.live { " (live)" } else { "" };
            let words = flag.man.replace("**", "").replace(" .", ".");
            text.push('\n');
            for line in wrapped(&format!("{words}{live}"), 110) {
                let _ = writeln!(text, "# {line}");
            }
            if flag.arg.contains('|') {
                let _ = writeln!(text, "# One of: {}.", flag.arg.replace('|', ", "));
            }
            let value = match (flag.name.as_str(), flag.arg.as_str(), flag.default.as_str()) {
                ("agent-cpus", ..) => "0,4-7",
                ("gc-percent", ..) => "100",
                ("metrics", ..) => "9109",
                (_, "", _) => "true",
                (_, _, "") => "0",
                (_, _, default) => default,
            };
            let _ = writeln!(text, "#{}: {value}", flag.name);
        }
    }
    text.push_str(
        "\n# --- Rules ---\n\n\
         # Which tasks get what: a list of rules, of which the first that matches a task counts. (live)\n\
         # \"scx_goland check --dry-run\" tells what they match, \"scx_goland explain PID\" why. For instance:\n\
         #\n\
         # rules:\n\
         #   - name: database\n\
         #     match: {comm: postgres}\n\
         #     effects: {weight: 300}\n\
         #rules: []\n",
    );
    text
}

/// `docs/agent.md`, with its table of options up to date.
pub fn precedence(root: &Path, table: &Table) -> Result<String> {
    let path = root.join("docs/agent.md");
    let text =
        fs::read_to_string(&path).map_err(|err| format!("read {}: {err}", path.display()))?;
    let mut rows = String::from(
        "| flag | environment | file | default | live | what it does |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for flag in flags(table).iter().filter(|f| f.name != "help") {
        let variable = format!(
            "`SCX_GOLAND_{}`",
            flag.name.to_uppercase().replace('-', "_")
        );
        let key = format!("`{}`", flag.name);
        let none = String::new();
        let (variable, key) = match (flag.command_line, flag.name.as_str()) {
            (true, "config") => (&variable, &none),
            (true, _) => (&none, &none),
            (false, _) => (&variable, &key),
        };
        let live = if flag.live { "yes" } else { "" };
        let _ = writeln!(
            rows,
            "| `--{}` | {variable} | {key} | {} | {live} | {} |",
            flag.name,
            flag.default.replace('|', "\\|"),
            flag.help.replace('|', "\\|")
        );
    }
    counters::replace(&text, TABLE, TABLE_END, &rows)
        .ok_or_else(|| format!("{} has no place for the table of options", path.display()).into())
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
    let _ = write!(text, " \\\n\t'1:command:({COMMANDS})'");
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
    let _ = writeln!(
        text,
        "complete -c scx_goland -n __fish_is_first_token -a '{COMMANDS}'"
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
    let _ = writeln!(
        text,
        "\t[[ $COMP_CWORD == 1 && $current != -* ]] && words='{COMMANDS}'"
    );
    text + "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\ncomplete -F _scx_goland scx_goland\n"
}

// SPDX-License-Identifier: Apache-2.0
//! Flags: parsing, checks and help come from one description.

use crate::time::SEC;

/// What a flag takes.
#[derive(Clone, Copy)]
pub enum Kind {
    /// An integer in a range.
    Int(i64, i64),
    /// Seconds, with fraction, more than 0.
    Seconds,
    /// Any text.
    Text,
    /// Nothing.
    Switch,
}

/// One flag.
pub struct Flag {
    name: &'static str,
    meta: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    help: &'static str,
}

/// A flag that takes an integer in `min..=max`.
pub const fn int(
    name: &'static str,
    meta: &'static str,
    range: (i64, i64),
    default: Option<&'static str>,
    help: &'static str,
) -> Flag {
    Flag {
        name,
        meta,
        kind: Kind::Int(range.0, range.1),
        default,
        help,
    }
}

/// A flag that takes seconds.
pub const fn seconds(default: Option<&'static str>, help: &'static str) -> Flag {
    Flag {
        name: "seconds",
        meta: "S",
        kind: Kind::Seconds,
        default,
        help,
    }
}

/// A flag that takes text.
pub const fn text(
    name: &'static str,
    meta: &'static str,
    default: Option<&'static str>,
    help: &'static str,
) -> Flag {
    Flag {
        name,
        meta,
        kind: Kind::Text,
        default,
        help,
    }
}

/// A flag that takes nothing.
pub const fn switch(name: &'static str, help: &'static str) -> Flag {
    Flag {
        name,
        meta: "",
        kind: Kind::Switch,
        default: None,
        help,
    }
}

/// `--seconds` where there is no `--count`.
pub const FOR_SECONDS: Flag = seconds(Some("5"), "how long to run");
/// `--seconds` where there is a `--count`.
pub const OR_SECONDS: Flag = seconds(None, "how long to run (default: 5 unless --count is given)");
/// `--cpu`.
pub const CPU: Flag = int(
    "cpu",
    "C",
    (0, 1023),
    None,
    "pin every task to CPU C (default: as inherited)",
);

const COMMON: [Flag; 3] = [
    text("seed", "X", None, "seed of all random choices (default: from the clock; printed in the result)"),
    Flag {
        name: "deadline",
        meta: "S",
        kind: Kind::Seconds,
        default: None,
        help: "give up and fail after S seconds (default: 10 x the seconds + 60; 600 with --count only)",
    },
    switch("help", "print this"),
];

/// A subcommand's description.
pub struct Spec {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// Its own flags.
    pub flags: &'static [Flag],
    /// The fields of its line of JSON besides the common ones.
    pub fields: &'static str,
}

impl Spec {
    fn all(&self) -> impl Iterator<Item = &Flag> {
        self.flags.iter().chain(COMMON.iter())
    }

    /// The text of `--help`.
    pub fn help(&self) -> String {
        let mut out = format!("scxload {}: {}\n\nFlags:\n", self.name, self.about);
        for flag in self.all() {
            let left = format!("--{} {}", flag.name, flag.meta);
            let default = flag
                .default
                .map_or(String::new(), |d| format!(" (default: {d})"));
            out.push_str(&format!("  {left:<20} {}{default}\n", flag.help));
        }
        out.push_str("\nPrints one line of JSON: cmd, ok, seed, wall_us, errors, and\n  ");
        out.push_str(self.fields);
        out.push_str("\nExit status: 0 every task finished and every check held, 1 not so, 2 wrong usage, 77 cannot run here.\n");
        out
    }

    /// Parses what follows the subcommand's name. An error is one clear line.
    pub fn parse(&'static self, given: &[String]) -> Result<Args, String> {
        let mut values: Vec<(&'static str, String)> = Vec::new();
        let mut rest = given.iter();
        while let Some(arg) = rest.next() {
            let Some(body) = arg.strip_prefix("--") else {
                return Err(format!("unexpected argument {arg:?}"));
            };
            let (name, inline) = match body.split_once('=') {
                Some((name, value)) => (name, Some(value.to_string())),
                None => (body, None),
            };
            let Some(flag) = self
                .flags
                .iter()
                .chain(COMMON.iter())
                .find(|f| f.name == name)
            else {
                return Err(format!("unknown flag --{name}"));
            };
            let value = match (flag.kind, inline) {
                (Kind::Switch, None) => "yes".to_string(),
                (Kind::Switch, Some(_)) => return Err(format!("--{name} takes no value")),
                (_, Some(value)) => value,
                (_, None) => rest
                    .next()
                    .cloned()
                    .ok_or(format!("--{name} needs a value"))?,
            };
            check(flag, &value)?;
            if values.iter().any(|(known, _)| *known == flag.name) {
                return Err(format!("--{name} is given twice"));
            }
            values.push((flag.name, value));
        }
        for flag in self.flags {
            if let (Some(default), false) =
                (flag.default, values.iter().any(|(n, _)| *n == flag.name))
            {
                check(flag, default)?;
                values.push((flag.name, default.to_string()));
            }
        }
        Ok(Args(values))
    }
}

fn check(flag: &Flag, value: &str) -> Result<(), String> {
    let fits = match flag.kind {
        Kind::Int(min, max) => value.parse::<i64>().is_ok_and(|n| (min..=max).contains(&n)),
        Kind::Seconds => value.parse::<f64>().is_ok_and(|s| s > 0.0 && s <= 86_400.0),
        Kind::Text => !value.is_empty(),
        Kind::Switch => true,
    };
    if fits {
        return Ok(());
    }
    let wanted = match flag.kind {
        Kind::Int(min, max) => format!("an integer from {min} to {max}"),
        Kind::Seconds => "seconds, more than 0 and at most 86400".to_string(),
        Kind::Text | Kind::Switch => "some text".to_string(),
    };
    Err(format!("--{} {value:?}: wants {wanted}", flag.name))
}

/// Parsed flags, with defaults filled in, every value already checked.
#[derive(Debug)]
pub struct Args(Vec<(&'static str, String)>);

impl Args {
    /// A text, if given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| v.as_str())
    }

    /// Whether a switch is on.
    pub fn on(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// An integer, if given.
    pub fn opt(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|v| v.parse().ok())
    }

    /// A count from a flag that has a default.
    pub fn num(&self, name: &str) -> usize {
        debug_assert!(self.opt(name).is_some(), "--{name} has no default");
        self.opt(name)
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0)
    }

    /// `--cpu`.
    pub fn cpu(&self) -> Option<usize> {
        self.opt("cpu").and_then(|c| usize::try_from(c).ok())
    }

    /// Seconds, in nanoseconds, if given.
    pub fn ns(&self, name: &str) -> Option<u64> {
        self.text(name)
            .and_then(|v| v.parse::<f64>().ok())
            .map(|s| (s * SEC as f64) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SPEC: Spec = Spec {
        name: "test",
        about: "about",
        flags: &[
            int("n", "N", (1, 9), Some("3"), "n"),
            FOR_SECONDS,
            CPU,
            switch("quick", "q"),
        ],
        fields: "",
    };

    fn parse(line: &str) -> Result<Args, String> {
        SPEC.parse(
            &line
                .split_whitespace()
                .map(String::from)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn values_and_defaults() {
        let a = parse("").unwrap();
        assert_eq!(
            (a.num("n"), a.ns("seconds"), a.cpu(), a.on("quick")),
            (3, Some(5 * SEC), None, false)
        );
        let a = parse("--n 4 --seconds=0.5 --quick --cpu 0").unwrap();
        assert_eq!(
            (a.num("n"), a.ns("seconds"), a.cpu(), a.on("quick")),
            (4, Some(SEC / 2), Some(0), true)
        );
    }

    #[test]
    fn clear_errors() {
        for (line, error) in [
            ("--nope 3", "unknown flag --nope"),
            ("stray", "unexpected argument \"stray\""),
            ("--n", "--n needs a value"),
            ("--n 0", "--n \"0\": wants an integer from 1 to 9"),
            ("--n x", "--n \"x\": wants an integer from 1 to 9"),
            (
                "--seconds -1",
                "--seconds \"-1\": wants seconds, more than 0 and at most 86400",
            ),
            (
                "--seconds nan",
                "--seconds \"nan\": wants seconds, more than 0 and at most 86400",
            ),
            ("--quick=1", "--quick takes no value"),
            ("--n 1 --n 2", "--n is given twice"),
        ] {
            assert_eq!(parse(line).unwrap_err(), error);
        }
    }

    #[test]
    fn help_names_every_flag() {
        let help = SPEC.help();
        for flag in [
            "--n N",
            "--seconds S",
            "--cpu C",
            "--quick",
            "--seed X",
            "--deadline S",
            "--help",
        ] {
            assert!(help.contains(flag), "{flag} in {help}");
        }
    }
}

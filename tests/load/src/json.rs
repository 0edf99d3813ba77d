// SPDX-License-Identifier: Apache-2.0
//! Writes JSON objects, in the order in which fields were added.

use std::fmt::{Display, Write};

/// A quoted JSON string.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A JSON array of values that are JSON already.
pub fn array<I: IntoIterator<Item = String>>(items: I) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

/// A JSON array of strings.
pub fn strings<S: AsRef<str>>(items: &[S]) -> String {
    array(items.iter().map(|s| quote(s.as_ref())))
}

/// An object being written.
#[derive(Default)]
pub struct Obj(String);

impl Obj {
    /// An empty object.
    pub fn new() -> Self {
        Obj::default()
    }

    /// A value that is JSON already: a number, a bool, an array, an object.
    pub fn raw(&mut self, key: &str, value: impl Display) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{}:{value}", quote(key));
    }

    /// A string.
    pub fn text(&mut self, key: &str, value: &str) {
        self.raw(key, quote(value));
    }

    /// Nanoseconds, written as microseconds.
    pub fn us(&mut self, key: &str, ns: u64) {
        self.raw(key, format_args!("{}.{}", ns / 1000, ns % 1000 / 100));
    }

    /// `count` per second over `ns` nanoseconds; 0 if no time passed.
    pub fn rate(&mut self, key: &str, count: u64, ns: u64) {
        let rate = if ns == 0 {
            0.0
        } else {
            count as f64 * 1e9 / ns as f64
        };
        self.raw(key, format_args!("{rate:.1}"));
    }

    /// Appends all fields of `other`.
    pub fn extend(&mut self, other: Obj) {
        if !self.0.is_empty() && !other.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(&other.0);
    }

    /// The object's text, on one line.
    pub fn finish(self) -> String {
        format!("{{{}}}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects() {
        let mut o = Obj::new();
        o.text("a\"", "x\\y\n\u{1}ü");
        o.raw("n", 3);
        o.us("t_us", 1_234_567);
        o.rate("r", 10, 2_000_000_000);
        o.rate("z", 10, 0);
        let mut more = Obj::new();
        more.raw("l", strings(&["p", "q"]));
        o.extend(more);
        o.extend(Obj::new());
        assert_eq!(
            o.finish(),
            r#"{"a\"":"x\\y\n\u0001ü","n":3,"t_us":1234.5,"r":5.0,"z":0.0,"l":["p","q"]}"#
        );
        assert_eq!(Obj::new().finish(), "{}");
    }
}

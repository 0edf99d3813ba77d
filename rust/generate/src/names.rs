//! Names as each language spells them.

/// Words that Go does not spell with just a capital first letter.
const GO_WORDS: [(&str, &str); 13] = [
    ("abi", "ABI"),
    ("bpf", "BPF"),
    ("cpu", "CPU"),
    ("cpus", "CPUs"),
    ("id", "ID"),
    ("ms", "MS"),
    ("ns", "NS"),
    ("pid", "PID"),
    ("tgid", "TGID"),
    ("ts", "TS"),
    ("us", "US"),
    ("vtime", "VTime"),
    ("sysrq", "Sysrq"),
];

/// How a file of package capi begins that needs the library: after it, `C` is the header's.
pub const CGO: &str =
    "//go:build cgo && linux\n\npackage capi\n\n// #include \"library.h\"\nimport \"C\"\n\n";

/// How a file of package capi begins that takes the place of those.
pub const NO_CGO: &str = "//go:build !cgo || !linux\n\npackage capi\n\n";

/// `nr_cpus_allowed` or `CPU_ANY` as Go has it: `NrCPUsAllowed`, `CPUAny`.
pub fn go(name: &str) -> String {
    name.to_lowercase().split('_').map(go_word).collect()
}

fn go_word(word: &str) -> String {
    if let Some((_, spelled)) = GO_WORDS.iter().find(|(known, _)| *known == word) {
        return (*spelled).to_owned();
    }
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// `CpuRequest` as Go has it: `CPURequest`.
pub fn go_type(name: &str) -> String {
    go(&snake(name))
}

/// `CpuRequest` as C has it, without its prefix: `cpu_request`.
pub fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// A text without the marks of Rust's documentation: each name between backticks as `rename` has it.
pub fn unmarked(text: &str, rename: impl Fn(&str) -> String) -> String {
    text.split('`')
        .enumerate()
        .map(|(i, part)| {
            if i % 2 == 1 {
                rename(part)
            } else {
                part.to_owned()
            }
        })
        .collect()
}

/// Text in lines of at most `width` characters.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

//! Keeps what libbpf prints while it opens, loads and attaches, so that an error can give the
//! reason (the verifier's, for example) and not only an errno.

use libbpf_rs::PrintLevel;
use parking_lot::{Mutex, MutexGuard};

/// libbpf has one print function per process, so one thread at a time uses it.
static CAPTURE: Mutex<()> = Mutex::new(());
static LINES: Mutex<Lines> = Mutex::new(Lines {
    text: String::new(),
    debug: false,
});

struct Lines {
    text: String,
    debug: bool,
}

/// The end of a long text is what matters: the verifier's verdict comes last.
const KEPT: usize = 2048;

/// Captures libbpf's warnings until dropped; with `debug`, everything goes to
/// standard error as well.
pub(crate) struct Capture {
    previous: Option<(PrintLevel, libbpf_rs::PrintCallback)>,
    _only: MutexGuard<'static, ()>,
}

impl Capture {
    pub(crate) fn start(debug: bool) -> Self {
        let only = CAPTURE.lock();
        *LINES.lock() = Lines {
            text: String::new(),
            debug,
        };
        Self {
            previous: libbpf_rs::set_print(Some((PrintLevel::Debug, print))),
            _only: only,
        }
    }

    /// The warnings so far.
    pub(crate) fn whole(&self) -> String {
        LINES.lock().text.clone()
    }

    /// The warnings so far, cut at the front.
    pub(crate) fn text(&self) -> String {
        let lines = LINES.lock();
        let text = lines.text.trim();
        let mut start = text.len().saturating_sub(KEPT);
        while !text.is_char_boundary(start) {
            start += 1;
        }
        text[start..].to_owned()
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        libbpf_rs::set_print(self.previous);
    }
}

fn print(level: PrintLevel, message: String) {
    let mut lines = LINES.lock();
    if lines.debug {
        eprint!("{message}");
    }
    if level == PrintLevel::Warn {
        lines.text.push_str(&message);
    }
}

//! Why the kernel refused, if the reason is a setting of the machine or of the kernel's build.
//!
//! The kernel is asked first, so nothing is refused here that it would accept. A reason is given only if the
//! kernel's message fits and the machine's state does not contradict it. State that can't be read (without
//! root, or in a container) contradicts nothing.

use std::fs;
use std::path::Path;

use crate::{Error, ErrorKind};

/// Where the machine's state is read from; tests have a folder of their own.
pub(crate) const ROOT: &str = "/";

/// A reason for which the kernel refuses to load BPF programs like ours.
struct Reason {
    /// What the verifier says then: any of these.
    says: &'static [&'static str],
    /// The file that has the machine's state, and whether the reason fits it. `None`: it can't be read.
    file: &'static str,
    fits: fn(Option<&str>) -> bool,
    text: &'static str,
}

const REASONS: [Reason; 5] = [
    Reason {
        says: &[
            "JIT is required for calling kernel function",
            "callbacks are not allowed in non-JITed programs",
        ],
        file: "proc/sys/net/core/bpf_jit_enable",
        fits: |state| state.is_none_or(|on| on.trim() == "0"),
        text: "the kernel's compiler for BPF is switched off, and sched_ext needs it; \
               switch it on with \"sysctl net.core.bpf_jit_enable=1\"",
    },
    Reason {
        // libbpf takes the second where the kernel does not offer the first.
        says: &["bpf_probe_read_kernel", "bpf_probe_read#4"],
        file: "sys/kernel/security/lockdown",
        fits: |state| state.is_none_or(|levels| levels.contains("[confidentiality]")),
        text: "the kernel is locked down (lockdown=confidentiality), so that BPF may not read its memory; \
               boot it without, or with lockdown=integrity, which does no harm",
    },
    Reason {
        says: &["bpf_timer cannot be used for PREEMPT_RT"],
        file: "sys/kernel/realtime",
        fits: |state| state.is_none_or(|on| on.trim() == "1"),
        text: "this is a real-time kernel (CONFIG_PREEMPT_RT=y) that lets BPF have no timers, \
               which run tasks whose decision is late; boot one without PREEMPT_RT",
    },
    Reason {
        says: &["cannot find address for kernel function"],
        file: "proc/kallsyms",
        fits: |state| state.is_none(),
        text: "the kernel does not know its own functions by name; \
               use one built with CONFIG_KALLSYMS=y",
    },
    Reason {
        // Our programs look at the CPUs' run queues.
        says: &["could not find the address for kernel symbol"],
        file: "proc/kallsyms",
        fits: |state| state.is_none_or(|names| !names.contains(" runqueues\n")),
        text: "the kernel does not know its own variables by name; \
               use one built with CONFIG_KALLSYMS_ALL=y",
    },
];

/// Why the kernel refused to load our programs, from its messages.
pub(crate) fn load(log: &str, root: &Path) -> Option<Error> {
    let reason = REASONS.iter().find(|reason| {
        let state = fs::read_to_string(root.join(reason.file)).ok();
        reason.says.iter().any(|words| log.contains(words)) && (reason.fits)(state.as_deref())
    })?;
    let text = format!("load the BPF object: {}", reason.text);
    Some(Error::new(ErrorKind::NotSupported, text))
}

/// Why the kernel refused to attach a scheduler, with `EINVAL`.
pub(crate) fn attach(attempt: &str, root: &Path) -> Option<Error> {
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let cpus = isolated(&read("proc/cmdline")?)?.to_owned();
    // The kernel does not isolate CPUs that it does not have. (Those of cpuset's partitions are in this file, too.)
    if read("sys/devices/system/cpu/isolated").is_some_and(|all| all.trim().is_empty()) {
        return None;
    }
    let plural = if cpus.contains([',', '-']) { "s" } else { "" };
    let text = format!(
        "{attempt}: the kernel isolates CPU{plural} {cpus} (\"isolcpus=\" on its command line), and sched_ext \
         refuses to run then; boot without it (cpuset's isolated partitions do the same, and are allowed)"
    );
    Some(Error::new(ErrorKind::NotSupported, text))
}

/// The CPUs that a command line isolates from the scheduler. `isolcpus=` takes flags before the
/// list; it means the scheduler if the flag `domain` is there, or none that the kernel knows.
fn isolated(command_line: &str) -> Option<&str> {
    command_line
        .split_whitespace()
        // What follows is for init.
        .take_while(|word| *word != "--")
        .filter_map(|word| word.trim_matches('"').strip_prefix("isolcpus="))
        .map(|value| value.trim_matches('"'))
        .find_map(|mut rest| {
            let (mut domain, mut other) = (false, false);
            while rest.starts_with(|first: char| first.is_ascii_alphabetic()) {
                let (flag, list) = rest.split_once(',')?;
                domain |= flag == "domain";
                other |= matches!(flag, "nohz" | "managed_irq");
                rest = list;
            }
            (domain || !other).then_some(rest)
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A folder with these files.
    fn machine(test: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("scxb-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir(&root).unwrap();
        for (name, content) in files {
            let file = root.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        root
    }

    /// What is said about a refusal with these words, on a machine with these files.
    fn told(test: &str, says: &str, files: &[(&str, &str)]) -> String {
        let root = machine(test, files);
        let log = format!("libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\n{says}\nprocessed 0 insns");
        let told = load(&log, &root);
        fs::remove_dir_all(root).unwrap();
        told.map(|err| err.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_compiler_is_off() {
        let says = "JIT is required for calling kernel function";
        let jit = |on| told("jit", says, &[("proc/sys/net/core/bpf_jit_enable", on)]);
        assert!(jit("0\n").contains("sysctl net.core.bpf_jit_enable=1"));
        assert_eq!(jit("1\n"), "", "it is on");
        assert!(told("jit", says, &[]).contains("bpf_jit_enable"), "unknown");
    }

    #[test]
    fn the_kernel_is_locked_down() {
        let says = "program of this type cannot use helper bpf_probe_read#4";
        let lockdown = |levels| {
            told(
                "lockdown",
                says,
                &[("sys/kernel/security/lockdown", levels)],
            )
        };
        assert!(lockdown("none integrity [confidentiality]\n").contains("lockdown=integrity"));
        assert_eq!(lockdown("none [integrity] confidentiality\n"), "");
    }

    #[test]
    fn a_real_time_kernel_has_no_timers() {
        let says = "bpf_timer cannot be used for PREEMPT_RT.";
        let realtime = told("realtime", says, &[("sys/kernel/realtime", "1\n")]);
        assert!(realtime.contains("CONFIG_PREEMPT_RT"), "{realtime}");
        assert_eq!(told("realtime", "", &[("sys/kernel/realtime", "1\n")]), "");
    }

    #[test]
    fn a_kernel_without_symbols() {
        let says = "cannot find address for kernel function bpf_task_release";
        assert!(told("kallsyms", says, &[]).contains("CONFIG_KALLSYMS=y"));
        assert_eq!(told("kallsyms", says, &[("proc/kallsyms", "")]), "");
    }

    #[test]
    fn the_kernel_does_not_know_its_variables() {
        let says = "could not find the address for kernel symbol 'runqueues'.";
        let named = |names| told("variables", says, &[("proc/kallsyms", names)]);
        assert!(named("0 T schedule\n").contains("CONFIG_KALLSYMS_ALL=y"));
        assert_eq!(named("0 T schedule\n0 D runqueues\n"), "", "it does");
    }

    #[test]
    fn other_refusals_are_not_explained() {
        let files = [
            ("proc/sys/net/core/bpf_jit_enable", "0"),
            ("sys/kernel/security/lockdown", "[confidentiality]"),
        ];
        assert_eq!(told("other", "R1 invalid mem access 'scalar'", &files), "");
    }

    #[test]
    fn isolated_cpus_are_named() {
        let told = |command_line, isolated| {
            let files = [
                ("proc/cmdline", command_line),
                ("sys/devices/system/cpu/isolated", isolated),
            ];
            let root = machine("isolcpus", &files);
            let told = attach("attach \"x\"", &root);
            fs::remove_dir_all(root).unwrap();
            told.map(|err| err.to_string()).unwrap_or_default()
        };
        assert!(told("quiet isolcpus=1\n", "1\n").contains("isolates CPU 1 ("));
        assert!(told("isolcpus=domain,managed_irq,2-5,7 ro\n", "2-5,7\n").contains("CPUs 2-5,7 ("));
        assert_eq!(told("isolcpus=managed_irq,1\n", "\n"), "");
        assert_eq!(told("isolcpus=9\n", "\n"), "", "there is no such CPU");
        assert_eq!(told("quiet\n", "1\n"), "", "isolated by cpuset");
    }

    #[test]
    fn flags_of_isolcpus() {
        assert_eq!(isolated("a isolcpus=1,3 b"), Some("1,3"));
        assert_eq!(isolated("isolcpus=domain,1-2"), Some("1-2"));
        assert_eq!(isolated("isolcpus=nohz,domain,1"), Some("1"));
        assert_eq!(isolated("isolcpus=nohz,1"), None);
        assert_eq!(isolated("isolcpus=managed_irq,nohz,1"), None);
        assert_eq!(isolated("isolcpus=future,1"), Some("1"));
        assert_eq!(
            isolated("isolcpus=managed_irq,1 isolcpus=domain,1"),
            Some("1")
        );
        assert_eq!(isolated("\"isolcpus=1\" x"), Some("1"));
        assert_eq!(isolated("a -- isolcpus=1"), None);
        assert_eq!(isolated("xisolcpus=1"), None);
    }
}

//! Which program the kernel's verifier refused, and its last words.
//!
//! libbpf prints the verifier's log between two marks. It is long: each instruction, with the state of the
//! registers. The verdict comes last, before some statistics.

use crate::{Error, ErrorKind};

/// The marks around the log; the first follows the program's name.
const BEGIN: &str = ": -- BEGIN PROG LOAD LOG --\n";
const END: &str = "-- END PROG LOAD LOG --";
/// How the lines after the verdict begin.
const STATISTICS: [&str; 3] = ["processed ", "verification time ", "stack depth "];
/// The longest verdict that is passed on.
const VERDICT_MAX: usize = 300;

/// The refusal in what libbpf printed during the load, if there is one.
pub(crate) fn refusal(attempt: &str, said: &str, release: &str) -> Option<Error> {
    let (before, log) = said.rsplit_once(BEGIN)?;
    let (_, program) = before.rsplit_once("prog ")?;
    let program = program.trim_matches('\'');
    let log = log.split(END).next().unwrap_or(log);
    let verdict = verdict(log).map_or("it gave no reason".into(), shortened);
    Some(Error::new(
        ErrorKind::NotSupported,
        format!(
            "{attempt}: kernel {release} refused program {program}: {verdict}; kernels differ in what they accept: \
             boot another version, or report this with all that is printed with the option debug (scx_goland --debug)"
        ),
    ))
}

/// The last line of a log that is not statistics.
fn verdict(log: &str) -> Option<&str> {
    let mut lines = log.lines().rev().map(str::trim);
    lines.find(|line| !line.is_empty() && !STATISTICS.iter().any(|start| line.starts_with(start)))
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(VERDICT_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What libbpf said on 6.18.15, which refuses what other kernels accept (cut in the middle).
    const FAULT: &str = include_str!("verifier/fault-of-6.18.log");
    /// The same kernel, for our program without one of its checks.
    const UNCHECKED: &str = include_str!("verifier/unchecked-pointer.log");

    fn text(said: &str) -> String {
        let error = refusal("load the BPF object", said, "6.18.15+deb13-amd64").unwrap();
        assert_eq!(error.kind(), ErrorKind::NotSupported);
        error.to_string()
    }

    #[test]
    fn kernel_program_and_verdict_are_named() {
        let start = "load the BPF object: kernel 6.18.15+deb13-amd64 refused program ";
        let fault = "scxb_dispatch_op: verifier bug: backtracking call unexpected regs 204; ";
        let unchecked = "scxb_running: R6 invalid mem access 'map_value_or_null'; ";
        assert!(
            text(FAULT).starts_with(&format!("{start}{fault}")),
            "{}",
            text(FAULT)
        );
        assert!(
            text(UNCHECKED).starts_with(&format!("{start}{unchecked}")),
            "{}",
            text(UNCHECKED)
        );
        assert!(text(FAULT).contains("boot another version"));
    }

    #[test]
    fn of_several_logs_the_last_counts() {
        assert!(
            text(&format!("{UNCHECKED}{FAULT}")).contains("program scxb_dispatch_op: verifier bug")
        );
    }

    #[test]
    fn more_statistics_are_passed_over() {
        let said = FAULT.replace(
            "processed 5341",
            "verification time 3 usec\nstack depth 72+64\nprocessed 5341",
        );
        assert!(text(&said).contains("regs 204; "));
    }

    #[test]
    fn a_log_may_lack_parts() {
        let program = "libbpf: prog 'scxb_x': -- BEGIN PROG LOAD LOG --\n";
        assert!(text(program).contains("program scxb_x: it gave no reason; "));
        let statistics = format!("{program}processed 0 insns\n-- END PROG LOAD LOG --\n");
        assert!(text(&statistics).contains("program scxb_x: it gave no reason; "));
        let (without_end, _) = UNCHECKED.split_once("processed").unwrap();
        assert!(text(without_end).contains("R6 invalid mem access"));
    }

    #[test]
    fn a_long_verdict_is_cut() {
        let said = format!(
            "libbpf: prog 'p': -- BEGIN PROG LOAD LOG --\n{}\n",
            "ö".repeat(VERDICT_MAX + 1)
        );
        assert!(text(&said).contains(&format!(" {}…; ", "ö".repeat(VERDICT_MAX))));
    }

    #[test]
    fn what_is_not_the_verifiers_is_left_alone() {
        for said in [
            "",
            "libbpf: Error in bpf_create_map_xattr(queued): -EPERM. Retrying without BTF.\n",
        ] {
            assert!(refusal("load", said, "6.18").is_none(), "{said}");
        }
    }
}

//! What the running kernel's type information says of sched_ext: which operations and which functions it has.

use std::collections::HashSet;
use std::sync::OnceLock;

use libbpf_rs::btf::types::{Func, Struct};
use libbpf_rs::Btf;

/// Where sched_ext's functions for BPF programs begin.
const PREFIX: &str = "scx_bpf_";

#[derive(Debug)]
struct Offers {
    operations: HashSet<String>,
    functions: HashSet<String>,
}

/// Read once in a process: it describes 150,000 types and more, and libbpf takes each of them up.
static OFFERS: OnceLock<Offers> = OnceLock::new();

/// `None` if the kernel's type information can't be read; the next call tries again.
fn offers() -> Option<&'static Offers> {
    if let Some(known) = OFFERS.get() {
        return Some(known);
    }
    let kernel = Btf::from_vmlinux().ok()?;
    Some(OFFERS.get_or_init(|| read(&kernel)))
}

fn read(kernel: &Btf<'_>) -> Offers {
    let operations = kernel
        .type_by_name::<Struct<'_>>("sched_ext_ops")
        .map(|ops| {
            ops.iter()
                .filter_map(|member| Some(member.name?.to_str()?.to_owned()))
                .collect()
        })
        .unwrap_or_default();
    let functions = kernel
        .type_by_kind::<Func<'_>>()
        .filter_map(|func| Some(func.name()?.to_str()?.to_owned()))
        .filter(|name| name.starts_with(PREFIX))
        .collect();
    Offers {
        operations,
        functions,
    }
}

/// Whether the running kernel has a function of this name, which begins with `scx_bpf_`.
pub(crate) fn has_function(name: &str) -> bool {
    debug_assert!(name.starts_with(PREFIX));
    offers().is_some_and(|kernel| kernel.functions.contains(name))
}

/// Whether the running kernel's `sched_ext_ops` has an operation of this name.
pub(crate) fn has_operation(name: &str) -> bool {
    offers().is_some_and(|kernel| kernel.operations.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_kernel_has_is_absent() {
        assert!(!has_function("scx_bpf_of_no_kernel"));
        assert!(!has_operation("of_no_kernel"));
    }

    #[test]
    fn what_every_kernel_with_sched_ext_has_is_there() {
        if !std::path::Path::new("/sys/kernel/sched_ext").exists() {
            return; // a kernel without sched_ext
        }
        assert!(has_function("scx_bpf_kick_cpu"));
        assert!(has_operation("enqueue"));
    }
}

//! Kernels that describe their own kfuncs wrongly.
//!
//! A kfunc may take a last argument that the kernel fills in itself. In the kernel's BTF only a twin of the
//! kfunc (`NAME_impl`) shows such an argument. In some builds (Debian's of 7.2) some kfuncs have no twin and
//! show the argument themselves. The verifier looks for the twin and refuses any call of such a kfunc,
//! however it is declared. libbpf finds that the declaration does not match and takes the kfunc for absent,
//! so neither says what is wrong.

use libbpf_rs::btf::types::{Func, FuncProto, Linkage};
use libbpf_rs::{AsRawLibbpf, Btf, OpenObject, ReferencesType};

use crate::{system, Error, ErrorKind};

/// How the kernel names the argument that it fills in.
const HIDDEN: &str = "aux";

/// A kfunc as our object declares it.
#[derive(Debug, PartialEq)]
pub(crate) struct Declared {
    name: String,
    arguments: usize,
}

/// The BTF of an object.
pub(crate) fn btf(object: &OpenObject) -> Option<Btf<'_>> {
    // SAFETY: the pointer is good as long as the object, which outlives the result.
    let object = unsafe { object.as_libbpf_object().as_ref() };
    Btf::from_bpf_object(object).ok().flatten()
}

/// The kfuncs that an object declares.
pub(crate) fn declared(object: &OpenObject) -> Vec<Declared> {
    let Some(btf) = btf(object) else {
        return Vec::new();
    };
    btf.type_by_kind::<Func<'_>>()
        // libbpf has turned extern functions into global ones. Our own global functions are here too, but
        // match none of the kernel's.
        .filter(|func| func.linkage() == Linkage::Global)
        .filter_map(|func| {
            let name = func.name()?.to_str()?;
            // A last ___suffix tells declarations of the same kfunc apart; libbpf strips it.
            let name = name.rsplit_once("___").map_or(name, |(name, _)| name);
            Some(Declared {
                name: name.to_owned(),
                arguments: arguments(&func)?.len(),
            })
        })
        .collect()
}

fn arguments(func: &Func<'_>) -> Option<Vec<String>> {
    let proto = FuncProto::try_from(func.referenced_type()).ok()?;
    let names = proto
        .iter()
        .map(|argument| argument.name.unwrap_or_default());
    Some(names.map(|name| name.to_string_lossy().into()).collect())
}

/// Why the running kernel can't load an object that declares these, if the kernel's BTF is the reason.
pub(crate) fn complaint(declared: &[Declared]) -> Option<Error> {
    let kernel = Btf::from_vmlinux().ok()?;
    let malformed = malformed(declared, |name| {
        arguments(&kernel.type_by_name::<Func<'_>>(name)?)
    });
    (!malformed.is_empty()).then(|| describe(&malformed, &system::release()))
}

/// The kfuncs for which the kernel shows one argument more than there is to pass: the hidden one.
fn malformed(declared: &[Declared], kernel: impl Fn(&str) -> Option<Vec<String>>) -> Vec<&str> {
    declared
        .iter()
        .filter(|ours| {
            kernel(&ours.name).is_some_and(|theirs| {
                theirs.len() == ours.arguments + 1
                    && theirs.last().is_some_and(|last| last == HIDDEN)
            })
        })
        .map(|ours| ours.name.as_str())
        .collect()
}

fn describe(malformed: &[&str], release: &str) -> Error {
    Error::new(
        ErrorKind::NotSupported,
        format!(
            "load the BPF object: kernel {release} was built with malformed type information: its argument \
             {HIDDEN:?}, which no program can pass, is not hidden in {}; the kernel refuses every call of these. \
             Boot another build or version of the kernel",
            malformed.join(", ")
        ),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::path::Path;

    use libbpf_rs::btf::types::Int;

    use super::*;
    use crate::object::OpenedObject;
    use crate::Options;

    fn kfunc(name: &str, arguments: usize) -> Declared {
        Declared {
            name: name.to_owned(),
            arguments,
        }
    }

    /// The bits of the integer that it returns; `None` if it returns nothing or a pointer.
    fn returned_bits(func: &Func<'_>) -> Option<u8> {
        let proto = FuncProto::try_from(func.referenced_type()).unwrap();
        let returned = proto.referenced_type().skip_mods_and_typedefs();
        Int::try_from(returned).ok().map(|int| int.bits)
    }

    /// The ABIs define only as many bits of the register as the type has, but clang tests at least 32.
    #[test]
    fn no_kfunc_is_declared_to_return_less_than_32_bits() {
        let opened = OpenedObject::open(&Options::default()).unwrap();
        let btf = opened.btf();
        let mut seen = 0;
        for func in btf.type_by_kind::<Func<'_>>() {
            if func.linkage() != Linkage::Global {
                continue;
            }
            let Some(bits) = returned_bits(&func) else {
                continue;
            };
            let name = func.name().unwrap();
            assert!(
                bits >= 32,
                "{name:?} returns {bits} bits: declare it with KFUNC_BOOL (rust/bpf/kernel.bpf.h)"
            );
            seen += 1;
        }
        assert!(seen > 10, "only {seen} functions that return an integer");
    }

    /// The functions that KFUNC_BOOL makes are the only callers of what it declares.
    #[test]
    fn only_the_kernels_header_calls_a_raw_kfunc() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rust/bpf");
        let naming: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| fs::read_to_string(path).unwrap().contains("___raw"))
            .map(|path| path.file_name().unwrap().to_owned())
            .collect();
        assert_eq!(naming, ["kernel.bpf.h"]);
    }

    #[test]
    fn our_declarations_are_found() {
        let ours = OpenedObject::open(&Options::default()).unwrap().kfuncs();
        assert!(ours.contains(&kfunc("scx_bpf_kick_cpu", 2)), "{ours:?}");
        assert!(
            ours.contains(&kfunc("scx_bpf_dsq_insert", 4)),
            "its own name"
        );
        assert!(
            ours.contains(&kfunc("scx_bpf_dsq_insert___v2", 4)),
            "without our suffix"
        );
    }

    /// The four cases, as kernels 6.16, 7.2.12 and 7.3 have them.
    #[test]
    fn only_a_hidden_argument_that_shows_is_malformed() {
        let ours = [
            kfunc("kick", 2),
            kfunc("now", 0),
            kfunc("renamed", 1),
            kfunc("absent", 1),
            kfunc("changed", 1),
        ];
        let kernel = |name: &str| {
            let arguments: &[&str] = match name {
                "kick" => &["cpu", "flags", "aux"],
                "now" => &[],
                "renamed" => &["aux"],
                "changed" => &["dsq_id", "enq_flags"],
                _ => return None,
            };
            Some(arguments.iter().map(ToString::to_string).collect())
        };
        assert_eq!(malformed(&ours, kernel), ["kick"]);
    }

    #[test]
    fn the_complaint_names_kernel_and_kfuncs() {
        let text = describe(&["scx_bpf_kick_cpu"], "7.2.12+deb13-amd64").to_string();
        assert!(text.contains("kernel 7.2.12+deb13-amd64"), "{text}");
        assert!(text.contains("scx_bpf_kick_cpu;"), "{text}");
    }

    #[test]
    fn arguments_have_names() {
        let Some(kernel) = Btf::from_vmlinux().ok() else {
            return; // a kernel without type information
        };
        // Every kernel that has BTF has this function.
        let func = kernel.type_by_name::<Func<'_>>("wake_up_process").unwrap();
        assert_eq!(arguments(&func).unwrap(), ["p"]);
    }
}

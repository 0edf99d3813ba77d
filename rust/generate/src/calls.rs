//! Package capi's wrappers of the calls that take numbers, and at most a struct to fill, and return a
//! status.

use std::fmt::Write as _;

use crate::names;
use crate::wire::Wire;
use crate::Result;

const HEAD: &str =
    "// Code generated from include/scxbridge.h by `make generate`; DO NOT EDIT.\n\n";

/// Functions that could be wrapped like the others, but are wrapped by hand: they return the struct.
const BY_HAND: [&str; 2] = ["stats_read", "exit_info_read"];

/// A parameter: its type and its name in C.
type Parameter<'a> = (&'a str, &'a str);

/// A method of `Handle` for each such function. Functions with other arguments or results are wrapped by
/// hand.
pub fn wrappers(header: &str, wire: &Wire) -> Result<String> {
    let mut text = HEAD.to_owned() + names::CGO + "import \"unsafe\"\n\n";
    let declarations = declarations(header)?;
    for (name, parameters) in declarations.iter().filter_map(|one| simple(one)) {
        let method = names::go(name);
        let mut declared = Vec::new();
        let mut passed = String::new();
        for (kind, parameter) in parameters {
            let variable = variable(parameter.trim_start_matches('*'));
            declared.push(format!("{variable} {}", in_go(kind, wire)?));
            let _ = match pointed(kind) {
                Some(of) => write!(passed, ", (*C.struct_{of})(unsafe.Pointer({variable}))"),
                None => write!(passed, ", C.{kind}({variable})"),
            };
        }
        let declared = declared.join(", ");
        let _ = write!(
            text,
            "\n// {method} calls scxb_{name}.\nfunc (h *Handle) {method}({declared}) int32 {{\n\
             return h.done(C.scxb_{name}(h.c{passed}))\n}}\n"
        );
    }
    Ok(text)
}

/// The same methods for programs without the library, where no handle is ever open.
pub fn absent(header: &str, wire: &Wire) -> Result<String> {
    let mut text = HEAD.to_owned() + names::NO_CGO;
    let declarations = declarations(header)?;
    for (name, parameters) in declarations.iter().filter_map(|one| simple(one)) {
        let kinds = parameters.iter().map(|(kind, _)| in_go(kind, wire));
        let kinds = kinds.collect::<Result<Vec<_>>>()?;
        let method = names::go(name);
        let _ = write!(
            text,
            "// {method} is not there.\nfunc (*Handle) {method}({}) int32 {{ return absent }}\n\n",
            kinds.join(", ")
        );
    }
    Ok(text)
}

/// The declarations of the header, each on one line; an error if none of them takes a handle and numbers.
pub fn declarations(header: &str) -> Result<Vec<String>> {
    let is_code = |line: &&str| !["/", "*", "#"].iter().any(|c| line.starts_with(c));
    let code: Vec<&str> = header.lines().map(str::trim).filter(is_code).collect();
    let declarations: Vec<String> = code
        .join(" ")
        .split(';')
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    if !declarations.iter().any(|one| simple(one).is_some()) {
        return Err("no function of the header takes a handle and numbers".into());
    }
    Ok(declarations)
}

/// The name, without its prefix, and the parameters after the handle; `None` for another kind of function.
fn simple(declaration: &str) -> Option<(&str, Vec<Parameter<'_>>)> {
    let start = declaration.rfind("int32_t scxb_")?;
    let (name, rest) = declaration[start..]
        .strip_prefix("int32_t scxb_")?
        .split_once('(')?;
    let mut parameters = rest.strip_suffix(')')?.split(", ");
    if parameters.next()? != "struct scxb *handle" {
        return None;
    }
    let parameters: Vec<Parameter<'_>> = parameters
        .map(|parameter| parameter.rsplit_once(' '))
        .collect::<Option<_>>()?;
    let number = |(kind, name): &Parameter<'_>| {
        ["int32_t", "uint32_t", "int64_t", "uint64_t"].contains(kind) && !name.starts_with('*')
    };
    // A struct to read or to fill comes last.
    let known = match parameters.as_slice() {
        [numbers @ .., (kind, name)] if pointed(kind).is_some() && name.starts_with('*') => {
            numbers.iter().all(number)
        }
        numbers => numbers.iter().all(number),
    };
    (known && !BY_HAND.contains(&name)).then_some((name, parameters))
}

/// Of a pointer to a struct, the struct.
fn pointed(kind: &str) -> Option<&str> {
    kind.trim_start_matches("const ").strip_prefix("struct ")
}

/// The type of a parameter in Go.
fn in_go(kind: &str, wire: &Wire) -> Result<String> {
    let Some(of) = pointed(kind).and_then(|name| name.strip_prefix("scxb_")) else {
        return Ok(kind.trim_end_matches("_t").to_owned());
    };
    let found = wire.structs.iter().find(|s| names::snake(&s.name) == of);
    let found = found.ok_or_else(|| format!("rust/wire.rs has no struct for scxb_{of}"))?;
    Ok(format!("*{}", names::go_type(&found.name)))
}

/// `slice_ns` as a parameter in Go: `sliceNS`.
fn variable(name: &str) -> String {
    match name.split_once('_') {
        Some((first, rest)) => format!("{first}{}", names::go(rest)),
        None => name.to_owned(),
    }
}

//! Package capi's wrappers of the calls that take numbers and return a status.

use std::fmt::Write as _;

use crate::names;
use crate::Result;

const HEAD: &str =
    "// Code generated from include/scxbridge.h by `make generate`; DO NOT EDIT.\n\n";

/// A parameter: its type and its name in C.
type Parameter<'a> = (&'a str, &'a str);

/// A method of `Handle` for each such function. Functions with other arguments or results are wrapped by
/// hand.
pub fn wrappers(header: &str) -> Result<String> {
    let mut text = HEAD.to_owned() + names::CGO;
    let declarations = declarations(header)?;
    for (name, parameters) in declarations.iter().filter_map(|one| simple(one)) {
        let method = names::go(name);
        let mut declared = Vec::new();
        let mut passed = String::new();
        for (kind, parameter) in parameters {
            let variable = variable(parameter);
            declared.push(format!("{variable} {}", kind.trim_end_matches("_t")));
            let _ = write!(passed, ", C.{kind}({variable})");
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
pub fn absent(header: &str) -> Result<String> {
    let mut text = HEAD.to_owned() + names::NO_CGO;
    let declarations = declarations(header)?;
    for (name, parameters) in declarations.iter().filter_map(|one| simple(one)) {
        let kinds: Vec<&str> = parameters
            .iter()
            .map(|(kind, _)| kind.trim_end_matches("_t"))
            .collect();
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
    let numbers = parameters.map(|parameter| {
        let (kind, name) = parameter.split_once(' ')?;
        let known = ["int32_t", "uint32_t", "int64_t", "uint64_t"].contains(&kind);
        (known && !name.starts_with('*')).then_some((kind, name))
    });
    Some((name, numbers.collect::<Option<_>>()?))
}

/// `slice_ns` as a parameter in Go: `sliceNS`.
fn variable(name: &str) -> String {
    match name.split_once('_') {
        Some((first, rest)) => format!("{first}{}", names::go(rest)),
        None => name.to_owned(),
    }
}

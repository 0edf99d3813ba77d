// Compares the committed skeleton with the BPF object that was built: for the build script of the library.
//
// The skeleton was made of an object that another clang may have compiled, or of other sources. What names the two have
// is compared here. Where fields are, and how large, the Rust compiler knows: it gets assertions.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use libbpf_rs::btf::types::{self, Array, Composite, DataSec, Int, MemberAttr, Ptr, Var};
use libbpf_rs::btf::{BtfType, HasSize};
use libbpf_rs::{Btf, ObjectBuilder};

/// A struct of the skeleton.
struct Struct<'text> {
    name: &'text str,
    fields: Vec<&'text str>,
}

/// What the object has of such a name: a struct, or a section of variables.
struct Built {
    kind: &'static str,
    bytes: usize,
    fields: Vec<Field>,
}

struct Field {
    name: String,
    offset: usize,
    bytes: usize,
}

/// Checks the names, and writes the assertions: calls of macros of rust/skeleton.rs.
pub(crate) fn check(skeleton: &str, object: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={skeleton}");
    let text = fs::read_to_string(skeleton).map_err(|err| format!("read {skeleton}: {err}"))?;
    let differs = |what: String| {
        format!("{skeleton} is not of the BPF object that was built: {what}; `make generate` makes it anew")
    };
    check_names(&text, object).map_err(differs)?;

    let btf = Btf::from_path(object)?;
    let mut assertions = String::new();
    for known in structs(&text) {
        let name = known.name;
        let built = built(&btf, name).map_err(differs)?;
        // One without fields stands for a section that the library does not look into.
        if known.fields.is_empty() {
            continue;
        }
        let names: Vec<&str> = built.fields.iter().map(|f| f.name.as_str()).collect();
        if names != known.fields {
            return Err(differs(format!(
                "the object's {name} has the fields {names:?}, the skeleton's {:?}",
                known.fields
            ))
            .into());
        }
        let _ = write!(assertions, "{}!({name}, {}", built.kind, built.bytes);
        for field in &built.fields {
            let _ = write!(
                assertions,
                ", {} at {} of {}",
                field.name, field.offset, field.bytes
            );
        }
        assertions.push_str(");\n");
    }
    if assertions.is_empty() {
        return Err(format!("{skeleton}: found no structs").into());
    }
    fs::write(out, assertions)?;
    Ok(())
}

/// The skeleton fails at run time if a map or a program is missing, or is new.
fn check_names(text: &str, object: &Path) -> Result<(), String> {
    let opened = ObjectBuilder::default()
        .open_file(object)
        .map_err(|err| format!("open {}: {err}", object.display()))?;
    let maps = opened
        .maps()
        .map(|map| map.name().to_string_lossy().into_owned());
    same("maps", maps.collect(), listed(text, ".map(\""))?;
    let programs = opened
        .progs()
        .map(|program| program.name().to_string_lossy().into_owned());
    same("programs", programs.collect(), listed(text, ".prog(\""))
}

fn same(what: &str, mut built: Vec<String>, mut known: Vec<String>) -> Result<(), String> {
    built.sort();
    known.sort();
    if built == known {
        return Ok(());
    }
    Err(format!(
        "the object has the {what} {built:?}, the skeleton {known:?}"
    ))
}

/// The names in the lines that begin so.
fn listed(text: &str, beginning: &str) -> Vec<String> {
    let names = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix(beginning)?.split('"').next());
    names.map(str::to_owned).collect()
}

/// The structs of the skeleton's `mod types`, as rustfmt writes them.
fn structs(text: &str) -> Vec<Struct<'_>> {
    let mut found: Vec<Struct<'_>> = Vec::new();
    let mut inside = false;
    let types = text
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != "pub mod types {");
    for line in types.take_while(|line| !line.starts_with("pub struct Open")) {
        if let Some(name) = line.strip_prefix("pub struct ") {
            inside = line.ends_with('{');
            found.push(Struct {
                name: name.trim_end_matches([' ', '{', '}', ';']),
                fields: Vec::new(),
            });
        } else if line == "}" {
            inside = false;
        } else if let (true, Some(last)) = (inside, found.last_mut()) {
            let field = line
                .trim_start_matches("pub ")
                .split(':')
                .next()
                .unwrap_or_default();
            if !field.starts_with("__pad_") {
                last.fields.push(field);
            }
        }
    }
    found
}

fn built(btf: &Btf<'_>, name: &str) -> Result<Built, String> {
    let section = btf.type_by_kind::<DataSec<'_>>().find(|section| {
        let of_section = section.name().unwrap_or_default().to_string_lossy();
        of_section.trim_start_matches('.').replace('.', "_") == name
    });
    if let Some(section) = section {
        return section_of(btf, &section);
    }
    // Programs may have the same name.
    let composite = btf
        .type_by_kind::<types::Struct<'_>>()
        .find(|composite| composite.name().is_some_and(|found| found == name))
        .ok_or_else(|| format!("the object has no struct {name}"))?;
    let composite = Composite::from(composite);
    let mut fields = Vec::new();
    for member in composite.iter() {
        let field = member.name.unwrap_or_default().to_string_lossy();
        let MemberAttr::Normal { offset } = member.attr else {
            return Err(format!("{name}.{field} is a bit field"));
        };
        let ty = btf.type_by_id::<BtfType<'_>>(member.ty);
        fields.push(Field {
            offset: offset as usize / 8,
            bytes: ty
                .and_then(|ty| bytes_of(btf, ty))
                .ok_or_else(|| format!("the size of {name}.{field} is unknown"))?,
            name: field.into_owned(),
        });
    }
    Ok(Built {
        kind: "struct_as_built",
        bytes: composite.size(),
        fields,
    })
}

fn section_of(btf: &Btf<'_>, section: &DataSec<'_>) -> Result<Built, String> {
    let mut fields = Vec::new();
    for info in section.iter() {
        let variable = btf
            .type_by_id::<Var<'_>>(info.ty)
            .ok_or("a section of the object has something other than variables")?;
        fields.push(Field {
            name: variable
                .name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            offset: info.offset as usize,
            bytes: info.size,
        });
    }
    fields.sort_by_key(|field| field.offset);
    Ok(Built {
        kind: "section_as_built",
        bytes: section.size(),
        fields,
    })
}

fn bytes_of(btf: &Btf<'_>, ty: BtfType<'_>) -> Option<usize> {
    let ty = ty.skip_mods_and_typedefs();
    if let Ok(array) = Array::try_from(ty) {
        return Some(array.capacity() * bytes_of(btf, array.contained_type())?);
    }
    if Ptr::try_from(ty).is_ok() {
        return btf.ptr_size().ok().map(|size| size.get());
    }
    let of_int = Int::try_from(ty).map(|int| int.size());
    of_int
        .or_else(|_| Composite::try_from(ty).map(|composite| composite.size()))
        .ok()
}

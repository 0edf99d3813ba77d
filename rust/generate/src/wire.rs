//! Reads the structs of `rust/wire.rs`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use syn::{Attribute, Expr, Fields, Item, Lit, Meta, Type};

use crate::{names, Result};

/// A struct that crosses a border.
pub struct Struct {
    pub name: String,
    pub doc: String,
    pub fields: Vec<Field>,
}

pub struct Field {
    pub name: String,
    pub doc: String,
    /// Its type in Rust; of an array, that of an element.
    pub kind: String,
    /// Of an array, the constant or number that is its length.
    pub length: Option<String>,
}

pub struct Wire {
    pub structs: Vec<Struct>,
    pub constants: Vec<String>,
}

/// The first counter of `Stats` that the kernel side writes.
const FIRST_COUNTER: &str = "queued";

/// Structs that only the library and its users know.
const NOT_OF_THE_KERNEL_SIDE: [&str; 2] = ["Cpu", "Domains"];

impl Wire {
    pub fn get(&self, name: &str) -> Result<&Struct> {
        let found = self.structs.iter().find(|s| s.name == name);
        found.ok_or_else(|| format!("rust/wire.rs has no struct {name}").into())
    }

    /// The structs that the kernel side knows.
    pub fn of_the_kernel_side(&self) -> impl Iterator<Item = &Struct> {
        let known = |s: &&Struct| !NOT_OF_THE_KERNEL_SIDE.contains(&s.name.as_str());
        self.structs.iter().filter(known)
    }

    /// The counters that the kernel side writes.
    pub fn counters(&self) -> Result<&[Field]> {
        let fields = &self.get("Stats")?.fields;
        let first = fields.iter().position(|f| f.name == FIRST_COUNTER);
        let first = first.ok_or("Stats has no counters")?;
        Ok(&fields[first..])
    }
}

pub fn read(path: &Path) -> Result<Wire> {
    let text = fs::read_to_string(path).map_err(|err| format!("read {}: {err}", path.display()))?;
    let mut wire = Wire {
        structs: Vec::new(),
        constants: Vec::new(),
    };
    for item in syn::parse_file(&text)?.items {
        match item {
            Item::Struct(item) => wire.structs.push(read_struct(&item)?),
            Item::Const(item) => wire.constants.push(item.ident.to_string()),
            _ => return Err(format!("{}: not a struct or a constant", path.display()).into()),
        }
    }
    Ok(wire)
}

fn read_struct(item: &syn::ItemStruct) -> Result<Struct> {
    let name = item.ident.to_string();
    let Fields::Named(fields) = &item.fields else {
        return Err(format!("struct {name} has no named fields").into());
    };
    let mut read = Vec::new();
    for field in &fields.named {
        let field_name = field.ident.as_ref().map(ToString::to_string);
        let field_name = field_name.unwrap_or_default();
        let (kind, length) = type_of(&field.ty)
            .ok_or_else(|| format!("{name}.{field_name}: neither a number nor an array of them"))?;
        read.push(Field {
            name: field_name,
            doc: doc(&field.attrs),
            kind,
            length,
        });
    }
    Ok(Struct {
        name,
        doc: doc(&item.attrs),
        fields: read,
    })
}

fn type_of(ty: &Type) -> Option<(String, Option<String>)> {
    match ty {
        Type::Path(path) => Some((path.path.get_ident()?.to_string(), None)),
        Type::Array(array) => {
            let (kind, None) = type_of(&array.elem)? else {
                return None;
            };
            let Expr::Path(length) = &array.len else {
                return None;
            };
            Some((kind, Some(length.path.get_ident()?.to_string())))
        }
        _ => None,
    }
}

/// The documentation: one line per source line, with empty lines between paragraphs.
fn doc(attrs: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attr in attrs {
        if let Meta::NameValue(pair) = &attr.meta {
            if let (true, Expr::Lit(value)) = (pair.path.is_ident("doc"), &pair.value) {
                if let Lit::Str(text) = &value.lit {
                    lines.push(text.value().trim().to_owned());
                }
            }
        }
    }
    lines.join("\n")
}

/// Rust's proof that the compiled kernel side has the structs of `rust/wire.rs`.
pub fn layout(wire: &Wire) -> String {
    let mut text = String::from(
        "// Generated from rust/wire.rs by `make generate`; do not edit.\n\
         // rust/skeleton.rs includes it: each struct has the layout that the kernel side was compiled with.\n\n",
    );
    for s in wire.of_the_kernel_side() {
        let _ = write!(
            text,
            "same_layout!({}, types::scxb_{}",
            s.name,
            names::snake(&s.name)
        );
        for field in &s.fields {
            let _ = write!(text, ", {}", field.name);
        }
        text.push_str(");\n");
    }
    text
}

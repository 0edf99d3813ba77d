//! Makes the library's skeleton: libbpf-cargo's, with less of the kernel in it, and always in the same order.
//!
//! The library's build compiles the object that the skeleton has built in, and checks that the two match.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use libbpf_cargo::SkeletonBuilder;
use quote::{quote, ToTokens};
use syn::{parse_quote, Ident, Item, ItemMod, Type};

use crate::{object, Result};

/// Sections that the library does not look into. Their variables come and go, and are in any order.
const UNUSED_SECTIONS: [&str; 2] = ["bss", "data"];
/// What the library and the kernel side both know.
const SHARED: &str = "scxb_";

pub fn make(root: &Path) -> Result<String> {
    let folder = root.join("target/skeleton");
    fs::create_dir_all(&folder)?;
    // The names in the skeleton come from this one.
    let compiled = folder.join("scxbridge.bpf.o");
    let warnings = object::compile(root, "rust/bpf/scxbridge.bpf.c", &compiled)?;
    eprint!("{warnings}");
    let skeleton = folder.join("scxbridge.skel.rs");
    SkeletonBuilder::new()
        .obj(&compiled)
        .reference_obj(true)
        .generate(&skeleton)
        .map_err(|err| format!("make the skeleton of {}: {err:#}", compiled.display()))?;

    let mut file = syn::parse_file(&fs::read_to_string(&skeleton)?)?;
    let imp = module(&mut file.items, "imp")?;
    let data = imp.iter_mut().find_map(|item| match item {
        Item::Static(item) if item.ident == "DATA" => Some(item),
        _ => None,
    });
    let data = data.ok_or("libbpf-cargo's skeleton has no static DATA")?;
    // The object of the library's build, wherever that is.
    let object = quote!(include_bytes!(concat!(env!("OUT_DIR"), "/scxbridge.bpf.o")));
    *data.ty = parse_quote!([u8; #object.len()]);
    *data.expr = parse_quote!(*#object);

    let used_outside = of_types(imp.iter().filter(|item| !is_module(item, "types")));
    let types = module(imp, "types")?;
    *types = shorten(std::mem::take(types), &used_outside);

    Ok(format!(
        "// Generated from rust/bpf by `make generate`; do not edit.\n\
         // SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)\n\
         // libbpf-cargo made this skeleton; rust/generate left out types that the library has no use for.\n\n{}",
        file.to_token_stream()
    ))
}

fn is_module(item: &Item, name: &str) -> bool {
    matches!(item, Item::Mod(ItemMod { ident, .. }) if ident == name)
}

fn module<'items>(items: &'items mut [Item], name: &str) -> Result<&'items mut Vec<Item>> {
    let found = items.iter_mut().find_map(|item| match item {
        Item::Mod(ItemMod {
            ident,
            content: Some((_, items)),
            ..
        }) if ident == name => Some(items),
        _ => None,
    });
    found.ok_or_else(|| format!("libbpf-cargo's skeleton has no module {name}").into())
}

/// Keeps the types that are used, sorted by their names.
fn shorten(items: Vec<Item>, used_outside: &BTreeSet<String>) -> Vec<Item> {
    let mut first = Vec::new();
    let mut of_type: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for item in items {
        match type_of(&item).map(ToString::to_string) {
            Some(name) => of_type.entry(name).or_default().push(item),
            None => first.push(item),
        }
    }
    for section in UNUSED_SECTIONS {
        if let Some(items) = of_type.get_mut(section) {
            let name = quote::format_ident!("{section}");
            *items = vec![parse_quote!(
                #[derive(Debug, Copy, Clone)]
                #[repr(C)]
                pub struct #name {}
            )];
        }
    }
    let is_root = |name: &&String| name.starts_with(SHARED) || used_outside.contains(*name);
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut waiting: Vec<String> = of_type.keys().filter(is_root).cloned().collect();
    while let Some(name) = waiting.pop() {
        if let (Some(items), true) = (of_type.get(&name), kept.insert(name)) {
            waiting.extend(items.iter().flat_map(of_fields));
        }
    }
    let types = of_type
        .into_iter()
        .filter(|(name, _)| kept.contains(name))
        .flat_map(|(_, items)| items);
    first.into_iter().chain(types).collect()
}

/// The type that an item defines, or implements something for.
fn type_of(item: &Item) -> Option<&Ident> {
    match item {
        Item::Struct(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Impl(item) => match item.self_ty.as_ref() {
            Type::Path(path) => path.path.get_ident(),
            _ => None,
        },
        _ => None,
    }
}

/// The names N of `types::N`.
fn of_types<'item>(items: impl Iterator<Item = &'item Item>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in items {
        let text = item.to_token_stream().to_string();
        for after in text.split("types :: ").skip(1) {
            found.extend(after.split_whitespace().next().map(str::to_owned));
        }
    }
    found
}

/// The names in the types of an item's fields.
fn of_fields(item: &Item) -> BTreeSet<String> {
    let fields = match item {
        Item::Struct(item) => item.fields.iter().collect(),
        Item::Union(item) => item.fields.named.iter().collect(),
        _ => Vec::new(),
    };
    let mut found = BTreeSet::new();
    for field in fields {
        let text = field.ty.to_token_stream().to_string();
        let names = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        found.extend(names.map(str::to_owned));
    }
    found
}

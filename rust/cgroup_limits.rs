//! Limits of cgroups that nobody would keep: some kernels don't tell a scheduler of cgroups.

use std::fs;
use std::path::Path;

use crate::{Error, ErrorKind, Result};

/// Where cgroups (v2) are.
pub(crate) const ROOT: &str = "/sys/fs/cgroup";

/// So many groups are named.
const NAMED: usize = 5;

/// Refuses to attach if a group has a limit.
pub(crate) fn check_none(attempt: &str, root: &Path) -> Result<()> {
    let limited = limited_below(root);
    if limited.is_empty() {
        return Ok(());
    }
    let mut names: Vec<&str> = limited.iter().take(NAMED).map(String::as_str).collect();
    let more = format!("{} more", limited.len().saturating_sub(NAMED));
    if limited.len() > NAMED {
        names.push(&more);
    }
    Err(Error::new(
        ErrorKind::NotSupported,
        format!(
            "{attempt}: this kernel tells no scheduler of cgroups (it is built without CONFIG_EXT_GROUP_SCHED), \
             so nobody would keep the limits (cpu.max) of {}; remove them, or ignore them with the option \
             ignore_cgroup_limits (--ignore-cgroup-limits)",
            names.join(", ")
        ),
    ))
}

/// The groups that have a limit, as paths from the root, sorted.
fn limited_below(root: &Path) -> Vec<String> {
    let mut limited = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        // A group may go while we look.
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        let below = entries.flatten().map(|entry| entry.path());
        folders.extend(below.filter(|path| path.is_dir() && !path.is_symlink()));
        let limit = fs::read_to_string(folder.join("cpu.max")).unwrap_or_default();
        if !limit.is_empty() && !limit.starts_with("max") {
            let path = folder.strip_prefix(root).unwrap_or(&folder);
            limited.push(format!("/{}", path.display()));
        }
    }
    limited.sort();
    limited
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn tree(name: &str, groups: &[(&str, &str)]) -> std::path::PathBuf {
        let root = std::env::temp_dir().join(format!("scxbridge-{name}-{}", std::process::id()));
        for (group, limit) in groups {
            let folder = root.join(group);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("cpu.max"), limit).unwrap();
        }
        root
    }

    #[test]
    fn groups_with_a_limit_are_named() {
        let root = tree(
            "limited",
            &[
                ("a", "max 100000\n"),
                ("a/b", "20000 100000\n"),
                ("c", "1000 5000\n"),
            ],
        );
        let err = check_none("attach \"goland\"", &root).unwrap_err();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(err.kind(), ErrorKind::NotSupported);
        assert!(err.message().contains("(cpu.max) of /a/b, /c;"), "{err}");
    }

    #[test]
    fn many_groups_are_counted() {
        let names: Vec<String> = (0..7).map(|i| format!("g{i}")).collect();
        let groups: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1 2")).collect();
        let root = tree("many", &groups);
        let err = check_none("attach", &root).unwrap_err();
        fs::remove_dir_all(&root).unwrap();
        assert!(err.message().contains("/g4, 2 more;"), "{err}");
    }

    #[test]
    fn without_limits_there_is_nothing_to_say() {
        let root = tree("none", &[("a", "max 100000\n")]);
        let none = check_none("attach", &root);
        fs::remove_dir_all(&root).unwrap();
        none.unwrap();
        check_none("attach", Path::new("/nonexistent")).unwrap();
    }
}

//! Which CPUs share a last-level cache.

use std::fs;
use std::path::Path;

/// Where the kernel describes them.
pub(crate) const CPUS: &str = "/sys/devices/system/cpu";

/// Groups the CPUs of a folder like [`CPUS`] by last-level cache. Returns the number of each CPU's
/// group: from 0 on without gaps, and below `most`. If there are more caches, neighbours share a
/// group. CPUs without known caches are in group 0.
pub(crate) fn groups_of_cpus(cpus: &Path, most: u8) -> Vec<u8> {
    let caches: Vec<Option<usize>> = (0..possible_cpus(cpus))
        .map(|cpu| first_cpu_of_cache(&cpus.join(format!("cpu{cpu}/cache"))))
        .collect();
    let mut known: Vec<usize> = caches.iter().flatten().copied().collect();
    known.sort_unstable();
    known.dedup();
    let groups = known.len().min(usize::from(most));
    caches
        .iter()
        .map(|cache| {
            let place = cache.and_then(|first| known.binary_search(&first).ok());
            place.map_or(0, |place| (place * groups / known.len()) as u8)
        })
        .collect()
}

/// How many CPU ids there are: one more than the last one listed.
fn possible_cpus(cpus: &Path) -> usize {
    let list = fs::read_to_string(cpus.join("possible")).unwrap_or_default();
    let last = list.trim().rsplit([',', '-']).next();
    last.and_then(|id| id.parse().ok())
        .map_or(0, |last: usize| last + 1)
}

/// A cache is identified by the first CPU that shares it.
fn first_cpu_of_cache(caches: &Path) -> Option<usize> {
    let read = |path: &Path, file| fs::read_to_string(path.join(file)).ok();
    let (_, last) = fs::read_dir(caches)
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let level: u32 = read(&path, "level")?.trim().parse().ok()?;
            // Only the first level has a separate cache for instructions.
            (read(&path, "type")?.trim() != "Instruction").then_some((level, path))
        })
        .max()?;
    let shared = read(&last, "shared_cpu_list")?;
    shared.trim().split([',', '-']).next()?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A folder like [`CPUS`]. Each CPU lists the CPUs that share its caches, from the first level
    /// on.
    struct Machine(PathBuf);

    impl Machine {
        fn new(name: &str, possible: &str, cpus: &[&[&str]]) -> Self {
            let folder = std::env::temp_dir().join(format!("scxb-{name}-{}", std::process::id()));
            let write = |path: PathBuf, text: &str| fs::write(path, format!("{text}\n")).unwrap();
            for (cpu, caches) in cpus.iter().enumerate() {
                for (index, shared) in caches.iter().enumerate() {
                    let cache = folder.join(format!("cpu{cpu}/cache/index{index}"));
                    fs::create_dir_all(&cache).unwrap();
                    write(cache.join("level"), &(index + 1).to_string());
                    write(cache.join("type"), "Unified");
                    write(cache.join("shared_cpu_list"), shared);
                }
            }
            fs::create_dir_all(&folder).unwrap();
            write(folder.join("possible"), possible);
            Self(folder)
        }

        fn groups(&self, most: u8) -> Vec<u8> {
            groups_of_cpus(&self.0, most)
        }
    }

    impl Drop for Machine {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn cpus_are_grouped_by_the_highest_level() {
        let machine = Machine::new(
            "llc",
            "0-3",
            &[&["0", "0,2"], &["1", "1,3"], &["2", "0,2"], &["3", "1,3"]],
        );
        assert_eq!(machine.groups(8), [0, 1, 0, 1]);
        assert_eq!(machine.groups(1), [0, 0, 0, 0]);
    }

    #[test]
    fn caches_in_excess_share_a_group_with_their_neighbours() {
        let cpus: Vec<String> = (0..6).map(|cpu| cpu.to_string()).collect();
        let caches: Vec<[&str; 1]> = cpus.iter().map(|cpu| [cpu.as_str()]).collect();
        let caches: Vec<&[&str]> = caches.iter().map(|cache| cache.as_slice()).collect();
        let machine = Machine::new("excess", "0-5", &caches);
        assert_eq!(machine.groups(3), [0, 0, 1, 1, 2, 2]);
        assert_eq!(machine.groups(4), [0, 0, 1, 2, 2, 3]);
    }

    #[test]
    fn without_knowledge_all_are_in_one_group() {
        // CPU 1 is offline, so the kernel says nothing about its caches.
        let machine = Machine::new("offline", "0-1", &[&["0"]]);
        assert_eq!(machine.groups(8), [0, 0]);
        assert_eq!(Machine::new("none", "0", &[]).groups(8), [0]);
        assert!(groups_of_cpus(Path::new("/nonexistent"), 8).is_empty());
    }

    #[test]
    fn this_machine_has_a_group_for_each_cpu() {
        let groups = groups_of_cpus(CPUS.as_ref(), 8);
        let online = std::thread::available_parallelism().unwrap().get();
        assert!(groups.len() >= online, "{groups:?} for {online} CPUs");
        assert!(groups.iter().all(|&group| group < 8));
    }
}

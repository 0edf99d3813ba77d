//! Which CPUs share a last-level cache, and what the kernel side makes of it: its queues PARK, the
//! rings of records and its default domains.

use crate::domains::DomainTable;
use crate::rings::Rings;
use crate::skeleton::types::rodata;
use crate::{Cpu, Options, MAX_DOMAINS};

/// Groups CPUs by last-level cache. Returns the number of each CPU's
/// group: from 0 on without gaps, and below `most`. If there are more caches, neighbours share a
/// group. The kernel tells nothing of the caches of a CPU that is offline: it counts to those of the
/// next lower CPU.
pub(crate) fn groups_of(cpus: &[Cpu], most: u8) -> Vec<u8> {
    let mut known: Vec<i32> = cpus.iter().map(|cpu| cpu.cache).collect();
    known.retain(|&cache| cache >= 0);
    known.sort_unstable();
    known.dedup();
    let groups = known.len().min(usize::from(most));
    let mut group_of_cpu = Vec::new();
    let mut group = 0;
    for cpu in cpus {
        // An id that is missing has no CPU.
        group_of_cpu.resize(cpu.id as usize, group);
        if let Ok(place) = known.binary_search(&cpu.cache) {
            group = (place * groups / known.len()) as u8;
        }
        group_of_cpu.push(group);
    }
    group_of_cpu
}

/// Of the kernel side's tunables.h.
struct ParkLimits {
    most: u8,
    split_cpus: u8,
    cpus_min: u8,
}

/// The queue PARK of each CPU: one for each last-level cache; if there are few of those, several for each, of
/// neighbours.
fn parks_of(cpus: &[Cpu], limits: &ParkLimits) -> Vec<u8> {
    let caches = groups_of(cpus, limits.most);
    if caches.len() < usize::from(limits.split_cpus) {
        return caches;
    }
    let groups = caches.iter().max().map_or(1, |last| last + 1);
    let most = usize::from(limits.most / groups);
    let mut parks = vec![0; caches.len()];
    let mut first = 0;
    for group in 0..groups {
        let members: Vec<usize> = (0..caches.len())
            .filter(|&cpu| caches[cpu] == group)
            .collect();
        let pieces = (members.len() / usize::from(limits.cpus_min)).clamp(1, most);
        for (place, &cpu) in members.iter().enumerate() {
            parks[cpu] = first + (place * pieces / members.len()) as u8;
        }
        first += pieces as u8;
    }
    parks
}

/// Tells the kernel side which CPUs are near each other. Without any, all count as near.
pub(crate) fn set_topology(
    rodata: &mut rodata,
    cpus: &[Cpu],
    options: &Options,
) -> (DomainTable, Rings) {
    let limits = ParkLimits {
        most: rodata.parks_max,
        split_cpus: rodata.parks_split_cpus,
        cpus_min: rodata.park_cpus_min,
    };
    let parks = parks_of(cpus, &limits);
    rodata.opt_parks = parks.iter().max().map_or(1, |last| u32::from(last + 1));
    for (to, from) in rodata.opt_park_of_cpu.iter_mut().zip(&parks) {
        *to = *from;
    }
    let rings = Rings::new(rodata.opt_parks, options.queued_bytes);
    rodata.opt_rings = rings.count;
    for (park, to) in (0..rodata.opt_parks).zip(&mut rodata.opt_ring_of_park) {
        *to = rings.of_park(park, rodata.opt_parks);
    }
    let domains = if options.one_domain {
        1
    } else {
        MAX_DOMAINS as u8
    };
    let table = DomainTable::of(&groups_of(cpus, domains), &[], cpus);
    table.write(&mut rodata.opt_domains);
    rodata.opt_one_domain = !options.own_domains && rodata.opt_domains.domains < 2;
    (table, rings)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cpus::tests::Machine;
    use crate::cpus::{read_cpus, CPUS};
    use std::path::Path;

    fn groups_of_cpus(folder: &Path, most: u8) -> Vec<u8> {
        groups_of(&read_cpus(folder).unwrap_or_default(), most)
    }

    /// The groups of a machine of which each CPU lists the CPUs that share its caches, from the first level
    /// on. CPUs without a list are offline.
    fn groups(name: &str, possible: &str, caches: &[&[&str]], most: u8) -> Vec<u8> {
        groups_of(&cpus_of(name, possible, caches), most)
    }

    fn cpus_of(name: &str, possible: &str, caches: &[&[&str]]) -> Vec<Cpu> {
        let machine = Machine::new(name, possible, &format!("0-{}", caches.len().max(1) - 1));
        for (cpu, shared) in caches.iter().enumerate() {
            machine.write_caches(cpu, shared);
        }
        read_cpus(machine.folder()).unwrap_or_default()
    }

    #[test]
    fn cpus_are_grouped_by_the_highest_level() {
        let caches: [&[&str]; 4] = [&["0", "0,2"], &["1", "1,3"], &["2", "0,2"], &["3", "1,3"]];
        assert_eq!(groups("llc", "0-3", &caches, 8), [0, 1, 0, 1]);
        assert_eq!(groups("llc", "0-3", &caches, 1), [0, 0, 0, 0]);
    }

    #[test]
    fn caches_in_excess_share_a_group_with_their_neighbours() {
        let caches: [&[&str]; 6] = [&["0"], &["1"], &["2"], &["3"], &["4"], &["5"]];
        assert_eq!(groups("excess", "0-5", &caches, 3), [0, 0, 1, 1, 2, 2]);
        assert_eq!(groups("excess", "0-5", &caches, 4), [0, 0, 1, 2, 2, 3]);
    }

    #[test]
    fn without_knowledge_all_are_in_one_group() {
        // CPU 1 is offline, so the kernel says nothing about its caches.
        assert_eq!(groups("offline", "0-1", &[&["0"]], 8), [0, 0]);
        let caches: [&[&str]; 3] = [&["0-1"], &["0-1"], &["2-3"]];
        assert_eq!(groups("offline-far", "0-4", &caches, 8), [0, 0, 1, 1, 1]);
        assert_eq!(groups("none", "0", &[], 8), [0]);
        assert!(groups_of_cpus(Path::new("/nonexistent"), 8).is_empty());
    }

    #[test]
    fn an_id_without_a_cpu_leaves_the_others_in_place() {
        let machine = Machine::new("gap", "0,2", "0,2");
        machine.write_caches(0, &["0"]);
        machine.write_caches(2, &["2"]);
        assert_eq!(groups_of_cpus(machine.folder(), 8), [0, 0, 1]);
    }

    #[test]
    fn few_caches_of_many_cpus_have_several_parks_each() {
        let parks = |name: &str, caches: &[&str]| {
            let lists: Vec<&[&str]> = caches.iter().map(std::slice::from_ref).collect();
            let cpus = cpus_of(name, &format!("0-{}", caches.len() - 1), &lists);
            let limits = ParkLimits {
                most: 8,
                split_cpus: 8,
                cpus_min: 2,
            };
            parks_of(&cpus, &limits)
        };
        assert_eq!(parks("few-cpus", &["0-6"; 7]), [0; 7]);
        assert_eq!(parks("one-cache", &["0-7"; 8]), [0, 0, 1, 1, 2, 2, 3, 3]);
        let two = ["0,2,4,6,8", "1,3,5,7,9"].repeat(5);
        assert_eq!(parks("two-caches", &two), [0, 2, 0, 2, 0, 2, 1, 3, 1, 3]);
        assert_eq!(parks("one-of-many", &["0-19"; 20])[17..], [6, 7, 7]);
        let uneven = [vec!["0-7"; 8], vec!["8"], vec!["9-10"; 2]].concat();
        assert_eq!(parks("uneven", &uneven), [0, 0, 0, 0, 1, 1, 1, 1, 2, 3, 3]);
        let each: Vec<String> = (0..8).map(|cpu| cpu.to_string()).collect();
        let each: Vec<&str> = each.iter().map(String::as_str).collect();
        assert_eq!(parks("many-caches", &each), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn this_machine_has_a_group_for_each_cpu() {
        let groups = groups_of_cpus(CPUS.as_ref(), 8);
        let online = std::thread::available_parallelism().unwrap().get();
        assert!(groups.len() >= online, "{groups:?} for {online} CPUs");
        assert!(groups.iter().all(|&group| group < 8));
    }
}

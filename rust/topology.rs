//! Which CPUs share a last-level cache, and what the kernel side makes of it: its queues PARK and its
//! domains.

use crate::skeleton::types::rodata;
use crate::Cpu;

/// Groups CPUs by last-level cache. Returns the number of each CPU's
/// group: from 0 on without gaps, and below `most`. If there are more caches, neighbours share a
/// group. The kernel tells nothing of the caches of a CPU that is offline: it counts to those of the
/// next lower CPU.
fn groups_of(cpus: &[Cpu], most: u8) -> Vec<u8> {
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

/// The domains: see `rust/bpf/topology.bpf.h`, whose tables these are.
#[derive(Debug, PartialEq, Eq)]
struct Domains {
    of_cpu: Vec<u8>,
    cpus: Vec<u16>,
    begins: Vec<u16>,
    node_begins: Vec<u8>,
    node_ends: Vec<u8>,
}

impl Domains {
    fn of(cpus: &[Cpu], most: u8) -> Self {
        let mut of_cpu = groups_of(cpus, most);
        let domains = of_cpu.iter().max().map_or(1, |last| usize::from(last + 1));
        // Numbered node by node, so that the domains of a node follow each other.
        let mut node_of = vec![i32::MAX; domains];
        for cpu in cpus.iter().filter(|cpu| cpu.cache >= 0) {
            let node = &mut node_of[usize::from(of_cpu[cpu.id as usize])];
            *node = cpu.node.min(*node);
        }
        let mut order: Vec<usize> = (0..domains).collect();
        order.sort_by_key(|&domain| node_of[domain]);
        for domain in &mut of_cpu {
            let place = order
                .iter()
                .position(|&other| other == usize::from(*domain));
            *domain = place.unwrap_or(0) as u8;
        }
        let node_of: Vec<i32> = order.iter().map(|&domain| node_of[domain]).collect();

        let domain_of = |cpu: u16| usize::from(of_cpu[usize::from(cpu)]);
        let mut cpus: Vec<u16> = (0..of_cpu.len() as u16).collect();
        cpus.sort_by_key(|&cpu| domain_of(cpu));
        let begin = |domain| cpus.partition_point(|&cpu| domain_of(cpu) < domain) as u16;
        let first_of = |node: i32| node_of.partition_point(|&other| other < node) as u8;
        let end_of = |node: i32| node_of.partition_point(|&other| other <= node) as u8;
        Self {
            begins: (0..=domains).map(begin).collect(),
            node_begins: node_of.iter().map(|&node| first_of(node)).collect(),
            node_ends: node_of.iter().map(|&node| end_of(node)).collect(),
            cpus,
            of_cpu,
        }
    }
}

/// Tells the kernel side which CPUs are near each other. Without any, all count as near.
pub(crate) fn set_topology(rodata: &mut rodata, cpus: &[Cpu], one_domain: bool) {
    let parks = groups_of(cpus, rodata.parks_max);
    rodata.opt_parks = parks.iter().max().map_or(1, |last| u32::from(last + 1));
    copy(&mut rodata.opt_park_of_cpu, &parks);
    rodata.opt_domains = 1;
    if one_domain {
        return;
    }
    let domains = Domains::of(cpus, rodata.domains_max);
    rodata.opt_domains = domains.node_begins.len() as u32;
    copy(&mut rodata.opt_domain_of_cpu, &domains.of_cpu);
    copy(&mut rodata.opt_cpus_by_domain, &domains.cpus);
    copy(&mut rodata.opt_domain_begins, &domains.begins);
    copy(&mut rodata.opt_node_begins, &domains.node_begins);
    copy(&mut rodata.opt_node_ends, &domains.node_ends);
}

/// Copies as much as there is room for.
fn copy<T: Copy>(to: &mut [T], from: &[T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
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

    fn domains_of(machine: &Machine, most: u8) -> Domains {
        Domains::of(&read_cpus(machine.folder()).unwrap(), most)
    }

    /// The groups of a machine of which each CPU lists the CPUs that share its caches, from the first level
    /// on. CPUs without a list are offline.
    fn groups(name: &str, possible: &str, caches: &[&[&str]], most: u8) -> Vec<u8> {
        let machine = Machine::new(name, possible, &format!("0-{}", caches.len().max(1) - 1));
        for (cpu, shared) in caches.iter().enumerate() {
            machine.write_caches(cpu, shared);
        }
        groups_of_cpus(machine.folder(), most)
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
    fn domains_of_a_node_follow_each_other() {
        // Four caches of two CPUs; the nodes take turns.
        let machine = Machine::new("nodes", "0-7", "0-7");
        for cpu in 0..8 {
            let first = cpu / 2 * 2;
            machine.write_caches(cpu, &[&format!("{first}-{}", first + 1)]);
            machine.write(&format!("cpu{cpu}/node{}/cpulist", cpu / 2 % 2), "");
        }
        let expected = Domains {
            of_cpu: vec![0, 0, 2, 2, 1, 1, 3, 3],
            cpus: vec![0, 1, 4, 5, 2, 3, 6, 7],
            begins: vec![0, 2, 4, 6, 8],
            node_begins: vec![0, 0, 2, 2],
            node_ends: vec![2, 2, 4, 4],
        };
        assert_eq!(domains_of(&machine, 8), expected);
    }

    #[test]
    fn a_machine_without_nodes_has_one() {
        let machine = Machine::new("nodeless", "0-2", "0-2");
        for cpu in 0..3 {
            machine.write_caches(cpu, &[&cpu.to_string()]);
        }
        let domains = domains_of(&machine, 8);
        assert_eq!(domains.of_cpu, [0, 1, 2]);
        assert_eq!(domains.node_begins, [0, 0, 0]);
        assert_eq!(domains.node_ends, [3, 3, 3]);
        // Merged where there are too many.
        assert_eq!(domains_of(&machine, 2).begins, [0, 2, 3]);
    }

    #[test]
    fn this_machine_has_a_group_for_each_cpu() {
        let groups = groups_of_cpus(CPUS.as_ref(), 8);
        let online = std::thread::available_parallelism().unwrap().get();
        assert!(groups.len() >= online, "{groups:?} for {online} CPUs");
        assert!(groups.iter().all(|&group| group < 8));
    }
}

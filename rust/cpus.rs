//! The CPUs of this machine, as the kernel describes them in sysfs.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::Path;

use crate::{system, Cpu, Error, Result, CPU_CAPACITY_MAX};

/// Where the kernel describes them.
pub(crate) const CPUS: &str = "/sys/devices/system/cpu";

/// The CPUs of this machine at one moment. It needs no scheduler, no privilege and no sched_ext.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    /// Each CPU that the machine can have, in the order of ids.
    pub cpus: Vec<Cpu>,
    /// Compare it with [`Topology::current_generation`].
    pub generation: u64,
}

impl Topology {
    /// Reads about fifteen files of sysfs for each CPU.
    ///
    /// # Errors
    /// What the kernel says, if sysfs is not there.
    pub fn read() -> Result<Self> {
        // First, so that a change meanwhile makes this topology an old one.
        let generation = Self::current_generation()?;
        let cpus = read_cpus(CPUS.as_ref())?;
        Ok(Self { cpus, generation })
    }

    /// A number that differs from the one before whenever a CPU has come or gone: then read anew. It
    /// means nothing else, and nothing to another process. Reads two files of sysfs.
    ///
    /// # Errors
    /// As for [`Topology::read`].
    pub fn current_generation() -> Result<u64> {
        generation(CPUS.as_ref(), system::hotplug_seq())
    }
}

/// The kernel's count of hotplug events moves on when a CPU has come, but also before one has gone; the
/// list of those online changes when it has gone, but also before one has come. So both count.
fn generation(cpus: &Path, hotplug_seq: u64) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    hotplug_seq.hash(&mut hasher);
    read_list(&cpus.join("online"))?.hash(&mut hasher);
    Ok(hasher.finish())
}

/// Reads a folder like [`CPUS`].
pub(crate) fn read_cpus(cpus: &Path) -> Result<Vec<Cpu>> {
    let online = read_list(&cpus.join("online"))?;
    let possible = read_list(&cpus.join("possible"))?;
    let describe = |id| {
        read_cpu(
            &cpus.join(format!("cpu{id}")),
            id,
            online.binary_search(&id).is_ok(),
        )
    };
    Ok(possible.into_iter().map(describe).collect())
}

/// What cannot be read is unknown: the CPU may go at any moment.
fn read_cpu(cpu: &Path, id: i32, is_online: bool) -> Cpu {
    let described = Cpu {
        id,
        online: is_online.into(),
        core: -1,
        cache: -1,
        node: node_of(cpu).unwrap_or(-1),
        socket: -1,
        capacity: 0,
        reserved: 0,
    };
    if !is_online {
        return described;
    }
    Cpu {
        core: first_of(&cpu.join("topology/core_cpus_list")).unwrap_or(-1),
        cache: last_level_cache(&cpu.join("cache")).unwrap_or(-1),
        socket: read_number(&cpu.join("topology/physical_package_id")).unwrap_or(-1),
        capacity: read_number(&cpu.join("cpu_capacity")).unwrap_or(CPU_CAPACITY_MAX),
        ..described
    }
}

/// The node whose link stands in a CPU's folder. A kernel without NUMA has one node, and no links.
fn node_of(cpu: &Path) -> Option<i32> {
    let node = fs::read_dir(cpu)
        .ok()?
        .find_map(|entry| {
            let name = entry.ok()?.file_name();
            name.to_str()?.strip_prefix("node")?.parse().ok()
        })
        .unwrap_or(0);
    Some(node)
}

/// A CPU's last-level cache, by the first CPU that shares it.
fn last_level_cache(caches: &Path) -> Option<i32> {
    let (_, last) = fs::read_dir(caches)
        .ok()?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let level: u32 = read_number(&path.join("level"))?;
            // Only the first level has a separate cache for instructions.
            let kind = fs::read_to_string(path.join("type")).ok()?;
            (kind.trim() != "Instruction").then_some((level, path))
        })
        .max()?;
    first_of(&last.join("shared_cpu_list"))
}

fn first_of(list: &Path) -> Option<i32> {
    read_list(list).ok()?.first().copied()
}

fn read_number<T: std::str::FromStr>(path: &Path) -> Option<T> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Reads a list of CPUs such as `0-3,8`. The kernel writes it in order.
fn read_list(path: &Path) -> Result<Vec<i32>> {
    let text = fs::read_to_string(path);
    text.and_then(|text| {
        let list = parse_list(text.trim());
        list.ok_or_else(|| io::Error::other(format!("{:?} is no list of CPUs", text.trim())))
    })
    .map_err(|err| Error::kernel(format!("read the topology: {}", path.display()), &err))
}

fn parse_list(text: &str) -> Option<Vec<i32>> {
    let mut list = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (i32, i32) = (first.parse().ok()?, last.parse().ok()?);
        list.extend(first..=last);
    }
    Some(list)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use super::*;
    use std::path::PathBuf;

    /// A folder like [`CPUS`].
    pub(crate) struct Machine(PathBuf);

    impl Machine {
        pub(crate) fn new(name: &str, possible: &str, online: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("scxb-{name}-{}", std::process::id()));
            let machine = Self(folder);
            machine.write("possible", possible);
            machine.write("online", online);
            machine
        }

        pub(crate) fn folder(&self) -> &Path {
            &self.0
        }

        pub(crate) fn write(&self, file: &str, text: &str) {
            let path = self.0.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{text}\n")).unwrap();
        }

        /// Lists the CPUs that share a CPU's caches, from the first level on.
        pub(crate) fn write_caches(&self, cpu: usize, shared: &[&str]) {
            for (index, shared) in shared.iter().enumerate() {
                let cache = format!("cpu{cpu}/cache/index{index}");
                self.write(&format!("{cache}/level"), &(index + 1).to_string());
                self.write(&format!("{cache}/type"), "Unified");
                self.write(&format!("{cache}/shared_cpu_list"), shared);
            }
        }

        fn write_place(&self, cpu: usize, core: &str, socket: &str) {
            self.write(&format!("cpu{cpu}/topology/core_cpus_list"), core);
            self.write(&format!("cpu{cpu}/topology/physical_package_id"), socket);
        }
    }

    impl Drop for Machine {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    /// Nothing is known of it.
    fn unknown(id: i32) -> Cpu {
        Cpu {
            id,
            core: -1,
            cache: -1,
            node: -1,
            socket: -1,
            ..Cpu::default()
        }
    }

    #[test]
    fn each_cpu_has_its_place() {
        // Two sockets with a core with two threads; CPU 3 is offline, CPU 4 not even present.
        let machine = Machine::new("places", "0-4", "0-2");
        for (cpu, core, socket, node) in [(0, "0-1", "0", 0), (1, "0-1", "0", 0), (2, "2", "7", 1)]
        {
            machine.write_place(cpu, core, socket);
            machine.write_caches(cpu, &[core, core]);
            machine.write(&format!("cpu{cpu}/node{node}/cpulist"), "");
        }
        machine.write("cpu2/cpu_capacity", "446");
        // The first level has one more cache; it is not the last one.
        machine.write("cpu2/cache/index9/level", "3");
        machine.write("cpu2/cache/index9/type", "Instruction");
        machine.write("cpu3/node1/cpulist", "");

        let first = Cpu {
            id: 0,
            online: 1,
            capacity: CPU_CAPACITY_MAX,
            ..Cpu::default()
        };
        let expected = [
            first,
            Cpu { id: 1, ..first },
            Cpu {
                id: 2,
                online: 1,
                core: 2,
                cache: 2,
                node: 1,
                socket: 7,
                capacity: 446,
                reserved: 0,
            },
            Cpu {
                node: 1,
                ..unknown(3)
            },
            unknown(4),
        ];
        assert_eq!(read_cpus(machine.folder()), Ok(expected.to_vec()));
    }

    #[test]
    fn little_is_known_in_a_plain_virtual_machine() {
        let machine = Machine::new("plain", "0", "0");
        machine.write("cpu0/uevent", "");
        let cpu = Cpu {
            online: 1,
            node: 0,
            capacity: CPU_CAPACITY_MAX,
            ..unknown(0)
        };
        assert_eq!(read_cpus(machine.folder()), Ok(vec![cpu]));
    }

    #[test]
    fn ids_may_have_holes() {
        let machine = Machine::new("holes", "0,2-3,7", "0,2-3,7");
        let ids: Vec<i32> = read_cpus(machine.folder())
            .unwrap()
            .iter()
            .map(|cpu| cpu.id)
            .collect();
        assert_eq!(ids, [0, 2, 3, 7]);
    }

    #[test]
    fn a_change_makes_another_generation() {
        let machine = Machine::new("generation", "0-1", "0-1");
        let now = |seq| generation(machine.folder(), seq).unwrap();
        let before = now(4);
        assert_eq!(now(4), before);
        let announced = now(5);
        assert_ne!(announced, before);
        machine.write("online", "0");
        assert_ne!(now(5), announced);
    }

    #[test]
    fn failures_name_the_file() {
        let nowhere = read_cpus(Path::new("/nonexistent")).unwrap_err();
        assert!(
            nowhere.message().contains("/nonexistent/online"),
            "{nowhere}"
        );
        assert_eq!(nowhere.kind().errno(), libc::ENOENT);
        let machine = Machine::new("malformed", "0-x", "0");
        let malformed = read_cpus(machine.folder()).unwrap_err();
        assert!(
            malformed.message().contains("\"0-x\" is no list"),
            "{malformed}"
        );
        assert!(generation(Path::new("/nonexistent"), 0).is_err());
    }

    #[test]
    fn this_machine_is_understood() {
        let topology = Topology::read().unwrap();
        let usable = std::thread::available_parallelism().unwrap().get();
        let online = topology.cpus.iter().filter(|cpu| cpu.online == 1);
        assert!(online.clone().count() >= usable, "{topology:?}");
        for cpu in online {
            // A core is named by the first of its CPUs, and its CPUs share a socket.
            let core = topology
                .cpus
                .iter()
                .find(|other| other.id == cpu.core)
                .unwrap();
            assert_eq!((core.core, core.socket), (cpu.core, cpu.socket));
            assert!((1..=CPU_CAPACITY_MAX).contains(&cpu.capacity), "{cpu:?}");
        }
        assert_eq!(Topology::current_generation(), Ok(topology.generation));
    }
}

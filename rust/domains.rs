//! Domains: the kernel side's table of them (rust/bpf/topology.bpf.h), and how a program reads and sets it.

use std::mem::size_of;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use crate::core::Core;
use crate::cpus::{read_cpus, CPUS};
use crate::mapping::Mapping;
use crate::skeleton::types::{domain_table, own_domains};
use crate::{AttachedScheduler, Cpu, Domains, Error, ErrorKind, LoadedScheduler, Result};
use crate::{MAX_CPUS, MAX_DOMAINS};

impl Default for Domains {
    fn default() -> Self {
        Self {
            size: size_of::<Self>() as u32,
            cpus: 0,
            domains: 0,
            reserved: 0,
            of_cpu: [0; MAX_CPUS],
            closed: [0; MAX_DOMAINS],
        }
    }
}

impl Domains {
    /// Checks everything, so that bad ones change nothing.
    fn validate(&self, cpus: u32) -> Result<()> {
        let bad = |why| {
            Err(Error::new(
                ErrorKind::InvalidInput,
                format!("set the domains: {why}"),
            ))
        };
        if self.cpus != cpus {
            return bad(format!(
                "this machine has {cpus} CPU ids, but domains of {} are given",
                self.cpus
            ));
        }
        if self.domains == 0 || self.domains as usize > MAX_DOMAINS {
            return bad(format!(
                "there are 1 to {MAX_DOMAINS} domains, not {}",
                self.domains
            ));
        }
        let mut used = [false; MAX_DOMAINS];
        for (cpu, &domain) in self.cpus().iter().enumerate() {
            if u32::from(domain) >= self.domains {
                return bad(format!(
                    "CPU {cpu} is in domain {domain}, but there are {} domains, from 0 on",
                    self.domains
                ));
            }
            used[usize::from(domain)] = true;
        }
        if let Some(empty) = used[..self.domains as usize].iter().position(|used| !used) {
            return bad(format!("no CPU is in domain {empty}"));
        }
        if self.closed().iter().any(|&closed| closed > 1) {
            return bad("a domain is closed (1) or not (0)".to_string());
        }
        Ok(())
    }

    fn cpus(&self) -> &[u8] {
        &self.of_cpu[..(self.cpus as usize).min(MAX_CPUS)]
    }

    fn closed(&self) -> &[u8] {
        &self.closed[..(self.domains as usize).min(MAX_DOMAINS)]
    }
}

/// What the kernel side has of domains. It numbers them node by node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DomainTable {
    of_cpu: Vec<u8>,
    cpus: Vec<u16>,
    begins: Vec<u16>,
    node_begins: Vec<u8>,
    node_ends: Vec<u8>,
    by_number: Vec<u8>,
    closed: Vec<u8>,
}

impl DomainTable {
    /// Of the domain of each CPU, by numbers without gaps, and of which are closed.
    pub(crate) fn of(numbers: &[u8], closed: &[u8], cpus: &[Cpu]) -> Self {
        let domains = numbers.iter().max().map_or(1, |last| usize::from(last + 1));
        let mut node_of = vec![i32::MAX; domains];
        // Of an offline CPU its node may be unknown.
        for cpu in cpus.iter().filter(|cpu| cpu.online != 0) {
            if let Some(&number) = numbers.get(cpu.id as usize) {
                let node = &mut node_of[usize::from(number)];
                *node = cpu.node.min(*node);
            }
        }
        // By node, so that the domains of a node follow each other.
        let mut order: Vec<usize> = (0..domains).collect();
        order.sort_by_key(|&number| node_of[number]);
        let mut by_number = vec![0; domains];
        for (domain, &number) in order.iter().enumerate() {
            by_number[number] = domain as u8;
        }
        let node_of: Vec<i32> = order.iter().map(|&number| node_of[number]).collect();
        let of_cpu: Vec<u8> = numbers
            .iter()
            .map(|&number| by_number[usize::from(number)])
            .collect();

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
            closed: order
                .iter()
                .map(|&number| closed.get(number).copied().unwrap_or(0))
                .collect(),
            by_number,
            cpus,
            of_cpu,
        }
    }

    pub(crate) fn write(&self, to: &mut domain_table) {
        to.domains = self.by_number.len() as u32;
        copy(&mut to.of_cpu, &self.of_cpu);
        copy(&mut to.cpus, &self.cpus);
        copy(&mut to.begins, &self.begins);
        copy(&mut to.node_begins, &self.node_begins);
        copy(&mut to.node_ends, &self.node_ends);
        copy(&mut to.by_number, &self.by_number);
        copy(&mut to.closed, &self.closed);
        to.some_closed = u32::from(self.closed.contains(&1));
    }
}

/// Copies as much as there is room for.
fn copy<T: Copy>(to: &mut [T], from: &[T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// Puts back the numbers of those who set a table.
fn domains_of(table: &domain_table) -> Domains {
    let domains = (table.domains as usize).min(MAX_DOMAINS);
    let mut read = Domains {
        cpus: u32::from(table.begins[domains]),
        domains: domains as u32,
        ..Domains::default()
    };
    let mut number_of = [0u8; MAX_DOMAINS];
    for (number, &domain) in table.by_number[..domains].iter().enumerate() {
        number_of[usize::from(domain) % MAX_DOMAINS] = number as u8;
        read.closed[number] = table.closed[usize::from(domain) % MAX_DOMAINS];
    }
    for (to, &domain) in read.of_cpu[..(read.cpus as usize).min(MAX_CPUS)]
        .iter_mut()
        .zip(&table.of_cpu)
    {
        *to = number_of[usize::from(domain) % MAX_DOMAINS];
    }
    read
}

/// The two tables, of which the kernel side reads one.
pub(crate) struct OwnDomains {
    mapping: Mapping,
    setting: Mutex<()>,
}

impl OwnDomains {
    pub(crate) fn map(map: BorrowedFd<'_>, lock: bool) -> Result<Self> {
        Ok(Self {
            mapping: Mapping::new(map, "the domains", 0, size_of::<own_domains>(), true, lock)?,
            setting: Mutex::new(()),
        })
    }

    fn tables(&self) -> *mut own_domains {
        self.mapping.start().as_ptr().cast()
    }

    fn in_use(&self) -> &AtomicU32 {
        // SAFETY: the word is aligned and lives as long as the mapping; the kernel side reads it as one.
        unsafe { AtomicU32::from_ptr(std::ptr::addr_of_mut!((*self.tables()).in_use)) }
    }

    /// The table that the kernel side does or does not read.
    fn table(&self, in_use: bool) -> *mut domain_table {
        let n = self
            .in_use()
            .load(Ordering::Acquire)
            .wrapping_add(u32::from(!in_use))
            % 2;
        // SAFETY: there are two.
        unsafe { std::ptr::addr_of_mut!((*self.tables()).tables[n as usize]) }
    }

    fn read(&self) -> Domains {
        let _setting = self.setting.lock();
        // SAFETY: the mapping is as large, any bits are a table, and the kernel side does not write.
        domains_of(unsafe { &*self.table(true) })
    }

    fn set(&self, domains: &Domains, cpus: &[Cpu]) -> Result<()> {
        let _setting = self.setting.lock();
        // SAFETY: as in `read`.
        let now = domains_of(unsafe { &*self.table(true) });
        domains.validate(now.cpus)?;
        let table = DomainTable::of(domains.cpus(), domains.closed(), cpus);
        // SAFETY: as in `read`; only we write, and whoever still reads this table can do with any bits.
        table.write(unsafe { &mut *self.table(false) });
        self.in_use().fetch_add(1, Ordering::Release);
        Ok(())
    }
}

impl Core {
    fn domains(&self) -> Domains {
        self.own_domains.read()
    }

    fn set_domains(&self, domains: &Domains) -> Result<()> {
        if self.shared.layout().own_domains == 0 {
            return Err(Error::new(
                ErrorKind::NotSupported,
                "set the domains: the scheduler was opened without the option own_domains",
            ));
        }
        let cpus = read_cpus(CPUS.as_ref()).unwrap_or_default();
        self.own_domains.set(domains, &cpus)
    }

    /// Tasks that wait go to their new domains.
    fn move_to_domains(&self) -> Result<()> {
        self.handles
            .domains_changed()
            .run(None::<&mut u32>)
            .map_err(|err| Error::kernel("set the domains", &err))?;
        Ok(())
    }
}

impl LoadedScheduler {
    /// As [`AttachedScheduler::domains`].
    pub fn domains(&self) -> Domains {
        self.core().domains()
    }

    /// As [`AttachedScheduler::set_domains`].
    ///
    /// # Errors
    /// As there.
    pub fn set_domains(&self, domains: &Domains) -> Result<()> {
        self.core().set_domains(domains)
    }
}

impl AttachedScheduler {
    /// Which domain each CPU is in. Tasks run near where they last ran: so `of_cpu[task.cpu]` is a task's
    /// last domain.
    pub fn domains(&self) -> Domains {
        self.core().domains()
    }

    /// Sets the domains; the scheduler must have been opened with [`Options::own_domains`]. Tasks that wait go
    /// to the queues of their new domains; those that run go on. The domains hold until they are set anew, also
    /// for another agent that adopts the scheduler. One system call, and some files of sysfs.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`], and then nothing has changed; [`ErrorKind::NotSupported`];
    /// [`ErrorKind::Ended`].
    ///
    /// [`Options::own_domains`]: crate::Options::own_domains
    pub fn set_domains(&self, domains: &Domains) -> Result<()> {
        let core = self.core();
        core.check_running()?;
        core.set_domains(domains)?;
        core.move_to_domains()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::cpus::tests::Machine;
    use crate::topology::groups_of;

    fn table_of(machine: &Machine, most: u8) -> DomainTable {
        let cpus = read_cpus(machine.folder()).unwrap();
        DomainTable::of(&groups_of(&cpus, most), &[], &cpus)
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
        let expected = DomainTable {
            of_cpu: vec![0, 0, 2, 2, 1, 1, 3, 3],
            cpus: vec![0, 1, 4, 5, 2, 3, 6, 7],
            begins: vec![0, 2, 4, 6, 8],
            node_begins: vec![0, 0, 2, 2],
            node_ends: vec![2, 2, 4, 4],
            by_number: vec![0, 2, 1, 3],
            closed: vec![0; 4],
        };
        assert_eq!(table_of(&machine, 8), expected);
    }

    #[test]
    fn a_machine_without_nodes_has_one() {
        let machine = Machine::new("nodeless", "0-2", "0-2");
        for cpu in 0..3 {
            machine.write_caches(cpu, &[&cpu.to_string()]);
        }
        let domains = table_of(&machine, 8);
        assert_eq!(domains.of_cpu, [0, 1, 2]);
        assert_eq!(domains.node_begins, [0, 0, 0]);
        assert_eq!(domains.node_ends, [3, 3, 3]);
        // Merged where there are too many.
        assert_eq!(table_of(&machine, 2).begins, [0, 2, 3]);
    }

    /// Zeros are a table, too.
    fn empty_table() -> Box<domain_table> {
        // SAFETY: it has numbers only.
        Box::new(unsafe { std::mem::zeroed() })
    }

    #[test]
    fn a_program_gets_its_own_numbers_back() {
        let machine = Machine::new("numbers", "0-3", "0-3");
        for cpu in 0..4 {
            machine.write(&format!("cpu{cpu}/node{}/cpulist", cpu % 2), "");
        }
        let cpus = read_cpus(machine.folder()).unwrap();
        let mut table = empty_table();
        DomainTable::of(&[2, 1, 0, 1], &[1, 0, 0], &cpus).write(&mut table);
        // Domain 1 is the one of node 1, and so the last for the kernel side.
        assert_eq!(table.of_cpu[..4], [1, 2, 0, 2]);
        let read = domains_of(&table);
        assert_eq!(read.of_cpu[..4], [2, 1, 0, 1]);
        assert_eq!(read.closed[..3], [1, 0, 0]);
        assert_eq!(table.some_closed, 1);
        DomainTable::of(&[0, 0, 0, 0], &[0], &cpus).write(&mut table);
        assert_eq!(table.some_closed, 0);
        assert_eq!((read.cpus, read.domains), (4, 3));
    }

    #[test]
    fn domains_are_checked() {
        let good = || {
            let mut domains = Domains {
                cpus: 4,
                domains: 2,
                ..Domains::default()
            };
            domains.of_cpu[3] = 1;
            domains
        };
        let refused = |change: &dyn Fn(&mut Domains)| {
            let mut domains = good();
            change(&mut domains);
            domains.validate(4).unwrap_err().to_string()
        };
        good().validate(4).unwrap();
        for (change, why) in [
            (
                &(|d: &mut Domains| d.cpus = 3) as &dyn Fn(&mut Domains),
                "4 CPU ids",
            ),
            (&|d: &mut Domains| d.domains = 0, "1 to 128 domains, not 0"),
            (
                &|d: &mut Domains| d.domains = 129,
                "1 to 128 domains, not 129",
            ),
            (&|d: &mut Domains| d.of_cpu[2] = 2, "CPU 2 is in domain 2"),
            (&|d: &mut Domains| d.of_cpu[3] = 0, "no CPU is in domain 1"),
            (&|d: &mut Domains| d.closed[1] = 2, "closed (1) or not (0)"),
        ] {
            let said = refused(change);
            assert!(said.contains(why), "{said}");
        }
    }
}

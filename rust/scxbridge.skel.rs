// Generated from rust/bpf by `make generate`; do not edit.
// SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause)
// libbpf-cargo made this skeleton; rust/generate left out types that the library has no use for.

pub use self::imp::*;
#[allow(renamed_and_removed_lints)]
#[allow(dead_code)]
#[allow(missing_docs)]
#[allow(non_snake_case)]
#[allow(non_camel_case_types)]
#[allow(clippy::absolute_paths)]
#[allow(clippy::upper_case_acronyms)]
#[allow(clippy::use_self)]
#[allow(clippy::zero_repeat_side_effects)]
#[warn(single_use_lifetimes)]
mod imp {
    #[allow(unused_imports, clippy::wildcard_imports)]
    use super::*;
    use libbpf_rs::libbpf_sys;
    use libbpf_rs::skel::OpenSkel;
    use libbpf_rs::skel::Skel;
    use libbpf_rs::skel::SkelBuilder;
    use libbpf_rs::AsRawLibbpf as _;
    use libbpf_rs::MapCore as _;
    use libbpf_rs::ObjectBuilder;
    fn build_skel_config(
    ) -> libbpf_rs::Result<libbpf_rs::__internal_skel::ObjectSkeletonConfig<'static>> {
        let mut builder = libbpf_rs::__internal_skel::ObjectSkeletonConfigBuilder::new(&DATA);
        builder
            .name("scxbridge_bpf")
            .map("runnable_notes", false)
            .map("cpu_requests", true)
            .map("task_ctxs", false)
            .map("stats", false)
            .map("cgroup_indexes", false)
            .map("timers", false)
            .map("priorities", false)
            .map("process_priorities", false)
            .map("queued", false)
            .map("rings", false)
            .map("decisions", false)
            .map("exit_dump", false)
            .map(".data.shared", true)
            .map("scxbridg.bss", true)
            .map("scxbridg.data", true)
            .map("scxbridg.rodata", true)
            .map(".data.domains", true)
            .map("scxbridge", false)
            .prog("scxb_revoke")
            .prog("scxb_select_cpu")
            .prog("scxb_select_cpus")
            .prog("scxb_set_priority")
            .prog("scxb_preempt_cpu")
            .prog("scxb_cgroup_read")
            .prog("scxb_observe")
            .prog("scxb_domains_changed")
            .prog("scxb_register")
            .prog("scxb_flush")
            .prog("scxb_select_cpu_op")
            .prog("scxb_enqueue")
            .prog("scxb_dispatch_op")
            .prog("scxb_running")
            .prog("scxb_stopping")
            .prog("scxb_disable")
            .prog("scxb_tick")
            .prog("scxb_set_weight")
            .prog("scxb_set_cpumask")
            .prog("scxb_init_task")
            .prog("scxb_exit_task")
            .prog("scxb_cgroup_init")
            .prog("scxb_cgroup_exit")
            .prog("scxb_cgroup_move")
            .prog("scxb_cgroup_set_weight")
            .prog("scxb_cgroup_set_idle")
            .prog("scxb_cgroup_set_bandwidth")
            .prog("scxb_dump")
            .prog("scxb_init")
            .prog("scxb_cpu_acquire")
            .prog("scxb_cpu_release")
            .prog("scxb_cpu_online")
            .prog("scxb_cpu_offline")
            .prog("scxb_exit");
        builder.build()
    }
    pub struct OpenScxbridgeMaps<'obj> {
        pub runnable_notes: libbpf_rs::OpenMapMut<'obj>,
        pub cpu_requests: libbpf_rs::OpenMapMut<'obj>,
        pub task_ctxs: libbpf_rs::OpenMapMut<'obj>,
        pub stats: libbpf_rs::OpenMapMut<'obj>,
        pub cgroup_indexes: libbpf_rs::OpenMapMut<'obj>,
        pub timers: libbpf_rs::OpenMapMut<'obj>,
        pub priorities: libbpf_rs::OpenMapMut<'obj>,
        pub process_priorities: libbpf_rs::OpenMapMut<'obj>,
        pub queued: libbpf_rs::OpenMapMut<'obj>,
        pub rings: libbpf_rs::OpenMapMut<'obj>,
        pub decisions: libbpf_rs::OpenMapMut<'obj>,
        pub exit_dump: libbpf_rs::OpenMapMut<'obj>,
        pub data_shared: libbpf_rs::OpenMapMut<'obj>,
        pub data_shared_data: Option<&'obj mut types::data_shared>,
        pub bss: libbpf_rs::OpenMapMut<'obj>,
        pub bss_data: Option<&'obj mut types::bss>,
        pub data: libbpf_rs::OpenMapMut<'obj>,
        pub data_data: Option<&'obj mut types::data>,
        pub rodata: libbpf_rs::OpenMapMut<'obj>,
        pub rodata_data: Option<&'obj mut types::rodata>,
        pub data_domains: libbpf_rs::OpenMapMut<'obj>,
        pub data_domains_data: Option<&'obj mut types::data_domains>,
        pub scxbridge: libbpf_rs::OpenMapMut<'obj>,
        _phantom: std::marker::PhantomData<&'obj ()>,
    }
    impl<'obj> OpenScxbridgeMaps<'obj> {
        #[allow(unused_variables)]
        unsafe fn new(
            config: &libbpf_rs::__internal_skel::ObjectSkeletonConfig<'_>,
            object: &mut libbpf_rs::OpenObject,
        ) -> libbpf_rs::Result<Self> {
            let mut runnable_notes = None;
            let mut cpu_requests = None;
            let mut task_ctxs = None;
            let mut stats = None;
            let mut cgroup_indexes = None;
            let mut timers = None;
            let mut priorities = None;
            let mut process_priorities = None;
            let mut queued = None;
            let mut rings = None;
            let mut decisions = None;
            let mut exit_dump = None;
            let mut data_shared = None;
            let mut bss = None;
            let mut data = None;
            let mut rodata = None;
            let mut data_domains = None;
            let mut scxbridge = None;
            let object = unsafe {
                std::mem::transmute::<&mut libbpf_rs::OpenObject, &'obj mut libbpf_rs::OpenObject>(
                    object,
                )
            };
            #[allow(clippy::never_loop)]
            for map in object.maps_mut() {
                let name = map.name().to_str().ok_or_else(|| {
                    libbpf_rs::Error::from(std::io::Error::new(
                        std::io::ErrorKind::InvalidData,
                        "map has invalid name",
                    ))
                })?;
                #[allow(clippy::match_single_binding)]
                match name {
                    "runnable_notes" => runnable_notes = Some(map),
                    "cpu_requests" => cpu_requests = Some(map),
                    "task_ctxs" => task_ctxs = Some(map),
                    "stats" => stats = Some(map),
                    "cgroup_indexes" => cgroup_indexes = Some(map),
                    "timers" => timers = Some(map),
                    "priorities" => priorities = Some(map),
                    "process_priorities" => process_priorities = Some(map),
                    "queued" => queued = Some(map),
                    "rings" => rings = Some(map),
                    "decisions" => decisions = Some(map),
                    "exit_dump" => exit_dump = Some(map),
                    ".data.shared" => data_shared = Some(map),
                    "scxbridg.bss" => bss = Some(map),
                    "scxbridg.data" => data = Some(map),
                    "scxbridg.rodata" => rodata = Some(map),
                    ".data.domains" => data_domains = Some(map),
                    "scxbridge" => scxbridge = Some(map),
                    _ => panic!("encountered unexpected map: `{name}`"),
                }
            }
            let slf = Self {
                runnable_notes: runnable_notes.expect("map `runnable_notes` not present"),
                cpu_requests: cpu_requests.expect("map `cpu_requests` not present"),
                task_ctxs: task_ctxs.expect("map `task_ctxs` not present"),
                stats: stats.expect("map `stats` not present"),
                cgroup_indexes: cgroup_indexes.expect("map `cgroup_indexes` not present"),
                timers: timers.expect("map `timers` not present"),
                priorities: priorities.expect("map `priorities` not present"),
                process_priorities: process_priorities
                    .expect("map `process_priorities` not present"),
                queued: queued.expect("map `queued` not present"),
                rings: rings.expect("map `rings` not present"),
                decisions: decisions.expect("map `decisions` not present"),
                exit_dump: exit_dump.expect("map `exit_dump` not present"),
                data_shared: data_shared.expect("map `data_shared` not present"),
                data_shared_data: unsafe {
                    config
                        .map_mmap_ptr(12)
                        .expect("BPF map `data_shared` does not have mmap pointer")
                        .cast::<types::data_shared>()
                        .as_mut()
                },
                bss: bss.expect("map `bss` not present"),
                bss_data: unsafe {
                    config
                        .map_mmap_ptr(13)
                        .expect("BPF map `bss` does not have mmap pointer")
                        .cast::<types::bss>()
                        .as_mut()
                },
                data: data.expect("map `data` not present"),
                data_data: unsafe {
                    config
                        .map_mmap_ptr(14)
                        .expect("BPF map `data` does not have mmap pointer")
                        .cast::<types::data>()
                        .as_mut()
                },
                rodata: rodata.expect("map `rodata` not present"),
                rodata_data: unsafe {
                    config
                        .map_mmap_ptr(15)
                        .expect("BPF map `rodata` does not have mmap pointer")
                        .cast::<types::rodata>()
                        .as_mut()
                },
                data_domains: data_domains.expect("map `data_domains` not present"),
                data_domains_data: unsafe {
                    config
                        .map_mmap_ptr(16)
                        .expect("BPF map `data_domains` does not have mmap pointer")
                        .cast::<types::data_domains>()
                        .as_mut()
                },
                scxbridge: scxbridge.expect("map `scxbridge` not present"),
                _phantom: std::marker::PhantomData,
            };
            Ok(slf)
        }
    }
    pub struct ScxbridgeMaps<'obj> {
        pub runnable_notes: libbpf_rs::MapMut<'obj>,
        pub cpu_requests: libbpf_rs::MapMut<'obj>,
        pub task_ctxs: libbpf_rs::MapMut<'obj>,
        pub stats: libbpf_rs::MapMut<'obj>,
        pub cgroup_indexes: libbpf_rs::MapMut<'obj>,
        pub timers: libbpf_rs::MapMut<'obj>,
        pub priorities: libbpf_rs::MapMut<'obj>,
        pub process_priorities: libbpf_rs::MapMut<'obj>,
        pub queued: libbpf_rs::MapMut<'obj>,
        pub rings: libbpf_rs::MapMut<'obj>,
        pub decisions: libbpf_rs::MapMut<'obj>,
        pub exit_dump: libbpf_rs::MapMut<'obj>,
        pub data_shared: libbpf_rs::MapMut<'obj>,
        pub data_shared_data: Option<&'obj mut types::data_shared>,
        pub bss: libbpf_rs::MapMut<'obj>,
        pub bss_data: Option<&'obj mut types::bss>,
        pub data: libbpf_rs::MapMut<'obj>,
        pub data_data: Option<&'obj mut types::data>,
        pub rodata: libbpf_rs::MapMut<'obj>,
        pub rodata_data: Option<&'obj types::rodata>,
        pub data_domains: libbpf_rs::MapMut<'obj>,
        pub data_domains_data: Option<&'obj mut types::data_domains>,
        pub scxbridge: libbpf_rs::MapMut<'obj>,
        _phantom: std::marker::PhantomData<&'obj ()>,
    }
    impl<'obj> ScxbridgeMaps<'obj> {
        #[allow(unused_variables)]
        unsafe fn new(
            config: &libbpf_rs::__internal_skel::ObjectSkeletonConfig<'_>,
            object: &mut libbpf_rs::Object,
        ) -> libbpf_rs::Result<Self> {
            let mut runnable_notes = None;
            let mut cpu_requests = None;
            let mut task_ctxs = None;
            let mut stats = None;
            let mut cgroup_indexes = None;
            let mut timers = None;
            let mut priorities = None;
            let mut process_priorities = None;
            let mut queued = None;
            let mut rings = None;
            let mut decisions = None;
            let mut exit_dump = None;
            let mut data_shared = None;
            let mut bss = None;
            let mut data = None;
            let mut rodata = None;
            let mut data_domains = None;
            let mut scxbridge = None;
            let object = unsafe {
                std::mem::transmute::<&mut libbpf_rs::Object, &'obj mut libbpf_rs::Object>(object)
            };
            #[allow(clippy::never_loop)]
            for map in object.maps_mut() {
                let name = map.name().to_str().ok_or_else(|| {
                    libbpf_rs::Error::from(std::io::Error::new(
                        std::io::ErrorKind::InvalidData,
                        "map has invalid name",
                    ))
                })?;
                #[allow(clippy::match_single_binding)]
                match name {
                    "runnable_notes" => runnable_notes = Some(map),
                    "cpu_requests" => cpu_requests = Some(map),
                    "task_ctxs" => task_ctxs = Some(map),
                    "stats" => stats = Some(map),
                    "cgroup_indexes" => cgroup_indexes = Some(map),
                    "timers" => timers = Some(map),
                    "priorities" => priorities = Some(map),
                    "process_priorities" => process_priorities = Some(map),
                    "queued" => queued = Some(map),
                    "rings" => rings = Some(map),
                    "decisions" => decisions = Some(map),
                    "exit_dump" => exit_dump = Some(map),
                    ".data.shared" => data_shared = Some(map),
                    "scxbridg.bss" => bss = Some(map),
                    "scxbridg.data" => data = Some(map),
                    "scxbridg.rodata" => rodata = Some(map),
                    ".data.domains" => data_domains = Some(map),
                    "scxbridge" => scxbridge = Some(map),
                    _ => panic!("encountered unexpected map: `{name}`"),
                }
            }
            let slf = Self {
                runnable_notes: runnable_notes.expect("map `runnable_notes` not present"),
                cpu_requests: cpu_requests.expect("map `cpu_requests` not present"),
                task_ctxs: task_ctxs.expect("map `task_ctxs` not present"),
                stats: stats.expect("map `stats` not present"),
                cgroup_indexes: cgroup_indexes.expect("map `cgroup_indexes` not present"),
                timers: timers.expect("map `timers` not present"),
                priorities: priorities.expect("map `priorities` not present"),
                process_priorities: process_priorities
                    .expect("map `process_priorities` not present"),
                queued: queued.expect("map `queued` not present"),
                rings: rings.expect("map `rings` not present"),
                decisions: decisions.expect("map `decisions` not present"),
                exit_dump: exit_dump.expect("map `exit_dump` not present"),
                data_shared: data_shared.expect("map `data_shared` not present"),
                data_shared_data: unsafe {
                    config
                        .map_mmap_ptr(12)
                        .expect("BPF map `data_shared` does not have mmap pointer")
                        .cast::<types::data_shared>()
                        .as_mut()
                },
                bss: bss.expect("map `bss` not present"),
                bss_data: unsafe {
                    config
                        .map_mmap_ptr(13)
                        .expect("BPF map `bss` does not have mmap pointer")
                        .cast::<types::bss>()
                        .as_mut()
                },
                data: data.expect("map `data` not present"),
                data_data: unsafe {
                    config
                        .map_mmap_ptr(14)
                        .expect("BPF map `data` does not have mmap pointer")
                        .cast::<types::data>()
                        .as_mut()
                },
                rodata: rodata.expect("map `rodata` not present"),
                rodata_data: unsafe {
                    config
                        .map_mmap_ptr(15)
                        .expect("BPF map `rodata` does not have mmap pointer")
                        .cast::<types::rodata>()
                        .as_ref()
                },
                data_domains: data_domains.expect("map `data_domains` not present"),
                data_domains_data: unsafe {
                    config
                        .map_mmap_ptr(16)
                        .expect("BPF map `data_domains` does not have mmap pointer")
                        .cast::<types::data_domains>()
                        .as_mut()
                },
                scxbridge: scxbridge.expect("map `scxbridge` not present"),
                _phantom: std::marker::PhantomData,
            };
            Ok(slf)
        }
    }
    pub struct OpenScxbridgeProgs<'obj> {
        pub scxb_revoke: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_select_cpu: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_select_cpus: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_set_priority: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_preempt_cpu: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cgroup_read: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_observe: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_domains_changed: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_register: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_flush: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_select_cpu_op: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_enqueue: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_dispatch_op: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_running: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_stopping: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_disable: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_tick: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_set_weight: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_set_cpumask: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_init_task: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_exit_task: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cgroup_init: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cgroup_exit: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cgroup_move: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cgroup_set_weight: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cgroup_set_idle: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cgroup_set_bandwidth: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_dump: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_init: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cpu_acquire: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cpu_release: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cpu_online: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_cpu_offline: libbpf_rs::OpenProgramMut<'obj>,
        pub scxb_exit: libbpf_rs::OpenProgramMut<'obj>,
        _phantom: std::marker::PhantomData<&'obj ()>,
    }
    impl<'obj> OpenScxbridgeProgs<'obj> {
        unsafe fn new(object: &mut libbpf_rs::OpenObject) -> libbpf_rs::Result<Self> {
            let mut scxb_revoke = None;
            let mut scxb_select_cpu = None;
            let mut scxb_select_cpus = None;
            let mut scxb_set_priority = None;
            let mut scxb_preempt_cpu = None;
            let mut scxb_cgroup_read = None;
            let mut scxb_observe = None;
            let mut scxb_domains_changed = None;
            let mut scxb_register = None;
            let mut scxb_flush = None;
            let mut scxb_select_cpu_op = None;
            let mut scxb_enqueue = None;
            let mut scxb_dispatch_op = None;
            let mut scxb_running = None;
            let mut scxb_stopping = None;
            let mut scxb_disable = None;
            let mut scxb_tick = None;
            let mut scxb_set_weight = None;
            let mut scxb_set_cpumask = None;
            let mut scxb_init_task = None;
            let mut scxb_exit_task = None;
            let mut scxb_cgroup_init = None;
            let mut scxb_cgroup_exit = None;
            let mut scxb_cgroup_move = None;
            let mut scxb_cgroup_set_weight = None;
            let mut scxb_cgroup_set_idle = None;
            let mut scxb_cgroup_set_bandwidth = None;
            let mut scxb_dump = None;
            let mut scxb_init = None;
            let mut scxb_cpu_acquire = None;
            let mut scxb_cpu_release = None;
            let mut scxb_cpu_online = None;
            let mut scxb_cpu_offline = None;
            let mut scxb_exit = None;
            let object = unsafe {
                std::mem::transmute::<&mut libbpf_rs::OpenObject, &'obj mut libbpf_rs::OpenObject>(
                    object,
                )
            };
            for prog in object.progs_mut() {
                let name = prog.name().to_str().ok_or_else(|| {
                    libbpf_rs::Error::from(std::io::Error::new(
                        std::io::ErrorKind::InvalidData,
                        "prog has invalid name",
                    ))
                })?;
                match name {
                    "scxb_revoke" => scxb_revoke = Some(prog),
                    "scxb_select_cpu" => scxb_select_cpu = Some(prog),
                    "scxb_select_cpus" => scxb_select_cpus = Some(prog),
                    "scxb_set_priority" => scxb_set_priority = Some(prog),
                    "scxb_preempt_cpu" => scxb_preempt_cpu = Some(prog),
                    "scxb_cgroup_read" => scxb_cgroup_read = Some(prog),
                    "scxb_observe" => scxb_observe = Some(prog),
                    "scxb_domains_changed" => scxb_domains_changed = Some(prog),
                    "scxb_register" => scxb_register = Some(prog),
                    "scxb_flush" => scxb_flush = Some(prog),
                    "scxb_select_cpu_op" => scxb_select_cpu_op = Some(prog),
                    "scxb_enqueue" => scxb_enqueue = Some(prog),
                    "scxb_dispatch_op" => scxb_dispatch_op = Some(prog),
                    "scxb_running" => scxb_running = Some(prog),
                    "scxb_stopping" => scxb_stopping = Some(prog),
                    "scxb_disable" => scxb_disable = Some(prog),
                    "scxb_tick" => scxb_tick = Some(prog),
                    "scxb_set_weight" => scxb_set_weight = Some(prog),
                    "scxb_set_cpumask" => scxb_set_cpumask = Some(prog),
                    "scxb_init_task" => scxb_init_task = Some(prog),
                    "scxb_exit_task" => scxb_exit_task = Some(prog),
                    "scxb_cgroup_init" => scxb_cgroup_init = Some(prog),
                    "scxb_cgroup_exit" => scxb_cgroup_exit = Some(prog),
                    "scxb_cgroup_move" => scxb_cgroup_move = Some(prog),
                    "scxb_cgroup_set_weight" => scxb_cgroup_set_weight = Some(prog),
                    "scxb_cgroup_set_idle" => scxb_cgroup_set_idle = Some(prog),
                    "scxb_cgroup_set_bandwidth" => scxb_cgroup_set_bandwidth = Some(prog),
                    "scxb_dump" => scxb_dump = Some(prog),
                    "scxb_init" => scxb_init = Some(prog),
                    "scxb_cpu_acquire" => scxb_cpu_acquire = Some(prog),
                    "scxb_cpu_release" => scxb_cpu_release = Some(prog),
                    "scxb_cpu_online" => scxb_cpu_online = Some(prog),
                    "scxb_cpu_offline" => scxb_cpu_offline = Some(prog),
                    "scxb_exit" => scxb_exit = Some(prog),
                    _ => panic!("encountered unexpected prog: `{name}`"),
                }
            }
            let slf = Self {
                scxb_revoke: scxb_revoke.expect("prog `scxb_revoke` not present"),
                scxb_select_cpu: scxb_select_cpu.expect("prog `scxb_select_cpu` not present"),
                scxb_select_cpus: scxb_select_cpus.expect("prog `scxb_select_cpus` not present"),
                scxb_set_priority: scxb_set_priority.expect("prog `scxb_set_priority` not present"),
                scxb_preempt_cpu: scxb_preempt_cpu.expect("prog `scxb_preempt_cpu` not present"),
                scxb_cgroup_read: scxb_cgroup_read.expect("prog `scxb_cgroup_read` not present"),
                scxb_observe: scxb_observe.expect("prog `scxb_observe` not present"),
                scxb_domains_changed: scxb_domains_changed
                    .expect("prog `scxb_domains_changed` not present"),
                scxb_register: scxb_register.expect("prog `scxb_register` not present"),
                scxb_flush: scxb_flush.expect("prog `scxb_flush` not present"),
                scxb_select_cpu_op: scxb_select_cpu_op
                    .expect("prog `scxb_select_cpu_op` not present"),
                scxb_enqueue: scxb_enqueue.expect("prog `scxb_enqueue` not present"),
                scxb_dispatch_op: scxb_dispatch_op.expect("prog `scxb_dispatch_op` not present"),
                scxb_running: scxb_running.expect("prog `scxb_running` not present"),
                scxb_stopping: scxb_stopping.expect("prog `scxb_stopping` not present"),
                scxb_disable: scxb_disable.expect("prog `scxb_disable` not present"),
                scxb_tick: scxb_tick.expect("prog `scxb_tick` not present"),
                scxb_set_weight: scxb_set_weight.expect("prog `scxb_set_weight` not present"),
                scxb_set_cpumask: scxb_set_cpumask.expect("prog `scxb_set_cpumask` not present"),
                scxb_init_task: scxb_init_task.expect("prog `scxb_init_task` not present"),
                scxb_exit_task: scxb_exit_task.expect("prog `scxb_exit_task` not present"),
                scxb_cgroup_init: scxb_cgroup_init.expect("prog `scxb_cgroup_init` not present"),
                scxb_cgroup_exit: scxb_cgroup_exit.expect("prog `scxb_cgroup_exit` not present"),
                scxb_cgroup_move: scxb_cgroup_move.expect("prog `scxb_cgroup_move` not present"),
                scxb_cgroup_set_weight: scxb_cgroup_set_weight
                    .expect("prog `scxb_cgroup_set_weight` not present"),
                scxb_cgroup_set_idle: scxb_cgroup_set_idle
                    .expect("prog `scxb_cgroup_set_idle` not present"),
                scxb_cgroup_set_bandwidth: scxb_cgroup_set_bandwidth
                    .expect("prog `scxb_cgroup_set_bandwidth` not present"),
                scxb_dump: scxb_dump.expect("prog `scxb_dump` not present"),
                scxb_init: scxb_init.expect("prog `scxb_init` not present"),
                scxb_cpu_acquire: scxb_cpu_acquire.expect("prog `scxb_cpu_acquire` not present"),
                scxb_cpu_release: scxb_cpu_release.expect("prog `scxb_cpu_release` not present"),
                scxb_cpu_online: scxb_cpu_online.expect("prog `scxb_cpu_online` not present"),
                scxb_cpu_offline: scxb_cpu_offline.expect("prog `scxb_cpu_offline` not present"),
                scxb_exit: scxb_exit.expect("prog `scxb_exit` not present"),
                _phantom: std::marker::PhantomData,
            };
            Ok(slf)
        }
    }
    pub struct ScxbridgeProgs<'obj> {
        pub scxb_revoke: libbpf_rs::ProgramMut<'obj>,
        pub scxb_select_cpu: libbpf_rs::ProgramMut<'obj>,
        pub scxb_select_cpus: libbpf_rs::ProgramMut<'obj>,
        pub scxb_set_priority: libbpf_rs::ProgramMut<'obj>,
        pub scxb_preempt_cpu: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cgroup_read: libbpf_rs::ProgramMut<'obj>,
        pub scxb_observe: libbpf_rs::ProgramMut<'obj>,
        pub scxb_domains_changed: libbpf_rs::ProgramMut<'obj>,
        pub scxb_register: libbpf_rs::ProgramMut<'obj>,
        pub scxb_flush: libbpf_rs::ProgramMut<'obj>,
        pub scxb_select_cpu_op: libbpf_rs::ProgramMut<'obj>,
        pub scxb_enqueue: libbpf_rs::ProgramMut<'obj>,
        pub scxb_dispatch_op: libbpf_rs::ProgramMut<'obj>,
        pub scxb_running: libbpf_rs::ProgramMut<'obj>,
        pub scxb_stopping: libbpf_rs::ProgramMut<'obj>,
        pub scxb_disable: libbpf_rs::ProgramMut<'obj>,
        pub scxb_tick: libbpf_rs::ProgramMut<'obj>,
        pub scxb_set_weight: libbpf_rs::ProgramMut<'obj>,
        pub scxb_set_cpumask: libbpf_rs::ProgramMut<'obj>,
        pub scxb_init_task: libbpf_rs::ProgramMut<'obj>,
        pub scxb_exit_task: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cgroup_init: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cgroup_exit: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cgroup_move: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cgroup_set_weight: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cgroup_set_idle: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cgroup_set_bandwidth: libbpf_rs::ProgramMut<'obj>,
        pub scxb_dump: libbpf_rs::ProgramMut<'obj>,
        pub scxb_init: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cpu_acquire: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cpu_release: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cpu_online: libbpf_rs::ProgramMut<'obj>,
        pub scxb_cpu_offline: libbpf_rs::ProgramMut<'obj>,
        pub scxb_exit: libbpf_rs::ProgramMut<'obj>,
        _phantom: std::marker::PhantomData<&'obj ()>,
    }
    impl<'obj> ScxbridgeProgs<'obj> {
        #[allow(unused_variables)]
        fn new(open_progs: OpenScxbridgeProgs<'obj>) -> Self {
            Self {
                scxb_revoke: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_revoke.as_libbpf_object().as_mut(),
                    )
                },
                scxb_select_cpu: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_select_cpu.as_libbpf_object().as_mut(),
                    )
                },
                scxb_select_cpus: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_select_cpus.as_libbpf_object().as_mut(),
                    )
                },
                scxb_set_priority: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_set_priority.as_libbpf_object().as_mut(),
                    )
                },
                scxb_preempt_cpu: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_preempt_cpu.as_libbpf_object().as_mut(),
                    )
                },
                scxb_cgroup_read: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_cgroup_read.as_libbpf_object().as_mut(),
                    )
                },
                scxb_observe: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_observe.as_libbpf_object().as_mut(),
                    )
                },
                scxb_domains_changed: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_domains_changed.as_libbpf_object().as_mut(),
                    )
                },
                scxb_register: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_register.as_libbpf_object().as_mut(),
                    )
                },
                scxb_flush: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_flush.as_libbpf_object().as_mut(),
                    )
                },
                scxb_select_cpu_op: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_select_cpu_op.as_libbpf_object().as_mut(),
                    )
                },
                scxb_enqueue: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_enqueue.as_libbpf_object().as_mut(),
                    )
                },
                scxb_dispatch_op: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_dispatch_op.as_libbpf_object().as_mut(),
                    )
                },
                scxb_running: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_running.as_libbpf_object().as_mut(),
                    )
                },
                scxb_stopping: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_stopping.as_libbpf_object().as_mut(),
                    )
                },
                scxb_disable: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_disable.as_libbpf_object().as_mut(),
                    )
                },
                scxb_tick: unsafe {
                    libbpf_rs::ProgramMut::new_mut(open_progs.scxb_tick.as_libbpf_object().as_mut())
                },
                scxb_set_weight: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_set_weight.as_libbpf_object().as_mut(),
                    )
                },
                scxb_set_cpumask: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_set_cpumask.as_libbpf_object().as_mut(),
                    )
                },
                scxb_init_task: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_init_task.as_libbpf_object().as_mut(),
                    )
                },
                scxb_exit_task: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_exit_task.as_libbpf_object().as_mut(),
                    )
                },
                scxb_cgroup_init: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_cgroup_init.as_libbpf_object().as_mut(),
                    )
                },
                scxb_cgroup_exit: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_cgroup_exit.as_libbpf_object().as_mut(),
                    )
                },
                scxb_cgroup_move: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_cgroup_move.as_libbpf_object().as_mut(),
                    )
                },
                scxb_cgroup_set_weight: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs
                            .scxb_cgroup_set_weight
                            .as_libbpf_object()
                            .as_mut(),
                    )
                },
                scxb_cgroup_set_idle: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_cgroup_set_idle.as_libbpf_object().as_mut(),
                    )
                },
                scxb_cgroup_set_bandwidth: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs
                            .scxb_cgroup_set_bandwidth
                            .as_libbpf_object()
                            .as_mut(),
                    )
                },
                scxb_dump: unsafe {
                    libbpf_rs::ProgramMut::new_mut(open_progs.scxb_dump.as_libbpf_object().as_mut())
                },
                scxb_init: unsafe {
                    libbpf_rs::ProgramMut::new_mut(open_progs.scxb_init.as_libbpf_object().as_mut())
                },
                scxb_cpu_acquire: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_cpu_acquire.as_libbpf_object().as_mut(),
                    )
                },
                scxb_cpu_release: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_cpu_release.as_libbpf_object().as_mut(),
                    )
                },
                scxb_cpu_online: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_cpu_online.as_libbpf_object().as_mut(),
                    )
                },
                scxb_cpu_offline: unsafe {
                    libbpf_rs::ProgramMut::new_mut(
                        open_progs.scxb_cpu_offline.as_libbpf_object().as_mut(),
                    )
                },
                scxb_exit: unsafe {
                    libbpf_rs::ProgramMut::new_mut(open_progs.scxb_exit.as_libbpf_object().as_mut())
                },
                _phantom: std::marker::PhantomData,
            }
        }
    }
    struct OwnedRef<'obj, O> {
        object: Option<&'obj mut std::mem::MaybeUninit<O>>,
    }
    impl<'obj, O> OwnedRef<'obj, O> {
        #[doc = " # Safety"]
        #[doc = " The object has to be initialized."]
        unsafe fn new(object: &'obj mut std::mem::MaybeUninit<O>) -> Self {
            Self {
                object: Some(object),
            }
        }
        fn as_ref(&self) -> &O {
            unsafe { self.object.as_ref().unwrap().assume_init_ref() }
        }
        fn as_mut(&mut self) -> &mut O {
            unsafe { self.object.as_mut().unwrap().assume_init_mut() }
        }
        fn take(mut self) -> &'obj mut std::mem::MaybeUninit<O> {
            self.object.take().unwrap()
        }
    }
    impl<O> Drop for OwnedRef<'_, O> {
        fn drop(&mut self) {
            if let Some(object) = &mut self.object {
                unsafe { object.assume_init_drop() }
            }
        }
    }
    #[derive(Default)]
    pub struct ScxbridgeSkelBuilder {
        pub obj_builder: libbpf_rs::ObjectBuilder,
    }
    impl<'obj> ScxbridgeSkelBuilder {
        fn open_opts_impl(
            self,
            open_opts: *const libbpf_sys::bpf_object_open_opts,
            object: &'obj mut std::mem::MaybeUninit<libbpf_rs::OpenObject>,
        ) -> libbpf_rs::Result<OpenScxbridgeSkel<'obj>> {
            let skel_config = build_skel_config()?;
            let skel_ptr = skel_config.as_libbpf_object();
            let ret =
                unsafe { libbpf_sys::bpf_object__open_skeleton(skel_ptr.as_ptr(), open_opts) };
            if ret != 0 {
                return Err(libbpf_rs::Error::from_raw_os_error(-ret));
            }
            let obj_ptr = unsafe { *skel_ptr.as_ref().obj };
            let obj_ptr = std::ptr::NonNull::new(obj_ptr).unwrap();
            let obj = unsafe { libbpf_rs::OpenObject::from_ptr(obj_ptr) };
            let _obj = object.write(obj);
            let mut obj_ref = unsafe { OwnedRef::new(object) };
            #[allow(unused_mut)]
            let mut skel = OpenScxbridgeSkel {
                maps: unsafe { OpenScxbridgeMaps::new(&skel_config, obj_ref.as_mut())? },
                progs: unsafe { OpenScxbridgeProgs::new(obj_ref.as_mut())? },
                obj: obj_ref,
                struct_ops: unsafe { std::mem::zeroed() },
                skel_config,
            };
            skel.struct_ops.scxbridge = skel
                .maps
                .scxbridge
                .initial_value_mut()
                .unwrap()
                .as_mut_ptr()
                .cast();
            Ok(skel)
        }
    }
    impl<'obj> SkelBuilder<'obj> for ScxbridgeSkelBuilder {
        type Output = OpenScxbridgeSkel<'obj>;
        fn open(
            self,
            object: &'obj mut std::mem::MaybeUninit<libbpf_rs::OpenObject>,
        ) -> libbpf_rs::Result<OpenScxbridgeSkel<'obj>> {
            let opts = if self.obj_builder.ne(&ObjectBuilder::default()) {
                self.obj_builder.as_libbpf_object().as_ptr().cast_const()
            } else {
                std::ptr::null()
            };
            self.open_opts_impl(opts, object)
        }
        fn open_opts(
            self,
            open_opts: libbpf_sys::bpf_object_open_opts,
            object: &'obj mut std::mem::MaybeUninit<libbpf_rs::OpenObject>,
        ) -> libbpf_rs::Result<OpenScxbridgeSkel<'obj>> {
            self.open_opts_impl(&open_opts, object)
        }
        fn object_builder(&self) -> &libbpf_rs::ObjectBuilder {
            &self.obj_builder
        }
        fn object_builder_mut(&mut self) -> &mut libbpf_rs::ObjectBuilder {
            &mut self.obj_builder
        }
    }
    #[derive(Debug, Clone)]
    #[repr(C)]
    pub struct StructOps {
        pub scxbridge: *mut types::sched_ext_ops,
    }
    impl StructOps {
        pub fn scxbridge(&self) -> &types::sched_ext_ops {
            unsafe { self.scxbridge.as_ref() }.unwrap()
        }
        pub fn scxbridge_mut(&mut self) -> &mut types::sched_ext_ops {
            unsafe { self.scxbridge.as_mut() }.unwrap()
        }
    }
    pub mod types {
        #[allow(unused_imports)]
        use super::*;
        #[derive(Debug, Copy, Clone)]
        #[repr(C)]
        pub struct bss {}
        #[derive(Debug, Copy, Clone)]
        #[repr(C)]
        pub struct data {}
        #[derive(Debug, Copy, Clone)]
        #[repr(C)]
        pub struct data_domains {
            pub own_domains: own_domains,
        }
        #[derive(Debug, Copy, Clone)]
        #[repr(C)]
        pub struct data_shared {
            pub shared: scxb_shared,
        }
        #[derive(Debug, Copy, Clone)]
        #[repr(C)]
        pub struct domain_table {
            pub domains: u32,
            pub some_closed: u32,
            pub begins: [u16; 256],
            pub cpus: [u16; 2048],
            pub of_cpu: [u8; 2048],
            pub node_begins: [u8; 128],
            pub node_ends: [u8; 128],
            pub by_number: [u8; 128],
            pub closed: [u8; 128],
        }
        impl Default for domain_table {
            fn default() -> Self {
                Self {
                    domains: u32::default(),
                    some_closed: u32::default(),
                    begins: [u16::default(); 256],
                    cpus: [u16::default(); 2048],
                    of_cpu: [u8::default(); 2048],
                    node_begins: [u8::default(); 128],
                    node_ends: [u8::default(); 128],
                    by_number: [u8::default(); 128],
                    closed: [u8::default(); 128],
                }
            }
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct own_domains {
            pub tables: [domain_table; 2],
            pub in_use: u32,
        }
        #[derive(Debug, Copy, Clone)]
        #[repr(C)]
        pub struct rodata {
            pub parks_max: u8,
            pub parks_split_cpus: u8,
            pub park_cpus_min: u8,
            __pad_3: [u8; 5],
            pub opt_grace_ns: u64,
            pub opt_parks: u32,
            __pad_20: [u8; 4],
            pub opt_starved_ns: u64,
            pub options_set: bool,
            __pad_33: [u8; 7],
            pub opt_slice_ns: u64,
            pub opt_slice_max_ns: u64,
            pub opt_exit_dump_len: u32,
            __pad_60: [u8; 4],
            pub opt_window_ns: u64,
            pub opt_builtin_idle: bool,
            pub opt_partial: bool,
            pub opt_direct_bound: bool,
            pub opt_direct_sync: bool,
            pub opt_kernel_mode: bool,
            pub opt_ignore_cgroup_limits: bool,
            pub opt_ignore_cgroup_weights: bool,
            pub opt_own_domains: bool,
            pub opt_ends: bool,
            __pad_81: [u8; 7],
            pub wire_layout: wire_layout,
            pub opt_domains: domain_table,
            pub opt_one_domain: bool,
            pub opt_park_of_cpu: [u8; 2048],
            pub opt_rings: u32,
            pub opt_ring_of_park: [u8; 8],
            pub opt_poll_cgroup_limits: bool,
        }
        #[derive(Debug, Copy, Clone)]
        #[repr(C)]
        pub struct sched_ext_ops {
            pub select_cpu: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub enqueue: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub dispatch: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub running: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub stopping: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub disable: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub tick: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub set_weight: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub set_cpumask: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub init_task: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub exit_task: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub cgroup_init: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub cgroup_exit: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub cgroup_move: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub cgroup_set_weight: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub cgroup_set_idle: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub cgroup_set_bandwidth: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub cpu_acquire: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub cpu_release: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub cpu_online: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub cpu_offline: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub dump: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub init: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub exit: *mut libbpf_rs::libbpf_sys::bpf_program,
            pub flags: u64,
            pub timeout_ms: u32,
            pub exit_dump_len: u32,
            pub hotplug_seq: u64,
            pub name: [i8; 128],
        }
        impl Default for sched_ext_ops {
            fn default() -> Self {
                Self {
                    select_cpu: std::ptr::null_mut(),
                    enqueue: std::ptr::null_mut(),
                    dispatch: std::ptr::null_mut(),
                    running: std::ptr::null_mut(),
                    stopping: std::ptr::null_mut(),
                    disable: std::ptr::null_mut(),
                    tick: std::ptr::null_mut(),
                    set_weight: std::ptr::null_mut(),
                    set_cpumask: std::ptr::null_mut(),
                    init_task: std::ptr::null_mut(),
                    exit_task: std::ptr::null_mut(),
                    cgroup_init: std::ptr::null_mut(),
                    cgroup_exit: std::ptr::null_mut(),
                    cgroup_move: std::ptr::null_mut(),
                    cgroup_set_weight: std::ptr::null_mut(),
                    cgroup_set_idle: std::ptr::null_mut(),
                    cgroup_set_bandwidth: std::ptr::null_mut(),
                    cpu_acquire: std::ptr::null_mut(),
                    cpu_release: std::ptr::null_mut(),
                    cpu_online: std::ptr::null_mut(),
                    cpu_offline: std::ptr::null_mut(),
                    dump: std::ptr::null_mut(),
                    init: std::ptr::null_mut(),
                    exit: std::ptr::null_mut(),
                    flags: u64::default(),
                    timeout_ms: u32::default(),
                    exit_dump_len: u32::default(),
                    hotplug_seq: u64::default(),
                    name: [i8::default(); 128],
                }
            }
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_agent {
            pub mm: u64,
            pub tgid: u32,
            pub round_pid: u32,
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_batch {
            pub count: u32,
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_cgroup_info {
            pub size: u32,
            pub throttled_now: u32,
            pub id: u64,
            pub quota_ns: u64,
            pub period_ns: u64,
            pub burst_ns: u64,
            pub throttled: u64,
            pub throttled_ns: u64,
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_control {
            pub decisions: u64,
            pub received: u64,
            pub heartbeat_ns: u64,
            pub pad0: [u64; 5],
            pub waiting: u64,
            pub pad1: [u64; 7],
            pub drained: u64,
            pub pad2: [u64; 7],
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_cpu_request {
            pub pid: i32,
            pub prev_cpu: i32,
            pub cpu: i32,
            pub flags: u32,
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_decision {
            pub pid: i32,
            pub cpu: i32,
            pub slice_ns: u64,
            pub vtime: u64,
            pub flags: u64,
            pub seq: u64,
            pub lease_ns: u64,
            pub lease_count: u32,
            pub reserved: u32,
        }
        #[derive(Debug, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_exit {
            pub code: i64,
            pub kind: i32,
            pub dump_len: u32,
            pub reason: [i8; 128],
            pub message: [i8; 1024],
        }
        impl Default for scxb_exit {
            fn default() -> Self {
                Self {
                    code: i64::default(),
                    kind: i32::default(),
                    dump_len: u32::default(),
                    reason: [i8::default(); 128],
                    message: [i8::default(); 1024],
                }
            }
        }
        #[derive(Debug, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_layout {
            pub magic: u32,
            pub version: u32,
            pub rings: u32,
            pub ring_bytes: u32,
            pub decisions_bytes: u32,
            pub exit_dump_bytes: u32,
            pub stats_bytes: u32,
            pub kernel_mode: u32,
            pub own_domains: u32,
            pub name: [i8; 128],
        }
        impl Default for scxb_layout {
            fn default() -> Self {
                Self {
                    magic: u32::default(),
                    version: u32::default(),
                    rings: u32::default(),
                    ring_bytes: u32::default(),
                    decisions_bytes: u32::default(),
                    exit_dump_bytes: u32::default(),
                    stats_bytes: u32::default(),
                    kernel_mode: u32::default(),
                    own_domains: u32::default(),
                    name: [i8::default(); 128],
                }
            }
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_lessee {
            pub pid: i32,
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_priority {
            pub slice_ns: u64,
            pub start_ns: u64,
            pub level: u32,
            pub reserved: u32,
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_priority_request {
            pub slice_ns: u64,
            pub pid: i32,
            pub level: u32,
            pub process: u32,
            pub removed: u32,
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_queues {
            pub parked: i32,
            pub shared: i32,
            pub local: i32,
            pub system: i32,
            pub throttled: i32,
        }
        #[derive(Debug, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_shared {
            pub layout: scxb_layout,
            pub __pad_164: [u8; 28],
            pub agent: scxb_agent,
            pub __pad_208: [u8; 48],
            pub control: scxb_control,
            pub exit: scxb_exit,
            pub __pad_1616: [u8; 48],
        }
        impl Default for scxb_shared {
            fn default() -> Self {
                Self {
                    layout: scxb_layout::default(),
                    __pad_164: [u8::default(); 28],
                    agent: scxb_agent::default(),
                    __pad_208: [u8::default(); 48],
                    control: scxb_control::default(),
                    exit: scxb_exit::default(),
                    __pad_1616: [u8::default(); 48],
                }
            }
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_stats {
            pub size: u32,
            pub nr_cpus: u32,
            pub in_flight: u64,
            pub throttled_now: u64,
            pub shared_waiting: u64,
            pub local_waiting: u64,
            pub heartbeat_age_ns: u64,
            pub received: u64,
            pub decisions: u64,
            pub queued: u64,
            pub congested: u64,
            pub dispatched: u64,
            pub rescued: u64,
            pub gone: u64,
            pub stale: u64,
            pub refused: u64,
            pub bounced: u64,
            pub idle_direct: u64,
            pub agent_direct: u64,
            pub kthread_direct: u64,
            pub kernel_direct: u64,
            pub kicks: u64,
            pub preempts: u64,
            pub flushes: u64,
            pub drains: u64,
            pub move_retries: u64,
            pub agent_wakeups: u64,
            pub late_episodes: u64,
            pub starved: u64,
            pub leases_granted: u64,
            pub lease_uses: u64,
            pub revoked: u64,
            pub bound_direct: u64,
            pub sync_direct: u64,
            pub wakeups_deferred: u64,
            pub resumed: u64,
            pub sync_spared: u64,
            pub throttled: u64,
            pub unthrottled: u64,
            pub touched: u64,
            pub throttled_left: u64,
            pub throttle_cuts: u64,
            pub cgroups_untracked: u64,
            pub stolen: u64,
            pub left_crowded: u64,
            pub ends_told: u64,
            pub ends_lost: u64,
            pub agent_moved: u64,
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct scxb_task {
            pub pid: i32,
            pub tgid: i32,
            pub cpu: i32,
            pub nr_cpus_allowed: u32,
            pub ready_ts: u64,
            pub start_ts: u64,
            pub stop_ts: u64,
            pub exec_runtime: u64,
            pub weight: u64,
            pub vtime: u64,
            pub cgroup_id: u64,
            pub seq: u64,
            pub run_ns: u64,
            pub weighted_ns: u64,
            pub leased: u32,
            pub own_weight: u16,
            pub flags: u16,
            pub comm: [u8; 16],
        }
        #[derive(Debug, Default, Copy, Clone)]
        #[repr(C)]
        pub struct wire_layout {
            pub task: scxb_task,
            pub decision: scxb_decision,
        }
    }
    pub struct OpenScxbridgeSkel<'obj> {
        obj: OwnedRef<'obj, libbpf_rs::OpenObject>,
        pub maps: OpenScxbridgeMaps<'obj>,
        pub progs: OpenScxbridgeProgs<'obj>,
        pub struct_ops: StructOps,
        skel_config: libbpf_rs::__internal_skel::ObjectSkeletonConfig<'obj>,
    }
    impl<'obj> OpenSkel<'obj> for OpenScxbridgeSkel<'obj> {
        type Output = ScxbridgeSkel<'obj>;
        fn load(self) -> libbpf_rs::Result<ScxbridgeSkel<'obj>> {
            let skel_ptr = self.skel_config.as_libbpf_object().as_ptr();
            let ret = unsafe { libbpf_sys::bpf_object__load_skeleton(skel_ptr) };
            if ret != 0 {
                return Err(libbpf_rs::Error::from_raw_os_error(-ret));
            }
            let obj_ref = self.obj.take();
            let open_obj = std::mem::replace(obj_ref, std::mem::MaybeUninit::uninit());
            let obj_ptr = unsafe { open_obj.assume_init().take_ptr() };
            let obj = unsafe { libbpf_rs::Object::from_ptr(obj_ptr) };
            let obj_ref = unsafe {
                std::mem::transmute::<
                    &'obj mut std::mem::MaybeUninit<libbpf_rs::OpenObject>,
                    &'obj mut std::mem::MaybeUninit<libbpf_rs::Object>,
                >(obj_ref)
            };
            let _obj = obj_ref.write(obj);
            let mut obj_ref = unsafe { OwnedRef::new(obj_ref) };
            Ok(ScxbridgeSkel {
                maps: unsafe { ScxbridgeMaps::new(&self.skel_config, obj_ref.as_mut())? },
                progs: ScxbridgeProgs::new(self.progs),
                obj: obj_ref,
                struct_ops: self.struct_ops,
                skel_config: self.skel_config,
                links: ScxbridgeLinks::default(),
            })
        }
        fn open_object(&self) -> &libbpf_rs::OpenObject {
            self.obj.as_ref()
        }
        fn open_object_mut(&mut self) -> &mut libbpf_rs::OpenObject {
            self.obj.as_mut()
        }
    }
    #[derive(Default)]
    pub struct ScxbridgeLinks {
        pub scxb_revoke: Option<libbpf_rs::Link>,
        pub scxb_select_cpu: Option<libbpf_rs::Link>,
        pub scxb_select_cpus: Option<libbpf_rs::Link>,
        pub scxb_set_priority: Option<libbpf_rs::Link>,
        pub scxb_preempt_cpu: Option<libbpf_rs::Link>,
        pub scxb_cgroup_read: Option<libbpf_rs::Link>,
        pub scxb_observe: Option<libbpf_rs::Link>,
        pub scxb_domains_changed: Option<libbpf_rs::Link>,
        pub scxb_register: Option<libbpf_rs::Link>,
        pub scxb_flush: Option<libbpf_rs::Link>,
        pub scxb_select_cpu_op: Option<libbpf_rs::Link>,
        pub scxb_enqueue: Option<libbpf_rs::Link>,
        pub scxb_dispatch_op: Option<libbpf_rs::Link>,
        pub scxb_running: Option<libbpf_rs::Link>,
        pub scxb_stopping: Option<libbpf_rs::Link>,
        pub scxb_disable: Option<libbpf_rs::Link>,
        pub scxb_tick: Option<libbpf_rs::Link>,
        pub scxb_set_weight: Option<libbpf_rs::Link>,
        pub scxb_set_cpumask: Option<libbpf_rs::Link>,
        pub scxb_init_task: Option<libbpf_rs::Link>,
        pub scxb_exit_task: Option<libbpf_rs::Link>,
        pub scxb_cgroup_init: Option<libbpf_rs::Link>,
        pub scxb_cgroup_exit: Option<libbpf_rs::Link>,
        pub scxb_cgroup_move: Option<libbpf_rs::Link>,
        pub scxb_cgroup_set_weight: Option<libbpf_rs::Link>,
        pub scxb_cgroup_set_idle: Option<libbpf_rs::Link>,
        pub scxb_cgroup_set_bandwidth: Option<libbpf_rs::Link>,
        pub scxb_dump: Option<libbpf_rs::Link>,
        pub scxb_init: Option<libbpf_rs::Link>,
        pub scxb_cpu_acquire: Option<libbpf_rs::Link>,
        pub scxb_cpu_release: Option<libbpf_rs::Link>,
        pub scxb_cpu_online: Option<libbpf_rs::Link>,
        pub scxb_cpu_offline: Option<libbpf_rs::Link>,
        pub scxb_exit: Option<libbpf_rs::Link>,
    }
    pub struct ScxbridgeSkel<'obj> {
        obj: OwnedRef<'obj, libbpf_rs::Object>,
        pub maps: ScxbridgeMaps<'obj>,
        pub progs: ScxbridgeProgs<'obj>,
        struct_ops: StructOps,
        skel_config: libbpf_rs::__internal_skel::ObjectSkeletonConfig<'obj>,
        pub links: ScxbridgeLinks,
    }
    unsafe impl Send for ScxbridgeSkel<'_> {}
    unsafe impl Sync for ScxbridgeSkel<'_> {}
    impl<'obj> Skel<'obj> for ScxbridgeSkel<'obj> {
        fn object(&self) -> &libbpf_rs::Object {
            self.obj.as_ref()
        }
        fn object_mut(&mut self) -> &mut libbpf_rs::Object {
            self.obj.as_mut()
        }
        fn attach(&mut self) -> libbpf_rs::Result<()> {
            let skel_ptr = self.skel_config.as_libbpf_object().as_ptr();
            let ret = unsafe { libbpf_sys::bpf_object__attach_skeleton(skel_ptr) };
            if ret != 0 {
                return Err(libbpf_rs::Error::from_raw_os_error(-ret));
            }
            self.links = ScxbridgeLinks {
                scxb_revoke: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(0)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_select_cpu: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(1)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_select_cpus: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(2)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_set_priority: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(3)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_preempt_cpu: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(4)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cgroup_read: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(5)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_observe: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(6)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_domains_changed: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(7)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_register: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(8)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_flush: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(9)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_select_cpu_op: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(10)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_enqueue: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(11)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_dispatch_op: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(12)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_running: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(13)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_stopping: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(14)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_disable: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(15)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_tick: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(16)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_set_weight: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(17)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_set_cpumask: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(18)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_init_task: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(19)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_exit_task: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(20)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cgroup_init: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(21)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cgroup_exit: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(22)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cgroup_move: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(23)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cgroup_set_weight: core::ptr::NonNull::new(
                    self.skel_config.prog_link_ptr(24)?,
                )
                .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cgroup_set_idle: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(25)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cgroup_set_bandwidth: core::ptr::NonNull::new(
                    self.skel_config.prog_link_ptr(26)?,
                )
                .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_dump: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(27)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_init: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(28)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cpu_acquire: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(29)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cpu_release: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(30)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cpu_online: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(31)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_cpu_offline: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(32)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
                scxb_exit: core::ptr::NonNull::new(self.skel_config.prog_link_ptr(33)?)
                    .map(|ptr| unsafe { libbpf_rs::Link::from_ptr(ptr) }),
            };
            Ok(())
        }
    }
    impl ScxbridgeSkel<'_> {
        pub fn struct_ops_raw(&self) -> *const StructOps {
            &self.struct_ops
        }
        pub fn struct_ops(&self) -> &StructOps {
            &self.struct_ops
        }
    }
    #[unsafe(link_section = ".bpf.objs")]
    static DATA: [u8; include_bytes!(concat!(env!("OUT_DIR"), "/scxbridge.bpf.o")).len()] =
        *include_bytes!(concat!(env!("OUT_DIR"), "/scxbridge.bpf.o"));
}

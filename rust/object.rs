//! The BPF object of the kernel side: opened and configured, then loaded, then attached.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::ptr::NonNull;

use libbpf_rs::skel::{OpenSkel, SkelBuilder};
use libbpf_rs::{OpenMapMut, OpenObject};

use crate::handles::{handles_of, programs_of, Handles};
use crate::libbpf_log::Capture;
use crate::rings::Rings;
use crate::skeleton::{types, OpenScxbridgeSkel, ScxbridgeSkel, ScxbridgeSkelBuilder};
use crate::{
    cgroup_limits, cpus, diagnose, kernel_btf, kfuncs, system, topology, verifier, Error,
    ErrorKind, Options, Result,
};

include!("options_to_kernel.rs");

/// Bits of `sched_ext_ops.flags`.
const SCX_OPS_ENQ_LAST: u64 = 1 << 1;
const SCX_OPS_HAS_CGROUP_WEIGHT: u64 = 1 << 16;
const SCX_OPS_SWITCH_PARTIAL: u64 = 1 << 3;

/// Checks that this object can be loaded here, by this process.
pub(crate) fn check() -> Result<()> {
    system::check()
}

/// The initial content of a map of the object. Without it no option would have any effect.
pub(crate) fn data<'a, T>(memory: Option<&'a mut T>, map: &str) -> Result<&'a mut T> {
    memory.ok_or_else(|| {
        Error::new(
            ErrorKind::Kernel(libc::EIO),
            format!("configure the BPF object: libbpf gives no memory for its map {map}; report this bug"),
        )
    })
}

/// Bytes of the dump's map for a dump of this size: a map's value can't be empty. A dump of 0 bytes is not written.
pub(crate) fn exit_dump_value(exit_dump_bytes: u32) -> u32 {
    exit_dump_bytes.max(8)
}

/// Gives the maps their sizes.
pub(crate) fn size_maps(
    queued: &mut OpenMapMut<'_>,
    decisions: &mut OpenMapMut<'_>,
    exit_dump: &mut OpenMapMut<'_>,
    options: &Options,
    rings: Rings,
) -> libbpf_rs::Result<()> {
    queued.set_max_entries(rings.bytes)?;
    decisions.set_max_entries(options.decisions_bytes)?;
    exit_dump.set_value_size(exit_dump_value(options.exit_dump_bytes))
}

/// Takes out operations that the running kernel lacks, or that would do nothing.
fn leave_out_operations(skel: &mut OpenScxbridgeSkel<'_>, options: &Options) {
    macro_rules! leave_out {
        ($($operation:ident = $program:ident),+) => {$(
            skel.struct_ops.scxbridge_mut().$operation = std::ptr::null_mut();
            skel.progs.$program.set_autoload(false);
        )+};
    }
    // From 7.1 on these two are deprecated, and the watch frees local queues: see taken.bpf.h.
    if kernel_btf::has_function("scx_bpf_dsq_reenq") {
        leave_out!(
            cpu_acquire = scxb_cpu_acquire,
            cpu_release = scxb_cpu_release
        );
    }
    let ignores_cgroups = options.ignore_cgroup_limits && options.ignore_cgroup_weights;
    if ignores_cgroups {
        leave_out!(tick = scxb_tick);
    }
    if ignores_cgroups || !kernel_btf::has_operation("cgroup_init") {
        leave_out!(
            cgroup_init = scxb_cgroup_init,
            cgroup_exit = scxb_cgroup_exit,
            cgroup_move = scxb_cgroup_move
        );
    }
    if options.ignore_cgroup_limits || !kernel_btf::has_operation("cgroup_set_bandwidth") {
        leave_out!(cgroup_set_bandwidth = scxb_cgroup_set_bandwidth);
    }
    if options.ignore_cgroup_weights || !kernel_btf::has_operation("cgroup_set_weight") {
        leave_out!(cgroup_set_weight = scxb_cgroup_set_weight);
    }
    if options.ignore_cgroup_weights || !kernel_btf::has_operation("cgroup_set_idle") {
        leave_out!(cgroup_set_idle = scxb_cgroup_set_idle);
    }
}

/// Owns the loaded object. Its skeleton borrows the storage, which therefore
/// lives in a box of its own and is freed after it.
pub(crate) struct Object {
    skel: Option<ScxbridgeSkel<'static>>,
    storage: NonNull<MaybeUninit<OpenObject>>,
    /// The rings of records that libbpf does not know.
    more_rings: Vec<OwnedFd>,
    /// Limits of cgroups are not to be ignored, but the kernel does not tell of them.
    blind_to_cgroups: bool,
}

// SAFETY: the storage is only touched by the skeleton, which is Send and Sync, and by drop.
unsafe impl Send for Object {}
// SAFETY: as above.
unsafe impl Sync for Object {}

/// An object that is opened and configured, and not yet in the kernel.
pub(crate) struct OpenedObject {
    skel: Option<OpenScxbridgeSkel<'static>>,
    storage: Option<NonNull<MaybeUninit<OpenObject>>>,
    rings: Rings,
    blind_to_cgroups: bool,
}

impl OpenedObject {
    /// Opens the object and sets everything that is frozen at load.
    pub(crate) fn open(options: &Options) -> Result<Self> {
        let hotplug_seq = system::hotplug_seq();
        let log = Capture::start(options.debug);
        let storage = NonNull::from(Box::leak(Box::new(MaybeUninit::uninit())));
        let mut opened = Self {
            skel: None,
            storage: Some(storage),
            rings: Rings { count: 1, bytes: 0 },
            blind_to_cgroups: !options.ignore_cgroup_limits
                && !kernel_btf::has_operation("cgroup_init"),
        };
        let builder = ScxbridgeSkelBuilder::default();
        // SAFETY: the box is leaked, so the reference is good until Drop frees it, after the skeleton.
        let storage = unsafe { &mut *storage.as_ptr() };
        let skel = builder
            .open(storage)
            .map_err(|err| Error::libbpf("open the BPF object", &err, &log.text()))?;
        opened.configure(skel, options, hotplug_seq)?;
        Ok(opened)
    }

    fn configure(
        &mut self,
        mut skel: OpenScxbridgeSkel<'static>,
        options: &Options,
        hotplug_seq: u64,
    ) -> Result<()> {
        let failed = |err| Error::libbpf("configure the BPF object", &err, "");
        let rodata = data(skel.maps.rodata_data.as_deref_mut(), ".rodata")?;
        set_options(rodata, options);
        let cpus = cpus::read_cpus(cpus::CPUS.as_ref()).unwrap_or_default();
        let (domains, rings) = topology::set_topology(rodata, &cpus, options);
        rodata.opt_poll_cgroup_limits = !kernel_btf::has_operation("cgroup_set_bandwidth");
        leave_out_operations(&mut skel, options);
        let own = data(skel.maps.data_domains_data.as_deref_mut(), ".data.domains")?;
        domains.write(&mut own.own_domains.tables[0]);
        let maps = &mut skel.maps;
        size_maps(
            &mut maps.queued,
            &mut maps.decisions,
            &mut maps.exit_dump,
            options,
            rings,
        )
        .map_err(failed)?;
        self.rings = rings;

        let shared = data(skel.maps.data_shared_data.as_deref_mut(), ".data.shared")?;
        let layout = &mut shared.shared.layout;
        layout.rings = rings.count;
        layout.ring_bytes = rings.bytes;
        layout.decisions_bytes = options.decisions_bytes;
        layout.exit_dump_bytes = options.exit_dump_bytes;
        layout.kernel_mode = options.kernel_mode.into();
        layout.own_domains = options.own_domains.into();
        for (to, from) in layout.name.iter_mut().zip(options.name.bytes()) {
            *to = from as _;
        }

        let ops = skel.struct_ops.scxbridge_mut();
        for (to, from) in ops.name.iter_mut().zip(options.name.bytes().chain([0])) {
            *to = from as _;
        }
        ops.timeout_ms = options.timeout_ms;
        ops.exit_dump_len = options.exit_dump_bytes;
        ops.hotplug_seq = hotplug_seq;
        if options.partial {
            ops.flags |= SCX_OPS_SWITCH_PARTIAL;
        }
        if !options.ignore_cgroup_limits {
            ops.flags |= SCX_OPS_ENQ_LAST;
        }
        // Linux 6.12 warns without this flag, 6.16 with it, and from 7 on it is unknown.
        if !options.ignore_cgroup_weights
            && kernel_btf::has_operation("cgroup_init")
            && !kernel_btf::has_function("scx_bpf_select_cpu_and")
        {
            ops.flags |= SCX_OPS_HAS_CGROUP_WEIGHT;
        }
        self.skel = Some(skel);
        Ok(())
    }

    /// The kfuncs that it declares.
    #[cfg(test)]
    pub(crate) fn kfuncs(&self) -> Vec<kfuncs::Declared> {
        let skel = self.skel.as_ref();
        skel.map_or_else(Vec::new, |skel| kfuncs::declared(skel.open_object()))
    }

    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    pub(crate) fn btf(&self) -> libbpf_rs::Btf<'_> {
        kfuncs::btf(self.skel.as_ref().unwrap().open_object()).unwrap()
    }

    /// Loads it into the kernel.
    pub(crate) fn load(mut self, debug: bool) -> Result<Object> {
        let attempt = "load the BPF object";
        let log = Capture::start(debug);
        let (Some(skel), Some(storage)) = (self.skel.take(), self.storage) else {
            return Err(Error::new(ErrorKind::WrongPhase, attempt));
        };
        let declared = kfuncs::declared(skel.open_object());
        let skel = skel.load().map_err(|err| {
            let said = log.text();
            kfuncs::complaint(&declared)
                .or_else(|| diagnose::load(&said, Path::new(diagnose::ROOT)))
                .or_else(|| verifier::refusal(attempt, &log.whole(), &system::release()))
                .unwrap_or_else(|| Error::libbpf(attempt, &err, &said))
        })?;
        self.storage = None;
        let mut object = Object {
            skel: Some(skel),
            storage,
            more_rings: Vec::new(),
            blind_to_cgroups: self.blind_to_cgroups,
        };
        object.associate_programs();
        let maps = &object.skel().maps;
        let more_rings = self.rings.make(maps.queued.as_fd(), maps.rings.as_fd());
        object.more_rings =
            more_rings.map_err(|err| Error::kernel("make the rings of records", &err))?;
        Ok(object)
    }
}

impl Drop for OpenedObject {
    fn drop(&mut self) {
        drop(self.skel.take());
        if let Some(storage) = self.storage {
            // SAFETY: the box was leaked by open, and the skeleton that borrowed it is gone.
            drop(unsafe { Box::from_raw(storage.as_ptr()) });
        }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        drop(self.skel.take());
        // SAFETY: the box was leaked by open, and the skeleton that borrowed it is gone.
        drop(unsafe { Box::from_raw(self.storage.as_ptr()) });
    }
}

impl Object {
    #[allow(clippy::expect_used)] // Only drop takes it.
    fn skel(&self) -> &ScxbridgeSkel<'static> {
        self.skel.as_ref().expect("the skeleton lives until drop")
    }

    /// From 7.3 on, a system call program acts on the scheduler that it is associated with. Kernels
    /// without this refuse the call, and don't need it.
    fn associate_programs(&self) {
        let skel = self.skel();
        for program in programs_of!(skel) {
            let _ = program.assoc_struct_ops(&skel.maps.scxbridge);
        }
    }

    /// Registers the scheduler with the kernel. Closing the link removes it, unless the link is
    /// pinned.
    pub(crate) fn attach(&mut self, name: &str) -> Result<OwnedFd> {
        if self.blind_to_cgroups {
            cgroup_limits::check_none(&format!("attach {name:?}"), Path::new(cgroup_limits::ROOT))?;
        }
        let attempt = format!("attach {name:?} (the kernel's log may say more)");
        let Some(skel) = self.skel.as_mut() else {
            return Err(Error::new(ErrorKind::WrongPhase, attempt));
        };
        let log = Capture::start(false);
        let link = skel.maps.scxbridge.attach_struct_ops();
        let link = link.map_err(|err| Error::libbpf(&attempt, &err, &log.text()))?;
        // A descriptor of our own: an adopted scheduler's link is only a descriptor, too.
        link.as_fd()
            .try_clone_to_owned()
            .map_err(|err| Error::kernel(attempt, &err))
    }

    /// Descriptors of all that the library uses after load.
    pub(crate) fn handles(&self) -> std::io::Result<Handles> {
        let skel = self.skel();
        handles_of!(skel, skel.maps.scxbridge, self.more_rings)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Every option has a value other than the default one here, so one that is left out shows.
    #[test]
    fn each_option_reaches_the_object() {
        let options = Options {
            timeout_ms: 2000,
            grace_us: 7,
            slice_ns: 1_000_000,
            slice_max_ns: 2_000_000,
            exit_dump_bytes: 4096,
            builtin_idle: true,
            kernel_mode: true,
            partial: true,
            direct_bound: true,
            direct_sync: true,
            batch_us: 9,
            ..Options::default()
        };
        let opened = OpenedObject::open(&options).unwrap();
        let skel = opened.skel.as_ref().unwrap();
        let rodata = skel.maps.rodata_data.as_deref().unwrap();
        assert!(rodata.options_set);
        assert_eq!(rodata.opt_slice_ns, 1_000_000);
        assert_eq!(rodata.opt_slice_max_ns, 2_000_000);
        assert_eq!(rodata.opt_grace_ns, 7000);
        assert_eq!(rodata.opt_window_ns, 9000);
        assert_eq!(rodata.opt_starved_ns, 1_000_000_000);
        assert_eq!(rodata.opt_exit_dump_len, 4096);
        assert!(rodata.opt_builtin_idle && rodata.opt_kernel_mode && rodata.opt_partial);
        assert!(rodata.opt_direct_bound && rodata.opt_direct_sync);
        assert!(rodata.opt_parks >= 1);
    }
}

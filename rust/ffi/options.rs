use std::ffi::{c_char, CStr};
use std::mem::{offset_of, size_of};

use super::guard;
use crate::{Error, ErrorKind, Options, Result};

/// A task that wakes up and finds an idle CPU runs there at once, without a record.
pub const OPTION_BUILTIN_IDLE: u32 = 1;
/// Schedule only tasks of policy SCHED_EXT, not the whole machine.
pub const OPTION_PARTIAL: u32 = 2;
/// Lock the rings into memory; needs a large enough RLIMIT_MEMLOCK.
pub const OPTION_LOCK_MEMORY: u32 = 4;
/// Let libbpf write its debug messages to standard error.
pub const OPTION_DEBUG: u32 = 8;

/// Pin the scheduler in bpffs: it outlives its agent, and scxb_adopt() takes it over.
pub const OPTION_PIN: u32 = 16;

/// Tasks that may run on one CPU only are scheduled by BPF alone, fairly by weight, without a record.
pub const OPTION_DIRECT_BOUND: u32 = 32;

/// A task whose waker is about to sleep (a synchronous wake-up) runs next on the waker's CPU, without a
/// record, unless others wait there.
pub const OPTION_DIRECT_SYNC: u32 = 64;

/// Kernel mode: the kernel side decides about every task by itself, and no record is
/// sent. See scxb_priority_set().
pub const OPTION_KERNEL_MODE: u32 = 128;

const KNOWN_FLAGS: u32 = OPTION_BUILTIN_IDLE
    | OPTION_PARTIAL
    | OPTION_LOCK_MEMORY
    | OPTION_DEBUG
    | OPTION_PIN
    | OPTION_DIRECT_BOUND
    | OPTION_DIRECT_SYNC
    | OPTION_KERNEL_MODE;

/// Options of a scheduler. Fill them with scxb_options_init(), then change some.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct OptionsC {
    /// Size of this struct in bytes, as the caller was compiled.
    pub size: u32,
    /// `SCXB_OPTION_*`; default SCXB_OPTION_BUILTIN_IDLE.
    pub flags: u32,
    /// Name of the scheduler: 1 to 127 of letters, digits, '_' and '.'. NULL:
    /// "scxbridge". Read during scxb_open() only.
    pub name: *const c_char,
    /// The kernel ends a scheduler that leaves a runnable task waiting for so
    /// long: 1 to 30000 ms; default 30000, since with thousands of
    /// runnable tasks a turn takes seconds.
    pub timeout_ms: u32,
    /// How long a parked task waits for its decision before the kernel side
    /// runs it: 0 (not at all) to 1000000 µs; default 10000.
    pub grace_us: u32,
    /// Time slice where BPF decides alone, and of a decision that gives 0:
    /// 100 µs to 1 s, in ns; default 5 ms.
    pub slice_ns: u64,
    /// Upper bound of a decision's slice: slice_ns to 1 s, in ns; default 100 ms.
    pub slice_max_ns: u64,
    /// Size of the ring of records: a power of two, one page to 64 MiB; default 1 MiB.
    pub queued_bytes: u32,
    /// Size of the ring of decisions, likewise; default 256 KiB.
    pub decisions_bytes: u32,
    /// Room for the kernel's debug dump after an error: 0 to 1 MiB; default 32 KiB.
    pub exit_dump_bytes: u32,
    /// How long the agent may sleep on while all CPUs are busy, to decide about many
    /// tasks at a time: 0 (woken at once) to 10000 µs; default 0. It is woken before
    /// when a CPU runs out of decided tasks.
    pub batch_us: u32,
}

/// What the first version of the struct ended with; a smaller one can't be.
const SIZE_MIN: usize = offset_of!(OptionsC, batch_us) + size_of::<u32>();

const _: () = assert!(size_of::<OptionsC>() == 56);
const _: () = assert!(offset_of!(OptionsC, name) == 8);
const _: () = assert!(offset_of!(OptionsC, slice_ns) == 24);
const _: () = assert!(offset_of!(OptionsC, exit_dump_bytes) == 48);

impl Default for OptionsC {
    fn default() -> Self {
        let options = Options::default();
        Self {
            size: size_of::<Self>() as u32,
            flags: OPTION_BUILTIN_IDLE,
            name: std::ptr::null(),
            timeout_ms: options.timeout_ms,
            grace_us: options.grace_us,
            slice_ns: options.slice_ns,
            slice_max_ns: options.slice_max_ns,
            queued_bytes: options.queued_bytes,
            decisions_bytes: options.decisions_bytes,
            exit_dump_bytes: options.exit_dump_bytes,
            batch_us: options.batch_us,
        }
    }
}

impl OptionsC {
    /// Reads the caller's struct, which may be of another minor version: what a
    /// shorter one lacks is default, and a longer one must be zero beyond ours.
    ///
    /// # Safety
    /// `options` points to as many readable bytes as its size field says, and
    /// its name is NULL or a NUL-terminated string.
    pub(super) unsafe fn read(options: *const Self) -> Result<Options> {
        let invalid = |text: String| Error::new(ErrorKind::InvalidInput, text);
        if options.is_null() {
            return Ok(Options::default());
        }
        // SAFETY: every version begins with the size.
        let size = unsafe { (*options).size } as usize;
        if size < SIZE_MIN {
            return Err(invalid(format!(
                "open: options.size is {size}, less than {SIZE_MIN}; call scxb_options_init first"
            )));
        }
        let mut ours = Self::default();
        let known = size.min(size_of::<Self>());
        // SAFETY: both have `known` bytes.
        unsafe {
            std::ptr::copy_nonoverlapping(
                options.cast::<u8>(),
                std::ptr::from_mut(&mut ours).cast::<u8>(),
                known,
            );
        }
        // SAFETY: the caller's struct goes on until its size.
        let beyond =
            unsafe { std::slice::from_raw_parts(options.cast::<u8>().add(known), size - known) };
        if beyond.iter().any(|&b| b != 0) {
            return Err(Error::new(
                ErrorKind::Kernel(libc::E2BIG),
                "open: the options set a field that this library does not know; use a newer one",
            ));
        }
        if ours.flags & !KNOWN_FLAGS != 0 {
            return Err(invalid(format!(
                "open: options.flags has unknown bits: {:#x}",
                ours.flags & !KNOWN_FLAGS
            )));
        }
        // SAFETY: the caller's promise about the name.
        unsafe { ours.checked() }
    }

    /// # Safety
    /// The name is NULL or a NUL-terminated string.
    unsafe fn checked(&self) -> Result<Options> {
        let mut options = Options {
            timeout_ms: self.timeout_ms,
            grace_us: self.grace_us,
            slice_ns: self.slice_ns,
            slice_max_ns: self.slice_max_ns,
            queued_bytes: self.queued_bytes,
            decisions_bytes: self.decisions_bytes,
            exit_dump_bytes: self.exit_dump_bytes,
            builtin_idle: self.flags & OPTION_BUILTIN_IDLE != 0,
            kernel_mode: self.flags & OPTION_KERNEL_MODE != 0,
            partial: self.flags & OPTION_PARTIAL != 0,
            lock_memory: self.flags & OPTION_LOCK_MEMORY != 0,
            debug: self.flags & OPTION_DEBUG != 0,
            pin: self.flags & OPTION_PIN != 0,
            direct_bound: self.flags & OPTION_DIRECT_BOUND != 0,
            direct_sync: self.flags & OPTION_DIRECT_SYNC != 0,
            batch_us: self.batch_us,
            ..Options::default()
        };
        if !self.name.is_null() {
            // SAFETY: the caller's promise.
            let name = unsafe { CStr::from_ptr(self.name) };
            options.name = name.to_string_lossy().into_owned();
        }
        Ok(options)
    }
}

/// Fills the options with the defaults. `size` is sizeof(struct scxb_options)
/// of the caller; so many bytes are written, at most. NULL is a no-op.
///
/// # Safety
/// `options` is NULL or points to `size` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn scxb_options_init(options: *mut OptionsC, size: u32) {
    guard(|| {
        if options.is_null() {
            return Ok(());
        }
        let mut defaults = OptionsC::default();
        let known = (size as usize).min(size_of::<OptionsC>());
        defaults.size = size;
        // SAFETY: the caller's promise; beyond what we know, zero means default.
        unsafe {
            std::ptr::write_bytes(options.cast::<u8>(), 0, size as usize);
            std::ptr::copy_nonoverlapping(
                std::ptr::from_ref(&defaults).cast::<u8>(),
                options.cast::<u8>(),
                known,
            );
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    struct Newer {
        options: OptionsC,
        future: u64,
    }

    fn newer(future: u64) -> Newer {
        let mut newer = Newer {
            options: OptionsC::default(),
            future,
        };
        newer.options.size = size_of::<Newer>() as u32;
        newer
    }

    fn read(options: &OptionsC) -> Result<Options> {
        // SAFETY: a valid struct; the newer one below is followed by its extra field.
        unsafe { OptionsC::read(options) }
    }

    #[test]
    fn defaults_cross_unchanged() {
        assert_eq!(read(&OptionsC::default()), Ok(Options::default()));
        // SAFETY: NULL is allowed.
        let absent = unsafe { OptionsC::read(std::ptr::null()) };
        assert_eq!(absent, Ok(Options::default()));
    }

    #[test]
    fn newer_callers_are_understood_or_told() {
        let ok = newer(0);
        // SAFETY: the pointer covers the whole newer struct.
        assert!(unsafe { OptionsC::read(std::ptr::from_ref(&ok).cast()) }.is_ok());
        let set = newer(1);
        // SAFETY: as above.
        let err = unsafe { OptionsC::read(std::ptr::from_ref(&set).cast()) };
        assert_eq!(
            err.map_err(|e| e.kind()),
            Err(ErrorKind::Kernel(libc::E2BIG))
        );
    }

    #[test]
    fn nonsense_is_named() {
        let says = |options: &OptionsC, text| {
            assert!(read(options).is_err_and(|err| err.message().contains(text)));
        };
        let default = OptionsC::default();
        says(&OptionsC { size: 4, ..default }, "options.size is 4");
        says(
            &OptionsC {
                flags: 0x100,
                ..default
            },
            "0x100",
        );
    }
}

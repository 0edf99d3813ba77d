use std::ffi::{c_char, CStr};
use std::mem::{offset_of, size_of};

use super::option_struct::{OptionsC, KNOWN_FLAGS};
use super::{copy_text, guard};
use crate::{Error, ErrorKind, Options, Result};

/// What the first version of the struct ended with; a smaller one can't be.
const SIZE_MIN: usize = offset_of!(OptionsC, batch_us) + size_of::<u32>();

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
        let mut options = self.numbers();
        if !self.name.is_null() {
            // SAFETY: the caller's promise.
            let name = unsafe { CStr::from_ptr(self.name) };
            options.name = name.to_string_lossy().into_owned();
        }
        Ok(options)
    }
}

/// Fills the options with the defaults. `size` is sizeof(struct scxb_options)
/// of the caller: at most that many bytes are written. NULL is a no-op.
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

/// Checks options as scxb_open() does, and nothing else: no handle is made, and the machine is
/// not looked at. On failure the reason in words goes to `error` (may be NULL), cut to
/// `error_len` bytes with its NUL. `options` NULL: all defaults. Any thread, before anything else.
///
/// Errors: -EINVAL (an option), -E2BIG (options of a newer header that are in use).
///
/// # Safety
/// Pointers are NULL where allowed, or valid; `options` for the size it states.
#[no_mangle]
pub unsafe extern "C" fn scxb_options_check(
    options: *const OptionsC,
    error: *mut c_char,
    error_len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: the caller's promise about the options.
        let checked = unsafe { OptionsC::read(options) }.and_then(|options| options.validate());
        let Err(err) = checked else {
            return Ok(());
        };
        // SAFETY: the caller's promise about the buffer.
        unsafe { copy_text(err.message().as_bytes(), error, error_len) };
        Err(err.kind().errno())
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
                flags: 1 << 31,
                ..default
            },
            "0x80000000",
        );
    }
}

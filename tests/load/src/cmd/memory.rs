// SPDX-License-Identifier: Apache-2.0
//! A task that touches memory all the time, and on request causes page faults.

use crate::args::{int, switch, Spec, OR_SECONDS};
use crate::hist::Hist;
use crate::report::{Ctx, Report};
use crate::time::now;
use std::io::Error;
use std::ptr::NonNull;

pub static SPEC: Spec = Spec {
    name: "memory",
    about: "touches every page of a mapping over and over, checking what it wrote the time before",
    flags: &[
        int("mb", "M", (1, 1 << 20), Some("16"), "size of the mapping"),
        OR_SECONDS,
        int("count", "N", (1, i64::MAX), None, "passes"),
        switch("refault", "give the pages back after each pass, so that each touch is a page fault"),
    ],
    fields: "passes, touches, minor_faults, major_faults, touch_p50_us, touch_p90_us, touch_p99_us, touch_max_us\n  \
             (time per 16 pages)",
};

const PAGE: usize = 4096;
const RUN: usize = 16;

/// Private memory, of which one number per page is used.
struct Pages {
    base: NonNull<u8>,
    count: usize,
}

impl Pages {
    fn new(count: usize) -> Result<Self, String> {
        // SAFETY: a fresh anonymous mapping; no existing memory is touched.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                count * PAGE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        match NonNull::new(base.cast()) {
            Some(start) if base != libc::MAP_FAILED => {
                // One fault per page, whatever the huge page policy. A hint, so failure does not matter.
                // SAFETY: exactly our own mapping.
                unsafe { libc::madvise(base, count * PAGE, libc::MADV_NOHUGEPAGE) };
                Ok(Pages { base: start, count })
            }
            _ => Err(format!("map {count} pages: {}", Error::last_os_error())),
        }
    }

    /// Writes `number` to page `index`, and returns the number before it.
    fn touch(&mut self, index: usize, number: u64) -> u64 {
        assert!(index < self.count);
        // SAFETY: within the mapping, by the assertion, and page-aligned; `&mut self` excludes others.
        unsafe {
            let at = self.base.as_ptr().add(index * PAGE).cast::<u64>();
            let before = at.read_volatile();
            at.write_volatile(number);
            before
        }
    }

    fn give_back(&mut self) -> Result<(), String> {
        // SAFETY: exactly our own mapping, to which no reference exists; its pages read as zero afterwards.
        let rc = unsafe {
            libc::madvise(
                self.base.as_ptr().cast(),
                self.count * PAGE,
                libc::MADV_DONTNEED,
            )
        };
        if rc < 0 {
            Err(format!("give pages back: {}", Error::last_os_error()))
        } else {
            Ok(())
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping made in `new`.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.count * PAGE) };
    }
}

fn faults() -> (i64, i64) {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: room for the call to fill; all-zero bytes are a valid rusage even if it did not.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr());
        usage.assume_init()
    };
    (usage.ru_minflt, usage.ru_majflt)
}

/// What page `index` holds after pass `pass` (from 1).
fn mark(index: usize, pass: u64) -> u64 {
    ((index as u64) << 32) | (pass & 0xffff_ffff)
}

pub fn run(ctx: &Ctx) -> Result<Report, String> {
    let mut report = Report::new();
    let count = ctx.args.num("mb") * (1 << 20) / PAGE;
    let (bound, refault) = (ctx.bound(), ctx.args.on("refault"));
    let mut pages = Pages::new(count)?;
    let before = faults();
    let (mut passes, mut times, mut touches) = (0, Hist::new(), 0u64);
    let start = now();
    let mut last = start;
    while report.errors.is_empty() && !bound.over(start, now(), passes) {
        for index in 0..count {
            let expected = if passes == 0 || refault {
                0
            } else {
                mark(index, passes)
            };
            let found = pages.touch(index, mark(index, passes + 1));
            if found != expected {
                report.errors.push(format!(
                    "page {index}: found {found:#x}, had written {expected:#x}"
                ));
                break;
            }
            touches += 1;
            if index % RUN == RUN - 1 {
                let time = now();
                times.record(time - last);
                last = time;
                // A pass may be long: the time limit holds within it, once the first is complete.
                if passes > 0 && bound.ns.is_some_and(|ns| time >= start + ns) {
                    break;
                }
            }
        }
        passes += 1;
        if refault {
            pages.give_back()?;
        }
    }
    let after = faults();
    report.fields.raw("passes", passes);
    report.fields.raw("touches", touches);
    report.fields.raw("minor_faults", after.0 - before.0);
    report.fields.raw("major_faults", after.1 - before.1);
    times.describe(&mut report.fields, "touch");
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_keep_and_lose_what_was_written() {
        let mut pages = Pages::new(3).unwrap();
        assert_eq!((pages.touch(2, 5), pages.touch(2, 6)), (0, 5));
        pages.give_back().unwrap();
        assert_eq!(pages.touch(2, 7), 0);
        assert_ne!(mark(1, 1), mark(2, 1));
    }
}

//! System call programs: context in and out, result, errors.

use std::os::fd::AsFd;

use super::Boundary;
use crate::mapping::Mapping;
use crate::program::ProgramFd;
use crate::{CpuRequest, MAX_CPU_REQUESTS};

fn request(pid: i32, prev_cpu: i32, result: i32) -> CpuRequest {
    CpuRequest {
        pid,
        prev_cpu,
        cpu: -99,
        flags: result as u32,
    }
}

#[test]
fn the_context_is_read_and_written_in_place() {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let program = ProgramFd::new(boundary.skel.progs.scxb_answer.as_fd());
    let mut asked = request(7, -1, 0);
    assert_eq!(program.run(Some(&mut asked)).unwrap(), 0);
    let answered = CpuRequest {
        cpu: 6999,
        ..request(7, -1, 0)
    };
    assert_eq!(asked, answered);
}

#[test]
fn the_result_keeps_its_sign() {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let program = ProgramFd::new(boundary.skel.progs.scxb_answer.as_fd());
    for result in [0, 1, 300, i32::MAX, -1, -libc::EBUSY, i32::MIN] {
        let mut asked = request(1, 2, result);
        assert_eq!(program.run(Some(&mut asked)).unwrap(), result);
    }
}

#[test]
fn a_missing_or_short_context_is_an_error() {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let program = ProgramFd::new(boundary.skel.progs.scxb_answer.as_fd());
    let errno = |result: std::io::Result<i32>| result.map_err(|err| err.raw_os_error());
    assert_eq!(errno(program.run::<u64>(None)), Err(Some(libc::EINVAL)));
    let mut short = 0u32;
    assert_eq!(
        errno(program.run(Some(&mut short))),
        Err(Some(libc::EINVAL))
    );
}

#[test]
fn a_bad_descriptor_is_an_error() {
    // Needs no root: the kernel checks the descriptor, or privileges, first.
    // SAFETY: never used as anything but a number; no file has it.
    let nothing = unsafe { std::os::fd::BorrowedFd::borrow_raw(i32::MAX) };
    let err = ProgramFd::new(nothing).run::<u64>(None).unwrap_err();
    assert!(
        matches!(
            err.raw_os_error(),
            Some(libc::EBADF | libc::EPERM | libc::ENOSYS)
        ),
        "{err}"
    );
}

#[test]
fn a_batch_of_requests_crosses_through_memory() {
    let Some(boundary) = Boundary::load() else {
        return;
    };
    let bytes = MAX_CPU_REQUESTS * std::mem::size_of::<CpuRequest>();
    let map = boundary.skel.maps.cpu_requests.as_fd();
    let memory = Mapping::new(map, "the batch", 0, bytes, true, false).unwrap();
    // SAFETY: the mapping has this size, any bits are a request, and the kernel
    // side touches it only during run.
    let requests = |index| unsafe { &mut *memory.at(0).cast::<CpuRequest>().add(index) };
    for index in 0..MAX_CPU_REQUESTS {
        *requests(index) = request(index as i32, 5, 0);
    }
    let program = ProgramFd::new(boundary.skel.progs.scxb_answer_batch.as_fd());
    let mut count = MAX_CPU_REQUESTS as u32;
    assert_eq!(
        program.run(Some(&mut count)).unwrap(),
        MAX_CPU_REQUESTS as i32
    );
    for index in 0..MAX_CPU_REQUESTS {
        assert_eq!(requests(index).cpu, index as i32 + 5);
    }
    count += 1;
    assert_eq!(program.run(Some(&mut count)).unwrap(), -libc::EINVAL);
}

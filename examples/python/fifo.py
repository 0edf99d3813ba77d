#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A complete scheduler in Python: first come, first served. Run it as root on a sched_ext kernel, until ^C.

Its last line says where each record and each decision went. The library is looked for as the dynamic linker
does it, so in LD_LIBRARY_PATH first.
"""

import ctypes
import errno
import os
import signal
import sys
import threading
from ctypes import POINTER, byref, c_char, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

ABI_MAJOR = 0  # of the header that these structs were written from
CPU_PICK_IDLE = -2
BATCH = 256
COUNTERS = ("queued", "dispatched", "rescued", "gone", "decisions", "stale", "refused")


def struct(name: str, size: int, *fields: str) -> type:
    """A C struct of fields such as "i32 pid tgid": a type, and the names that have it."""
    types = {"i32": c_int32, "u32": c_uint32, "i64": c_int64, "u64": c_uint64, "text": c_char_p}
    types |= {f"char[{n}]": c_char * n for n in (16, 128, 1024)}
    pairs = [(field, types[kind]) for kind, *names in map(str.split, fields) for field in names]
    made = type(name, (ctypes.Structure,), {"_fields_": pairs})
    assert ctypes.sizeof(made) == size, f"struct {name} has {ctypes.sizeof(made)} bytes, not {size}"
    return made


# Structs that are passed in arrays keep their size in all versions of an ABI major.
Task = struct("scxb_task", 112, "i32 pid tgid cpu", "u32 nr_cpus_allowed", "u64 flags start_ts stop_ts exec_runtime",
              "u64 weight vtime cgroup_id seq run_ns", "u32 leased reserved", "char[16] comm")  # fmt: skip
Decision = struct("scxb_decision", 56, "i32 pid cpu", "u64 slice_ns vtime flags seq lease_ns",
                  "u32 lease_count reserved")  # fmt: skip
# Those that begin with their size may grow: the library reads and writes no more than that.
Options = struct("scxb_options", 56, "u32 size flags", "text name", "u32 timeout_ms grace_us", "u64 slice_ns",
                 "u64 slice_max_ns", "u32 queued_bytes decisions_bytes exit_dump_bytes batch_us")  # fmt: skip
# Of the counters, those up to the last that is shown.
Stats = struct("scxb_stats", 112, "u32 size nr_cpus", "u64 in_flight shared_waiting local_waiting heartbeat_age_ns",
               "u64 received decisions queued congested dispatched rescued gone stale refused")  # fmt: skip
ExitInfo = struct("scxb_exit_info", 1168, "u32 size", "i32 kind", "i64 code", "char[128] reason",
                  "char[1024] message")  # fmt: skip


def library() -> ctypes.CDLL:
    """The library, with the types of the functions that are called here."""
    lib = ctypes.CDLL(f"libscxbridge.so.{ABI_MAJOR}")
    text, handle = (c_char_p, c_size_t), c_void_p
    for name, result, arguments in (
        ("open", c_int32, (POINTER(Options), POINTER(handle), *text)),
        ("options_init", None, (POINTER(Options), c_uint32)),
        ("load", c_int32, (handle,)),
        ("attach", c_int32, (handle,)),
        ("detach", c_int32, (handle,)),
        ("close", None, (handle,)),
        ("wake", c_int32, (handle,)),
        ("receive_wait", c_int32, (handle, POINTER(Task), c_uint32, POINTER(c_uint32), c_int64)),
        ("dispatch", c_int32, (handle, POINTER(Decision), c_uint32, POINTER(c_uint32))),
        ("stats_read", c_int32, (handle, POINTER(Stats))),
        ("exit_info_read", c_int32, (handle, POINTER(ExitInfo))),
        ("error_text", c_size_t, (handle, *text)),
    ):
        function = getattr(lib, "scxb_" + name)
        function.restype, function.argtypes = result, arguments
    return lib


class Failure(Exception):
    def __init__(self, status: int, text: bytes):
        super().__init__(text.decode(errors="replace"))
        self.status = -status


class Scheduler:
    """Open after `with`, closed (and so detached) at its end."""

    def __init__(self, name: str):
        self.lib, self.handle, why = library(), c_void_p(), ctypes.create_string_buffer(1024)
        options = Options()
        self.lib.scxb_options_init(byref(options), ctypes.sizeof(options))
        options.name = name.encode()
        if status := self.lib.scxb_open(byref(options), byref(self.handle), why, len(why)):
            raise Failure(status, why.value)

    def __enter__(self) -> "Scheduler":
        return self

    def __exit__(self, *_: object) -> None:
        self.lib.scxb_close(self.handle)

    def call(self, name: str, *arguments: object) -> None:
        """Calls a function of the handle, which releases the interpreter's lock meanwhile."""
        if status := getattr(self.lib, "scxb_" + name)(self.handle, *arguments):
            why = ctypes.create_string_buffer(1024)
            self.lib.scxb_error_text(self.handle, why, len(why))
            raise Failure(status, why.value)

    def schedule(self) -> None:
        """Rounds, until one fails: with EINTR when someone called wake."""
        tasks, decisions, count, arrival = (Task * BATCH)(), (Decision * BATCH)(), c_uint32(), 0
        while True:
            self.call("receive_wait", tasks, BATCH, byref(count), -1)
            for task, decision in zip(tasks[: count.value], decisions):
                # To an idle CPU or, in order of arrival, to the first that is free.
                arrival += 1
                decision.pid, decision.seq, decision.cpu, decision.vtime = task.pid, task.seq, CPU_PICK_IDLE, arrival
            self.call("dispatch", decisions, count, None)

    def read(self, name: str, kind: type) -> ctypes.Structure:
        value = kind(size=ctypes.sizeof(kind))
        self.call(name, byref(value))
        return value


def main() -> int:
    signals, result = {signal.SIGINT, signal.SIGTERM}, 0
    # Python runs handlers between bytecodes of the main thread, which sits in a call of C: so a thread waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with Scheduler("python_fifo") as scheduler:
        scheduler.call("load")
        scheduler.call("attach")
        end = threading.Thread(target=lambda: (signal.sigwait(signals), scheduler.call("wake")), daemon=True)
        end.start()
        try:
            scheduler.schedule()
        except Failure as failure:
            if failure.status != errno.EINTR:
                print(f"python_fifo: {failure}", file=sys.stderr)
                result = 1
            if failure.status == errno.ESHUTDOWN:
                info = scheduler.read("exit_info_read", ExitInfo)
                print(f"python_fifo: the kernel says: {info.reason.decode()} ({info.kind}, code {info.code})"
                      f" {info.message.decode()}", file=sys.stderr)  # fmt: skip
        scheduler.call("detach")  # then the counters are final
        stats = scheduler.read("stats_read", Stats)
        print(*(f"{name}={getattr(stats, name)}" for name in COUNTERS))
    return result


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"python_fifo: {failure} ({os.strerror(failure.status)})")

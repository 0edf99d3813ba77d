# SPDX-License-Identifier: Apache-2.0
"""A scheduler, from open to close."""

from __future__ import annotations

import ctypes
import os
import signal
import weakref
from collections.abc import Callable, Iterable
from ctypes import byref, sizeof
from types import TracebackType
from typing import Any

from . import _abi, errors
from . import domains as _domains
from ._library import call_with_text, check, error_text, library, native
from ._options import Options
from ._signals import SignalWatch, in_main_thread
from .batch import Decisions, Task, Tasks, as_array

#: A policy: gets a batch of records, and returns decisions about them, or about earlier ones.
Policy = Callable[[Tasks], Decisions]


class Stats(_abi.Stats):
    __doc__ = _abi.Stats.__doc__


class CpuRequest(_abi.CpuRequest):
    __doc__ = _abi.CpuRequest.__doc__


class CgroupInfo(_abi.CgroupInfo):
    __doc__ = _abi.CgroupInfo.__doc__


class Scheduler:
    """A scheduler. `with` closes it at its end, which gives the machine back to the kernel.

    It goes through phases: opened by its constructor, `load`, `attach`; then rounds of `receive` and `dispatch`, all
    of which `run` does. A call may come from any thread; in the wrong phase it raises WrongPhase. Failures are
    exceptions of scxbridge.errors.
    """

    def __init__(self, options: Options | None = None, *, batch: int = 512):
        """Checks the options and the machine. A batch is the most records that one `receive` returns."""
        made = native(options or Options())
        handle = ctypes.c_void_p()
        call_with_text("open", byref(made), byref(handle))
        self._begin(handle, batch)

    @classmethod
    def adopt(cls, name: str, *, batch: int = 512) -> Scheduler:
        """Takes over the pinned scheduler of that name, which has no agent: it is attached."""
        handle = ctypes.c_void_p()
        call_with_text("adopt", name.encode(), byref(handle))
        adopted = cls.__new__(cls)
        adopted._begin(handle, batch)
        adopted._loaded = True
        adopted._watch_signals()
        return adopted

    def _begin(self, handle: ctypes.c_void_p, batch: int) -> None:
        self._handle = handle
        self._records = (Task * batch)()
        self._loaded = False
        self._woken = False
        self._signals: SignalWatch | None = None
        self._close = weakref.finalize(self, _close, handle, os.getpid())

    def __enter__(self) -> Scheduler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def load(self) -> None:
        """Loads the BPF programs into the kernel."""
        self._call("load")
        self._loaded = True

    def attach(self) -> None:
        """Makes this process the agent, and lets the machine be scheduled."""
        self._call("attach")
        self._watch_signals()

    def detach(self) -> None:
        """Gives the machine back to the kernel's own scheduler. Then the counters are final."""
        self._call("detach")
        self._leave_signals()

    def close(self) -> None:
        """Detaches (a pinned scheduler stays), and releases everything. Again, it does nothing."""
        self._close()
        self._leave_signals()

    def receive(self, timeout: float | None = None) -> Tasks:
        """Waits for records, so many seconds at most, and returns at least one. Other threads run meanwhile.

        Ends with TimedOut, Woken, Ended or Closed, or with what a signal handler of Python raises, such as
        KeyboardInterrupt.
        """
        count = ctypes.c_uint32()
        limit = -1 if timeout is None else max(0, round(timeout * 1e9))
        while True:
            try:
                self._call("receive_wait", self._records, len(self._records), byref(count), limit)
            except errors.Woken:
                if self._woken:
                    self._woken = False
                    raise
                # By a signal, whose handler has run by now and raised nothing.
                continue
            return Tasks(self._records, count.value)

    def dispatch(self, decisions: Decisions) -> int:
        """Has the kernel carry out decisions, in one call, and returns their number. Statistics tell their fate."""
        array = as_array(decisions)
        self._call("dispatch", array, len(array), None)
        return len(array)

    def wake(self) -> None:
        """Ends the `receive` of another thread, or else the next one, with Woken."""
        self._woken = True
        self._call("wake")

    def run(self, policy: Policy) -> None:
        """Schedules the machine by a policy until `wake` or, in the main thread, SIGINT or SIGTERM; then detaches.

        Loads and attaches before. Raises Ended if the kernel ends the scheduler.
        """
        stopping = False

        def stop(*_: object) -> None:
            nonlocal stopping
            stopping = True
            self.wake()

        before = {}
        if in_main_thread():
            before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            if not self._loaded:
                self.load()
            self.attach()
            try:
                while not stopping:
                    self.dispatch(policy(self.receive()))
            except errors.Woken:
                pass
            finally:
                self.detach()
        finally:
            self._woken = False
            for number, handler in before.items():
                signal.signal(number, handler)

    def select_cpu(self, pid: int, prev_cpu: int = -1) -> int:
        """Finds an idle CPU that the task may use, and counts it as taken; Busy if there is none."""
        cpu = ctypes.c_int32()
        self._call("select_cpu", pid, prev_cpu, byref(cpu))
        return cpu.value

    def select_cpus(self, requests: Iterable[CpuRequest]) -> list[CpuRequest]:
        """As select_cpu for many, with one system call: each answer's `cpu` is a CPU or a negative errno."""
        listed = list(requests)
        array = (CpuRequest * len(listed))(*listed)
        self._call("select_cpus", array, len(array))
        return list(array)

    def revoke_lease(self, pid: int = 0) -> None:
        """Ends the lease of a task, or all leases."""
        self._call("lease_revoke", pid)

    def set_priority(self, pid: int, level: int, slice_ns: int = 0) -> None:
        """Makes a thread a priority task, in kernel mode."""
        self._call("priority_set", pid, level, slice_ns)

    def remove_priority(self, pid: int) -> None:
        """Makes a priority task an ordinary one."""
        self._call("priority_remove", pid)

    def set_process_priority(self, pid: int, level: int, slice_ns: int = 0) -> None:
        """As set_priority, for all threads of a process."""
        self._call("priority_set_process", pid, level, slice_ns)

    def remove_process_priority(self, pid: int) -> None:
        """Takes that from the process."""
        self._call("priority_remove_process", pid)

    def preempt_cpu(self, cpu: int) -> None:
        """Has a CPU choose a task anew."""
        self._call("preempt_cpu", cpu)

    def cgroup(self, id: int) -> CgroupInfo:
        """The limit of a cgroup, by its id as in records, and how its tasks waited for quota."""
        info = CgroupInfo(size=sizeof(CgroupInfo))
        self._call("cgroup_read", id, byref(info))
        return info

    def domains(self) -> _domains.Domains:
        """Which domain each CPU is in; `domains().of_cpu[task.cpu]` is a task's last domain."""
        native = _domains.empty()
        self._call("domains_read", byref(native))
        return _domains.from_native(native)

    def set_domains(self, domains: _domains.Domains) -> None:
        """Sets the domains; the scheduler was opened with the option own_domains. Tasks that wait go to their new ones."""
        self._call("domains_set", byref(_domains.to_native(domains)))

    def stats(self) -> Stats:
        """The counters. They are final after `detach`."""
        stats = Stats(size=sizeof(Stats))
        self._call("stats_read", byref(stats))
        return stats

    def exit_info(self) -> errors.ExitInfo:
        """Why the scheduler ended."""
        info = _abi.ExitInfo(size=sizeof(_abi.ExitInfo))
        self._call("exit_info_read", byref(info))
        reason, message = info.reason.decode(errors="replace"), info.message.decode(errors="replace")
        return errors.ExitInfo(info.kind, info.code, reason, message)

    def exit_dump(self) -> str:
        """The debug dump that the kernel made when it ended the scheduler with an error."""
        length = self._call("exit_dump_read", None, 0)
        text = ctypes.create_string_buffer(length + 1)
        self._call("exit_dump_read", text, len(text))
        return text.value.decode(errors="replace")

    def _call(self, name: str, *arguments: Any) -> int:
        status: int = getattr(library(), "scxb_" + name)(self._handle, *arguments)
        try:
            check(status, lambda: error_text(self._handle))
        except errors.Ended as ended:
            ended.info = self.exit_info()
            raise
        return status

    def _watch_signals(self) -> None:
        if in_main_thread() and self._signals is None:
            lib, handle = library(), self._handle
            self._signals = SignalWatch(lambda: lib.scxb_wake(handle))

    def _leave_signals(self) -> None:
        if self._signals is not None:
            self._signals.close()
            self._signals = None


def _close(handle: ctypes.c_void_p, owner: int) -> None:
    # A child after fork must not use the handle.
    if os.getpid() == owner:
        library().scxb_close(handle)


def run(policy: Policy, options: Options | None = None) -> Stats:
    """Schedules the machine by a policy until SIGINT or SIGTERM, and returns the final counters."""
    with Scheduler(options) as scheduler:
        scheduler.run(policy)
        return scheduler.stats()


def detach_pinned(name: str) -> None:
    """Detaches the pinned scheduler of that name, which has no agent, and removes its pins."""
    call_with_text("detach_pinned", name.encode())

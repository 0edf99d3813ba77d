# SPDX-License-Identifier: Apache-2.0
"""The failures of the library, a class for each status that docs/abi.md names."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Final

from . import _abi


class Error(OSError):
    """A call that failed. `errno` is the library's status, the text says what was tried, and why it failed."""

    def __init__(self, number: int, text: str):
        super().__init__(number, text)

    def __str__(self) -> str:
        return str(self.strerror)


class Invalid(Error, ValueError):
    """An option or an argument is out of its range; the text names it."""


class NotPermitted(Error):
    """Capabilities are missing: run as root, not within a user namespace."""


class NotSupported(Error):
    """The kernel lacks sched_ext or something that it needs, or what is pinned has another layout."""


class TooLarge(Error):
    """Options of a newer library are set, or more threads have a priority than can."""


class Busy(Error):
    """Another scheduler is active, another thread is in this call, or no CPU that the task may use is idle."""


class NoSuchTask(Error):
    """No task has this id, or it has no priority."""


class NoSuchCgroup(Error):
    """The kernel side keeps nothing of a cgroup with this id: there is none, or it has no cpu controller."""


class NotPinned(Error):
    """No scheduler is pinned under this name."""


class WrongPhase(Error):
    """The scheduler has to be loaded or attached first, or is already."""


@dataclass(frozen=True)
class ExitInfo:
    """Why a scheduler ended."""

    kind: int
    """One of the constants EXIT_*; EXIT_NONE while it runs."""
    code: int
    """The kernel's exit code."""
    reason: str
    """The kernel's word for the kind."""
    message: str
    """Details; often empty."""

    @property
    def restart_requested(self) -> bool:
        """Whether the kernel asks for the scheduler to be started again, as after CPU hotplug."""
        return bool(self.code & _abi.ECODE_ACT_RESTART)


class Ended(Error):
    """The kernel has ended the scheduler; `info` says why."""

    info = ExitInfo(_abi.EXIT_NONE, 0, "", "")


class TimedOut(Error):
    """No record came in time."""


class Woken(Error):
    """Scheduler.wake() ended the wait."""


class Closed(Error):
    """The scheduler was closed, before the call or during it."""


class Broken(Error):
    """An error within the library. It is a bug: report it."""


CLASSES: Final[dict[int, type[Error]]] = {
    errno.EINVAL: Invalid,
    errno.EPERM: NotPermitted,
    errno.EOPNOTSUPP: NotSupported,
    errno.E2BIG: TooLarge,
    errno.EBUSY: Busy,
    errno.ESRCH: NoSuchTask,
    errno.ENODATA: NoSuchCgroup,
    errno.ENOENT: NotPinned,
    errno.ENOTCONN: WrongPhase,
    errno.ESHUTDOWN: Ended,
    errno.ETIMEDOUT: TimedOut,
    errno.EINTR: Woken,
    errno.ECANCELED: Closed,
    errno.EIO: Broken,
}


def failure(status: int, text: str) -> Error:
    """The exception for a negative status; another errno of the kernel's is an Error."""
    return CLASSES.get(-status, Error)(-status, text)

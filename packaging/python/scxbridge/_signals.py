# SPDX-License-Identifier: Apache-2.0
"""Signals, while the main thread waits in C.

Python runs its handlers between bytecodes of the main thread, and the library's wait does not end for a signal. So
Python's own handler writes each signal's number to a socket, and a thread that reads it ends the wait.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable


def in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


class SignalWatch:
    """Calls `came` from another thread for each signal, from now on until `close`. Main thread only."""

    def __init__(self, came: Callable[[], None]):
        self._came = came
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        # Someone else, such as asyncio, may want to know of signals as well.
        self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._watch, name="scxbridge-signals", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while numbers := self._reader.recv(64):
            self._came()
            if self._before != -1:
                with contextlib.suppress(OSError):
                    os.write(self._before, numbers)

    def close(self) -> None:
        # Another thread may not take the socket away from Python's handler: it stays open then.
        if in_main_thread():
            signal.set_wakeup_fd(self._before)
            self._writer.close()
            self._thread.join()
            self._reader.close()

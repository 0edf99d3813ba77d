"""Signals come through while the main thread waits in C, and rounds end as they should."""

import ctypes
import errno
import os
import signal
import threading
import unittest
from unittest import mock

import scxbridge
from scxbridge import scheduler
from scxbridge._signals import SignalWatch


class Watch(unittest.TestCase):
    def test_a_signal_ends_a_wait_in_c(self):
        """As in receive: C's read does go on after a signal, unless the watch ends it."""
        libc = ctypes.CDLL(None, use_errno=True)
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        signal.siginterrupt(signal.SIGUSR1, False)
        came = []
        self.addCleanup(signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, lambda *_: came.append(1)))
        signal.siginterrupt(signal.SIGUSR1, False)
        watch = SignalWatch(lambda: os.write(writer, b"x"))
        self.addCleanup(watch.close)
        byte = ctypes.create_string_buffer(1)
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        self.assertEqual(libc.read(reader, byte, 1), 1)
        self.assertEqual(came, [1])

    def test_whoever_watched_before_still_gets_the_signals(self):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        before = signal.set_wakeup_fd(writer)
        came = threading.Event()
        self.addCleanup(signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, lambda *_: None))
        watch = SignalWatch(came.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        self.assertTrue(came.wait(60))
        self.assertEqual(os.read(reader, 1), bytes([signal.SIGUSR1]))
        watch.close()
        self.assertEqual(signal.set_wakeup_fd(before), writer)
        os.close(reader)
        os.close(writer)


class Kernel:
    """Stands in for the library: hands out rounds of one record, and then does what a test says."""

    def __init__(self, rounds, then):
        self.rounds, self.then = rounds, then
        self.calls, self.decided = [], []
        self.woken = threading.Event()

    def __getattr__(self, name):
        def call(*_):
            self.calls.append(name)
            return 0

        return call

    def scxb_receive_wait(self, handle, tasks, capacity, count, timeout):
        if self.rounds == 0:
            self.then()
            if not self.woken.wait(60):
                return -errno.ETIMEDOUT
            self.woken.clear()
            return -errno.EINTR
        self.rounds -= 1
        tasks[0].pid, tasks[0].seq = 40 + self.rounds, 1
        count._obj.value = 1
        return 0

    def scxb_dispatch(self, handle, decisions, count, accepted):
        self.decided += [d.pid for d in decisions[:count]]
        return 0

    def scxb_wake(self, handle):
        self.woken.set()
        return 0


class Rounds(unittest.TestCase):
    def begin(self, rounds, then):
        kernel = Kernel(rounds, then)
        for patch in (
            mock.patch.object(scheduler, "library", lambda: kernel),
            mock.patch.object(scheduler, "error_text", lambda handle: "said by the library"),
            mock.patch.object(scheduler, "call_with_text", lambda *_: None),
        ):
            patch.start()
            self.addCleanup(patch.stop)
        made = scxbridge.Scheduler()
        self.addCleanup(made.close)
        return made, kernel

    @staticmethod
    def policy(tasks):
        return [task.decide() for task in tasks]

    def test_a_signal_ends_run_which_detaches(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            handler = signal.getsignal(number)
            made, kernel = self.begin(2, lambda: os.kill(os.getpid(), number))
            made.run(self.policy)
            self.assertEqual(kernel.decided, [41, 40])
            self.assertEqual(kernel.calls, ["scxb_load", "scxb_attach", "scxb_detach"])
            self.assertIs(signal.getsignal(number), handler)

    def test_ctrl_c_ends_receive(self):
        # A shell starts what runs in the background with SIGINT ignored, and then Python leaves it so.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        made, kernel = self.begin(0, lambda: os.kill(os.getpid(), signal.SIGINT))
        made.attach()
        with self.assertRaises(KeyboardInterrupt):
            made.receive()

    def test_another_signal_does_not_end_receive(self):
        handled = []
        self.addCleanup(signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, lambda *_: handled.append(1)))

        def then():
            os.kill(os.getpid(), signal.SIGUSR1)
            kernel.then = made.wake

        made, kernel = self.begin(0, then)
        made.attach()
        with self.assertRaisesRegex(scxbridge.Woken, "said by the library"):
            made.receive()
        self.assertEqual(handled, [1])

    def test_wake_ends_run_in_another_thread(self):
        made, kernel = self.begin(1, lambda: made.wake())
        thread = threading.Thread(target=made.run, args=(self.policy,))
        thread.start()
        thread.join(60)
        self.assertFalse(thread.is_alive())
        self.assertEqual(kernel.calls[-1], "scxb_detach")

    def test_a_policy_that_fails_gives_the_machine_back(self):
        made, kernel = self.begin(1, None)
        with self.assertRaises(ZeroDivisionError):
            made.run(lambda tasks: 1 // 0)
        self.assertEqual(kernel.calls[-1], "scxb_detach")
        made.close()
        made.close()
        self.assertEqual(kernel.calls.count("scxb_close"), 1)

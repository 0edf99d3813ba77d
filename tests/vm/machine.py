"""The virtual machine: virtme-ng, and one boot."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading

from accel import Accel
from kernels import Kernel
from shape import Shape
from util import Failure, cache_dir, locked, say

VIRTME_NG = "1.42"
# Older ones lack --force-9p or the handling of kernels outside /boot.
VIRTME_NG_OLDEST = (1, 36)


def vng() -> pathlib.Path:
    """The system's virtme-ng if it is recent, else ours in the cache."""
    system = shutil.which("vng")
    if system:
        try:
            text = subprocess.run([system, "--version"], capture_output=True, text=True, check=False).stdout
        except OSError:
            text = ""
        if tuple(int(n) for n in re.findall(r"\d+", text)[:2]) >= VIRTME_NG_OLDEST:
            return pathlib.Path(system)
    venv = cache_dir() / f"virtme-ng-{VIRTME_NG}"
    marker = venv / "complete"
    with locked(cache_dir() / ".virtme-ng.lock", "installing virtme-ng"):
        if not marker.exists():
            say(f"installing virtme-ng {VIRTME_NG} into {venv}")
            for command in (
                [sys.executable, "-m", "venv", "--clear", str(venv)],
                [str(venv / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", f"virtme-ng=={VIRTME_NG}"],
            ):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    raise Failure(
                        f"cannot install virtme-ng: {' '.join(command)} failed:\n{(done.stderr + done.stdout).strip()}\n"
                        "It comes from PyPI into a venv (Debian: package python3-venv). Or install virtme-ng "
                        f"≥ {'.'.join(map(str, VIRTME_NG_OLDEST))} so that `vng` is in PATH."
                    )
            marker.touch()
    return venv / "bin/vng"


class Machine:
    """One boot of a kernel that runs a command and ends. The console is kept in `folder`/console.log."""

    def __init__(
        self,
        kernel: Kernel,
        accel: Accel,
        folder: pathlib.Path,
        shape: Shape,
        icount: bool = False,
    ):
        self.kernel = kernel
        self.accel = accel
        self.folder = folder
        self.shape = shape
        self.icount = icount
        self.console = folder / "console.log"
        self.process: subprocess.Popen | None = None
        self._reader: threading.Thread | None = None

    @functools.cached_property
    def vng(self) -> pathlib.Path:
        return vng()

    def command(self) -> list[str]:
        command = [str(self.vng), "--run", str(self.kernel.image), "--user", "root", "--force-9p"]
        command += ["--cpus", str(self.shape.possible_cpus), "--memory", f"{self.shape.memory_mb}M"]
        for node in self.shape.nodes_of_memory():
            command += ["--numa", node]
        if not self.accel.kvm:
            command.append("--disable-kvm")
        # Printing costs time under TCG; a panic raises the level by itself.
        command += ["--append", " ".join(f"loglevel=5 {self.accel.kernel_options} {self.shape.kernel_options()}".split())]
        # The last -cpu counts; with KVM, virtme-ng's own.
        model = "" if self.accel.kvm else f"-cpu {self.accel.cpu_model}"
        opts = f"{model} {self.shape.qemu_options()} {os.environ.get('VM_QEMU_OPTS', '')}".strip()
        if self.icount:
            # Each instruction takes a nanosecond, and idle time is skipped.
            opts = f"-icount shift=0,sleep=off {opts}".strip()
        if opts:
            command.append(f"--qemu-opts={opts}")
        return command

    def environment(self) -> dict[str, str]:
        # virtme-ng leaves temporary files behind when it is killed: keep them in our folder.
        path = f"{self.vng.parent}:{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
        return os.environ | {"PATH": path, "TMPDIR": str(self.folder)}

    def start(self, guest_command: str) -> None:
        """Boots, and runs the command in the guest as root with `folder` writable at the same path."""
        self._launch([*self.command(), "--verbose", "--rwdir", str(self.folder), "--exec", guest_command], self.environment())

    def _launch(self, command: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            # Pipes, not files: QEMU opens its output several times, and in a file would overwrite itself.
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._keep_console, daemon=True)
        self._reader.start()

    def _keep_console(self) -> None:
        with open(self.console, "wb") as log:
            while chunk := os.read(self.process.stdout.fileno(), 65536):
                log.write(chunk)
                log.flush()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self, patience_s: float = 0) -> None:
        """Ends the machine; what it wrote to `folder` is already there."""
        if self.process is None:
            return
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            pass
        for sig, wait_s in ((signal.SIGTERM, 3), (signal.SIGKILL, 3)):
            try:
                os.killpg(self.process.pid, sig)
                self.process.wait(wait_s)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                pass
        self._reader.join(3)
        for leftover in self.folder.glob("virtme*"):
            leftover.unlink(missing_ok=True) if leftover.is_file() else shutil.rmtree(leftover, ignore_errors=True)

    def console_text(self) -> str:
        """All that the kernel and the guest printed."""
        try:
            text = self.console.read_text(errors="replace")
        except OSError:
            return ""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)

    def console_tail(self, lines: int = 60) -> str:
        return "\n".join(self.console_text().splitlines()[-lines:])

"""The virtual machine: virtme-ng, the choice between KVM and TCG, and one boot."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
import time

from kernels import Kernel
from shape import Shape
from util import Failure, cache_dir, locked, say, write_atomically

VIRTME_NG = "1.42"
# Older ones lack --force-9p or the handling of kernels outside /boot.
VIRTME_NG_OLDEST = (1, 36)
# QEMU 7.2 corrupts guests that patch their code (int3 oopses) under TCG with more than one CPU.
QEMU_OLDEST = (8, 0)
PROBE_LIMIT_S = 20
QEMU = "qemu-system-x86_64"


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


def qemu_version() -> tuple[int, ...]:
    if not shutil.which(QEMU):
        raise Failure(f"{QEMU} is missing. Run `make setup`, or install QEMU for x86.")
    text = subprocess.run([QEMU, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(n) for n in re.findall(r"\d+", text)[:3])


@dataclasses.dataclass
class Accel:
    """How the guest's CPUs run. `sure` is False where KVM was only probed, not asked for."""

    kvm: bool
    why: str
    sure: bool = False

    @property
    def name(self) -> str:
        return "KVM" if self.kvm else "TCG"


class AccelChooser:
    """Decides once per host boot and QEMU version; the answer is remembered in the cache."""

    def __init__(self, kernel: Kernel):
        self.kernel = kernel
        self.file = cache_dir() / "accel.json"
        boot_id = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        self.key = f"{boot_id} qemu {'.'.join(map(str, qemu_version()))} uid {os.getuid()}"

    def choose(self) -> Accel:
        wanted = os.environ.get("VM_ACCEL", "auto")
        if wanted not in ("auto", "kvm", "tcg"):
            raise Failure(f"VM_ACCEL={wanted}: must be auto, kvm or tcg.")
        if wanted != "auto":
            accel = Accel(wanted == "kvm", f"VM_ACCEL={wanted}", sure=True)
        else:
            accel = self._remembered() or self._probe()
        if not accel.kvm and qemu_version() < QEMU_OLDEST:
            raise Failure(
                f"QEMU {'.'.join(map(str, qemu_version()))} crashes guests with several CPUs under TCG; "
                "at least 8.0 is needed. Run `make setup` (on Debian 12 it takes QEMU from backports)."
            )
        return accel

    def reject_kvm(self, why: str) -> Accel:
        """A KVM guest failed after all: remembers that."""
        return self._remember(Accel(False, why))

    def _remembered(self) -> Accel | None:
        try:
            stored = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return None
        return Accel(stored["kvm"], stored["why"]) if stored.get("key") == self.key else None

    def _remember(self, accel: Accel) -> Accel:
        write_atomically(self.file, json.dumps({"key": self.key, "kvm": accel.kvm, "why": accel.why}))
        return accel

    def _probe(self) -> Accel:
        if not os.path.exists("/dev/kvm"):
            return self._remember(Accel(False, "no /dev/kvm"))
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            # Not remembered: joining the group kvm is all it takes.
            return Accel(False, "no permission on /dev/kvm; being in its group gives a much faster machine")
        say(f"trying whether /dev/kvm runs a guest (at most {PROBE_LIMIT_S} s)")
        return self._remember(self._try_kvm())

    def _try_kvm(self) -> Accel:
        """Boots the kernel without a root. It works if the kernel gets as far as missing it.

        That /dev/kvm exists says little, and firmware may write to the console before KVM fails.
        """
        command = [QEMU, "-accel", "kvm", "-cpu", "host", "-smp", "2", "-m", "512M", "-machine", "q35", "-nodefaults"]
        command += ["-display", "none", "-serial", "stdio", "-no-reboot", "-kernel", str(self.kernel.image)]
        command += ["-append", "console=ttyS0 earlyprintk=serial panic=-1"]
        output = b""
        deadline = time.monotonic() + PROBE_LIMIT_S
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            while time.monotonic() < deadline:
                if not select.select([process.stdout], [], [], 0.2)[0]:
                    continue
                chunk = os.read(process.stdout.fileno(), 65536)
                if not chunk:
                    break
                output += chunk
                if b"Linux version" in output and b"VFS: " in output[output.index(b"Linux version") :]:
                    return Accel(True, "/dev/kvm runs a guest")
        finally:
            process.kill()
            process.wait()
        qemu_says = re.search(rb"^(?:qemu-system-x86_64: |KVM internal error).*", output, re.M)
        reason = qemu_says[0].decode(errors="replace").strip() if qemu_says else f"no kernel within {PROBE_LIMIT_S} s"
        return Accel(False, f"/dev/kvm does not run a guest: {reason}")


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
        # On a busy host an emulated guest comes to distrust its TSC, maybe in the middle of a scenario. The clock
        # that it takes instead costs QEMU's lock at each reading: eight times fewer loops of a hog.
        tsc = "" if self.accel.kvm else "tsc=reliable"
        # Printing costs time under TCG; a panic raises the level by itself.
        command += ["--append", f"loglevel=5 {tsc} {self.shape.kernel_options()}".strip()]
        opts = f"{self.shape.qemu_options()} {os.environ.get('VM_QEMU_OPTS', '')}".strip()
        if self.icount:
            # Each instruction takes a nanosecond, and nobody waits while all CPUs are idle.
            opts = f"-icount shift=0,sleep=off {opts}".strip()
        if opts:
            command.append(f"--qemu-opts={opts}")
        return command

    def environment(self) -> dict[str, str]:
        # virtme-ng leaves temporary files behind when it is killed: let them fall into our folder.
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

    def console_tail(self, lines: int = 60) -> str:
        try:
            text = self.console.read_text(errors="replace")
        except OSError:
            return ""
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text)
        return "\n".join(text.splitlines()[-lines:])

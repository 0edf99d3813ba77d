"""Whether the guest's CPUs are the host's (KVM) or emulated (TCG)."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import time

from kernels import Kernel
from util import Failure, cache_dir, say, write_atomically

# QEMU 7.2 corrupts guests that patch their code (int3 oopses) under TCG with more than one CPU.
QEMU_OLDEST = (8, 0)
PROBE_LIMIT_S = 20
QEMU = "qemu-system-x86_64"

# All that QEMU can emulate, but for:
# - fast `rep movsb`. A kernel that finds it copies memory so, which QEMU does a byte at a time. Without it, the kernel
#   copies words: a load of our BPF programs, of which most is the verifier's work, takes 0.6 of the time.
# - page tables of five levels, for walks of four.
EMULATED_CPU = "max,-erms,-fsrm,-la57"

# - On a busy host an emulated guest may stop trusting its TSC, even in the middle of a scenario. Each reading of the
#   clock that it uses instead takes QEMU's lock, so that a hog makes eight times fewer loops.
# - What Debian's kernels do to be safe is no matter of ours: a twentieth of all instructions.
EMULATED_KERNEL = "tsc=reliable init_on_alloc=0 randomize_kstack_offset=off apparmor=0 audit=0"


def qemu_version() -> tuple[int, ...]:
    if not shutil.which(QEMU):
        raise Failure(f"{QEMU} is missing. Run `make setup`, or install QEMU for x86.")
    text = subprocess.run([QEMU, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(n) for n in re.findall(r"\d+", text)[:3])


@dataclasses.dataclass
class Accel:
    """How the guest's CPUs run. `sure` is False if KVM was only probed, not requested."""

    kvm: bool
    why: str
    sure: bool = False

    @property
    def name(self) -> str:
        return "KVM" if self.kvm else "TCG"

    @property
    def cpu_model(self) -> str:
        """For QEMU's -cpu, on x86."""
        return "host" if self.kvm else EMULATED_CPU

    @property
    def kernel_options(self) -> str:
        """What Linux on x86 is told so that it loses no time."""
        return "" if self.kvm else EMULATED_KERNEL


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
        """Remembers that a KVM guest failed after all."""
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
            # Not remembered, since joining the group kvm fixes it.
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

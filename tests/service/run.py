#!/usr/bin/env python3
"""Drives the Debian package's service under a real systemd, in a virtual machine with sched_ext: `make test-service`.

    run.py PACKAGES    the folder with the packages

The guest has a minimal Debian of the release that the packages are for. guest.sh has the steps.
"""

from __future__ import annotations

import functools
import os
import pathlib
import re
import shlex
import shutil
import sys
import time

from image import HERE, disk, first_steps

# These come with image.py's path.
import vm
from accel import QEMU, Accel, AccelChooser
from kernels import Kernel, Store
from machine import Machine
from root import CODENAMES, must_be_root
from shape import Shape
from util import Failure, number, say

FOLDER = HERE.parents[1] / "target/service"
# For all of it, boot and shutdown too. It takes some two minutes, emulated.
LIMIT_S = 600
SHOWN = 60  # lines of what a step said, and of the journal
# Of no use here, and slow to start in an emulated machine.
MASKED = (
    "getty.target", "console-getty.service", "systemd-logind.service", "systemd-timesyncd.service", "systemd-networkd.service",
    "systemd-resolved.service", "systemd-journal-flush.service", "systemd-random-seed.service", "systemd-sysusers.service",
    "systemd-update-utmp.service", "systemd-remount-fs.service", "systemd-binfmt.service", "e2scrub_reap.service",
    "apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer",
)


class ServiceMachine(Machine):
    """QEMU's usual PC, whose root is a disk. What is written there is lost; `share` is the host's."""

    def __init__(self, *arguments, disk_image: pathlib.Path, initrd: pathlib.Path, share: pathlib.Path, **more):
        super().__init__(*arguments, **more)
        self.disk = disk_image
        self.initrd = initrd
        self.share = share

    def command(self) -> list[str]:
        def escaped(path: pathlib.Path) -> str:
            # QEMU wants commas in a value doubled.
            return str(path).replace(",", ",,")

        command = [QEMU, "-M", "q35", "-accel", "kvm" if self.accel.kvm else "tcg", "-cpu", self.accel.cpu_model]
        command += ["-smp", str(self.shape.cpus), "-m", f"{self.shape.memory_mb}M"]
        command += ["-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"]
        command += ["-kernel", str(self.kernel.image), "-initrd", str(self.initrd)]
        command += ["-drive", f"file={escaped(self.disk)},format=raw,if=virtio,snapshot=on"]
        command += ["-fsdev", f"local,id=share,path={escaped(self.share)},security_model=none"]
        command += ["-device", "virtio-9p-pci,fsdev=share,mount_tag=share"]
        words = ["console=ttyS0", "loglevel=4", "panic=-1", self.accel.kernel_options, "systemd.show_status=no", "rw",
                 *(f"systemd.mask={unit}" for unit in MASKED)]
        command += ["-append", " ".join(filter(None, words))]
        return command + shlex.split(os.environ.get("VM_QEMU_OPTS", ""))

    def boot(self) -> None:
        self._launch(self.command(), os.environ | {"TMPDIR": str(self.folder)})


def packages(folder: pathlib.Path) -> list[pathlib.Path]:
    """The library's and the agent's, the newest of each."""
    found = []
    for pattern in ("libscxbridge[0-9]*_*_amd64.deb", "scx-goland_*_amd64.deb"):
        there = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime)
        if not there:
            raise Failure(f"{folder} has no {pattern}. Run `make deb`, which makes it.")
        found.append(there[-1])
    return found


def steps(results: str) -> list[tuple[str, str, str, str]]:
    """What the guest wrote: status, name, seconds, reason."""
    return [match.groups(default="") for match in re.finditer(r"^(ok|FAIL) (\S+) (\S+)(?: (.*))?$", results, re.M)]


def wanted() -> int:
    """How many steps there are."""
    return len(re.findall(r"^[a-z]+_[a-z_]+\(\) \{$", (HERE / "guest.sh").read_text(), re.M))


def tail(path: pathlib.Path, title: str) -> str:
    if not path.exists():
        return ""
    lines = path.read_text(errors="replace").splitlines()[-SHOWN:]
    return "\n".join([f"  -- {title}: {path}", *(f"  | {line}" for line in lines)])


def test(folder: pathlib.Path) -> int:
    must_be_root()
    release = os.environ.get("DEBIAN") or "13"
    if release not in CODENAMES:
        raise Failure(f"DEBIAN={release}: there is {' and '.join(CODENAMES)}.")
    kernel = Store().get(os.environ.get("KERNEL") or "newest")
    accel = AccelChooser(kernel).choose()
    vm.show_accel(accel)
    image = disk(CODENAMES[release])
    share, initrd = FOLDER / "share", FOLDER / "initramfs"
    shutil.rmtree(share, ignore_errors=True)
    share.mkdir(parents=True)
    first_steps(kernel, initrd)
    for file in (*packages(folder), HERE / "guest.sh", HERE / "scxbridge-test.service"):
        shutil.copy(file, share)
    (share / "results").touch()

    machine = ServiceMachine(kernel, accel, FOLDER, Shape(cpus=int(number("VM_CPUS", 2))), disk_image=image, initrd=initrd, share=share)
    say(f"booting Debian {release} with kernel {kernel.label} ({accel.name})")
    began = time.monotonic()
    told = 0
    passed = failed = 0

    def tell() -> None:
        nonlocal told, passed, failed
        for status, name, seconds, why in steps((share / "results").read_text())[told:]:
            told += 1
            passed += status == "ok"
            failed += status == "FAIL"
            say(f"{status:<4} {name}  {seconds} s" + (f"  {why}" if why else ""))
            if status == "FAIL":
                say(tail(share / "said", "what was said"))
                say(tail(share / f"journal.{name}", "the journal"))

    machine.boot()
    try:
        limit = LIMIT_S * number("VM_TIMEOUT_FACTOR", 1)
        while machine.alive() and time.monotonic() - began < limit:
            tell()
            time.sleep(0.2)
    finally:
        machine.stop()
    tell()
    if not (share / "results").read_text().endswith("done\n"):
        failed += 1
        say(f"FAIL the machine ended after {told} of {wanted()} steps\n{tail(share / 'said', 'what was said')}\n"
            f"  -- the console: {machine.console}\n{machine.console_tail()}")
    elif told != wanted():
        failed += 1
        say(f"FAIL {told} steps were made, not {wanted()}")
    say(f"{time.monotonic() - began:.0f} s in all; all of it: {FOLDER}")
    say(f"{passed} passed, {failed} failed")
    return int(failed > 0)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    return vm.guarded(functools.partial(test, pathlib.Path(sys.argv[1]).resolve()), FOLDER)


if __name__ == "__main__":
    sys.exit(main())

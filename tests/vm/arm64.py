#!/usr/bin/env python3
"""Runs scenarios on Debian's arm64 kernel, in a virtual machine that QEMU emulates: `make test-arm64`.

The guest's programs are built for it on this machine, and its root is in memory (initramfs.py). All else is as in
vm.py: the same scenarios, the same script in the guest, the same results.
"""

from __future__ import annotations

import argparse
import functools
import os
import pathlib
import shlex
import shutil
import sys

import initramfs
import report
import scenarios
import vm
from accel import Accel
from kernels import Kernel, Store
from machine import Machine
from shape import Shape
from util import Failure, number, say

QEMU = "qemu-system-aarch64"
# The oldest, ARMv8.0, whose only atomics are load-exclusive and store-exclusive; and the most that QEMU has.
# (Unless told otherwise, QEMU computes the real algorithm of pointer authentication at each function call.)
CPU_MODELS = {"cortex-a57": "cortex-a57", "max": "max,pauth-impdef=on"}
# The scenarios for what could differ; the others would show little more and take hours.
CASES = "boundary,attach_detach,pin_by_cpu,stopped,killed_pinned,leases,zoo_vruntime"
BOUNDARY_LIMIT_S = 300
INIT = scenarios.GUEST_SCRIPT.parent / "init.sh"


class Emulated:
    """Replaces AccelChooser, since there is nothing to choose."""

    def choose(self) -> Accel:
        return Accel(False, "arm64 is emulated", sure=True)


class Arm64Machine(Machine):
    """QEMU's board `virt`, whose root is an initramfs; it sees folders of the host at their own paths."""

    def __init__(self, *arguments, cpu: str, image: pathlib.Path, read_only: tuple[pathlib.Path, ...], **more):
        super().__init__(*arguments, **more)
        if self.icount or not self.shape.plain:
            raise Failure("the arm64 machine has like CPUs, which are all online, and an ordinary clock: choose other scenarios.")
        self.cpu = cpu
        self.image = image
        self.read_only = read_only

    def command(self) -> list[str]:
        command = [QEMU, "-M", "virt", "-cpu", self.cpu, "-smp", str(self.shape.cpus), "-m", f"{self.shape.memory_mb}M"]
        command += ["-nodefaults", "-display", "none", "-serial", "stdio", "-no-reboot"]
        command += ["-kernel", str(self.kernel.image), "-initrd", str(self.image)]
        append = ["console=ttyAMA0", "loglevel=5", "panic=-1", self.shape.append]
        # The writable folder may be inside one of the others, so it is mounted last.
        for place, (mode, folder) in enumerate([*(("ro", folder) for folder in self.read_only), ("rw", self.folder)]):
            tag = f"fs{place}"
            option = ",readonly=on" if mode == "ro" else ""
            # QEMU wants commas in a value doubled.
            path = str(folder).replace(",", ",,")
            command += ["-fsdev", f"local,id={tag},path={path},security_model=none{option}"]
            command += ["-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
            append.append(f"scxb.{tag}={mode}:{folder}")
        command += ["-append", " ".join(filter(None, append))]
        return command + shlex.split(os.environ.get("VM_QEMU_OPTS", ""))

    def start(self, guest_command: str) -> None:
        (self.folder / "command").write_text(f"{guest_command}\n")
        self._launch(self.command(), dict(os.environ))


def wanted(args: argparse.Namespace) -> list[scenarios.Scenario]:
    """The scenarios of the program built for the guest, and the tests of the boundary."""
    factor = number("VM_TIMEOUT_FACTOR", 1)
    cpus = int(number("VM_CPUS", 2))
    found = scenarios.load(args.dir / "scenarios", cpus, factor, tuple(shlex.split(args.emulator)))
    boundary = scenarios.Scenario("boundary", timeout_s=BOUNDARY_LIMIT_S * factor, shape=Shape(cpus=cpus), program="boundary.sh")
    return scenarios.select([boundary, *found], args.case or CASES)


def test(args: argparse.Namespace) -> int:
    models = args.cpu.split()
    for model in models:
        if model not in CPU_MODELS:
            raise Failure(f"ARM64_CPU={model}: there is {' and '.join(CPU_MODELS)}.")
    if not shutil.which(QEMU):
        raise Failure(f"{QEMU} is missing. Run `tests/setup.sh arm64`, or install QEMU for arm64.")
    chosen = wanted(args)
    kernel = Store("arm64").get(args.kernel)
    image = args.dir / f"initramfs-{kernel.label}"
    initramfs.write(image, args.root, kernel.image.parent, INIT)
    results: list[scenarios.Result] = []
    try:
        for model in models:
            label = f"{kernel.label}-arm64-{model}"
            machine = functools.partial(
                Arm64Machine, cpu=CPU_MODELS[model], image=image, read_only=(args.dir, scenarios.GUEST_SCRIPT.parent)
            )
            results += scenarios.run_all(
                Kernel(label, kernel.image), Emulated(), chosen, args.dir, vm.fresh_logs(args, label), report.show, machine=machine
            )
    finally:
        report.write(results, args.dir / "results.json")
    say(f"\n{report.table(results)}\n\n{report.failures(results)}{report.count(results)}")
    return int(any(result.status == "FAIL" for result in results))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=pathlib.Path, required=True, help="where the guest's executables are and logs go")
    parser.add_argument("--root", type=pathlib.Path, required=True, help="Debian's packages for arm64, unpacked")
    parser.add_argument("--emulator", default="", help="what runs a program for arm64 on this machine")
    parser.add_argument("--kernel", default="newest", help="oldest, newest or a version such as 7.3 (default: newest)")
    parser.add_argument("--cpu", default=" ".join(CPU_MODELS), help="CPU models (default: all)")
    parser.add_argument("--case", default="", metavar="GLOB[,GLOB]")
    args = parser.parse_args()
    args.dir, args.root = args.dir.resolve(), args.root.resolve()
    return vm.guarded(lambda: test(args), args.dir)


if __name__ == "__main__":
    sys.exit(main())

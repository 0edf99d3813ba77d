"""How QEMU is called for the arm64 guest, and what runs in it."""

import argparse
import os
import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

import arm64
import scenarios
from kernels import Kernel
from shape import Shape
from util import Failure

INIT = pathlib.Path(arm64.INIT)


def machine(folder: pathlib.Path, icount: bool = False, **shape) -> arm64.Arm64Machine:
    kernel = Kernel("7.3.4-arm64-max", pathlib.Path("/kernel"))
    return arm64.Arm64Machine(
        kernel, arm64.Emulated().choose(), folder, Shape(memory_mb=1024, **shape), icount, cpu="max", image=pathlib.Path("/image"), read_only=(pathlib.Path("/vm"),)
    )


class Command(unittest.TestCase):
    def test_folders_are_where_the_host_has_them(self):
        command = machine(pathlib.Path("/logs/a,b"), append="more").command()
        append = command[command.index("-append") + 1].split()
        self.assertIn("scxb.fs1=rw:/logs/a,b", append)
        self.assertIn("scxb.fs0=ro:/vm", append)
        self.assertEqual(append[-3], "more")
        shares = [command[place + 1] for place, part in enumerate(command) if part == "-fsdev"]
        self.assertEqual(
            shares,
            ["local,id=fs0,path=/vm,security_model=none,readonly=on", "local,id=fs1,path=/logs/a,,b,security_model=none"],
        )

    def test_options_of_the_person_come_last(self):
        with mock.patch.dict(os.environ, {"VM_QEMU_OPTS": "-d 'a b'"}):
            self.assertEqual(machine(pathlib.Path("/logs")).command()[-2:], ["-d", "a b"])

    def test_refuses_what_it_does_not_have(self):
        for more in ({"llcs": 2}, {"max_cpus": 4}, {"icount": True}):
            with self.assertRaisesRegex(Failure, "like CPUs"):
                machine(pathlib.Path("/logs"), **more)

    def test_the_command_is_left_in_the_writable_folder(self):
        with tempfile.TemporaryDirectory() as name:
            guest = machine(pathlib.Path(name))
            with mock.patch.object(guest, "_launch") as launch:
                guest.start("run.sh a b")
            self.assertEqual((pathlib.Path(name) / "command").read_text(), "run.sh a b\n")
            self.assertEqual(launch.call_args.args[0], guest.command())


class Wanted(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        program = self.dir / "scenarios"
        # Only the emulator runs it.
        names = arm64.CASES.split(",")[1:] + ["hotplug"]
        program.write_text("[" + ",".join(f'{{"name":"{name}","timeout_s":10}}' for name in names) + "]")

    def names(self, case: str) -> list[str]:
        args = argparse.Namespace(dir=self.dir, case=case, emulator="sh -c 'cat \"$0\"'")
        return [scenario.name for scenario in arm64.wanted(args)]

    def test_the_chosen_ones_and_any(self):
        self.assertEqual(self.names(""), arm64.CASES.split(","))
        self.assertEqual(self.names("hotplug"), ["hotplug"])
        self.assertEqual(self.names("boundary"), ["boundary"])
        with self.assertRaisesRegex(Failure, "no such scenario"):
            self.names("hotplugged")


class Boundary(unittest.TestCase):
    def status(self, told: str, status: int) -> int:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "boundary").write_text(f"#!/bin/sh\nprintf '{told}' >&2\nexit {status}\n")
            (folder / "boundary").chmod(0o755)
            script = scenarios.GUEST_SCRIPT.parent / "boundary.sh"
            environment = os.environ | {"SCXB_OUT": name}
            return subprocess.run([script], cwd=folder, env=environment, capture_output=True, check=False).returncode

    def test_passes_only_if_tests_ran_and_none_was_skipped(self):
        passed = "test result: ok. 29 passed; 0 failed\\n"
        self.assertEqual(self.status(passed, 0), 0)
        self.assertEqual(self.status(passed.replace("29", "0"), 0), 1)
        self.assertEqual(self.status(f"skipped: wait::a: not root\\n{passed}", 0), 1)
        self.assertEqual(self.status("test result: FAILED. 28 passed; 1 failed\\n", 101), 1)


class Init(unittest.TestCase):
    def test_is_a_shell_script(self):
        """It is read by busybox, whose shell is POSIX's."""
        subprocess.run(["sh", "-n", INIT], check=True)


if __name__ == "__main__":
    unittest.main()

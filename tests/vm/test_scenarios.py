"""Planning boots, and what a scenario's files mean."""

import contextlib
import io
import pathlib
import tempfile
import unittest

import report
import scenarios
from accel import Accel
from kernels import Kernel
from scenarios import Boot, Events, Result, Scenario
from shape import Shape
from util import Failure


class Parse(unittest.TestCase):
    def test_defaults_and_factor(self):
        text = '[{"name":"a","timeout_s":10,"unknown":1},{"name":"b","shape":{"cpus":4,"threads":2},"last":true,"tags":null}]'
        a, b = scenarios.parse(text, default_cpus=3, timeout_factor=2)
        self.assertEqual((a.shape, a.timeout_s, a.last, a.arguments), (Shape(cpus=3), 20, False, ("run", "a")))
        self.assertEqual((b.shape, b.timeout_s, b.last, b.tags), (Shape(cpus=4, threads=2), 240, True, ()))

    def test_a_shape_is_understood_wholly(self):
        with self.assertRaisesRegex(TypeError, "corners"):
            scenarios.parse('[{"name":"a","shape":{"corners":3}}]', 2, 1)

    def test_a_name_becomes_a_folder(self):
        with self.assertRaises(Failure):
            scenarios.parse('[{"name":"../x"}]', 2, 1)

    def test_kernels(self):
        self.assertEqual([s.kernels for s in scenarios.parse('[{"name":"a","kernels":"every"},{"name":"b"}]', 2, 1)], ["every", ""])
        with self.assertRaisesRegex(Failure, "scenario a: kernels is 'some'"):
            scenarios.parse('[{"name":"a","kernels":"some"}]', 2, 1)

    def test_select(self):
        found = [Scenario("load_zoo"), Scenario("load_pipes"), Scenario("stop"), Scenario("stop@smt")]
        self.assertEqual(scenarios.select(found, ""), found)
        self.assertEqual([s.name for s in scenarios.select(found, "stop,*_zoo")], ["load_zoo", "stop"])
        self.assertEqual([s.name for s in scenarios.select(found, "*@smt")], ["stop@smt"])
        with self.assertRaisesRegex(Failure, "no such scenario"):
            scenarios.select(found, "stop,none_*")


class Share(unittest.TestCase):
    old, long_term, new = (Kernel(version, pathlib.Path(version)) for version in ("6.16.12", "6.18.15", "7.3.4"))
    wanted = [Scenario("a"), Scenario("b", kernels="every"), Scenario("c", kernels="ends")]

    def shared(self, kernels: list[Kernel], named: bool) -> list[tuple[str, list[str]]]:
        return [(k.label, [s.name for s in found]) for k, found in scenarios.share(kernels, self.wanted, named)]

    def test_the_newest_runs_all(self):
        self.assertEqual(
            self.shared([self.old, self.long_term, self.new], named=False),
            [("6.16.12", ["b", "c"]), ("6.18.15", ["b"]), ("7.3.4", ["a", "b", "c"])],
        )

    def test_what_is_named_runs_on_all(self):
        self.assertEqual(self.shared([self.old, self.new], named=True), [("6.16.12", ["a", "b", "c"]), ("7.3.4", ["a", "b", "c"])])


class Plan(unittest.TestCase):
    def test_shares_boots(self):
        found = [Scenario("a"), Scenario("b", shape=Shape(cpus=4)), Scenario("d", last=True), Scenario("c")]
        found += [Scenario("f", last=True), Scenario("e", shape=Shape(append="x")), Scenario("b@y", shape=Shape(cpus=4))]
        boots = [[scenario.name for scenario in boot] for boot in scenarios.plan(found)]
        self.assertEqual(boots, [["a", "c", "d"], ["f"], ["b", "b@y"], ["e"]])


class ReadEvents(unittest.TestCase):
    def test_waits_for_whole_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "events"
            events = Events(path)
            self.assertEqual(list(events), [])
            path.write_text("boot 7.3\nstart a\nend a")
            self.assertEqual(list(events), [["boot", "7.3"], ["start", "a"]])
            with open(path, "a") as file:
                file.write(" 0 1.5\n")
            self.assertEqual(list(events), [["end", "a", "0", "1.5"]])
            self.assertEqual(list(events), [])


class Judge(unittest.TestCase):
    def judge(self, status: int, seconds: float = 1, log: str = "", dmesg: str = "") -> Result:
        with tempfile.TemporaryDirectory() as folder:
            boot = Boot.__new__(Boot)
            boot.folder = pathlib.Path(folder)
            boot.kernel = type("Kernel", (), {"label": "7.3.4"})
            boot.scenarios = {"a": Scenario("a", timeout_s=30)}
            (boot.folder / "a").mkdir()
            (boot.folder / "a/log").write_text(log)
            (boot.folder / "a/dmesg").write_text(dmesg)
            return boot._result("a", status, seconds)

    def test_status(self):
        self.assertEqual(self.judge(0).status, "ok")
        self.assertEqual(self.judge(1).status, "FAIL")
        self.assertEqual(self.judge(77, log="x\nnot here\n").status, "skip")
        self.assertEqual(self.judge(77, log="x\nnot here\n").reason, "not here")
        self.assertIn("not done after 30 s", self.judge(137, seconds=40).reason)
        self.assertEqual(self.judge(137, seconds=3).reason, "exit status 137")

    def test_a_kernel_bug_fails_what_passed(self):
        for line in (
            "[   12.1] BUG: kernel NULL pointer dereference, address: 0",
            "[   12.1] WARNING: CPU: 1 PID: 44 at kernel/sched/ext.c:1234 scx_foo+0x1/0x2",
            "[   12.1] WARNING: kernel/sched/ext.c:1234 at scx_foo+0x1/0x2, CPU#1: a/44",
            "[   12.1] Oops: general protection fault, 0000 [#1] SMP",
        ):
            self.assertEqual(self.judge(0, dmesg=f"[ 1.0] fine\n{line}\n").status, "FAIL", line)
        for line in (
            'sched_ext: BPF scheduler "goland" disabled (unregistered from user space)',
            "watchdog: BUG: soft lockup - CPU#1 stuck for 22s!",
            "WARNING: CPU: 1 PID: 44 at drivers/x.c:12",
        ):
            self.assertEqual(self.judge(0, dmesg=line).status, "ok", line)

    def test_a_fault_that_a_kernel_is_known_for_is_its_own(self):
        known = "[   90.0] WARNING: CPU: 1 PID: 24 at kernel/sched/deadline.c:265 inactive_task_timer+0x4bb/0x5f0"
        other = "[   91.0] WARNING: CPU: 1 PID: 24 at kernel/sched/ext.c:1234 scx_foo+0x1/0x2"
        self.assertEqual(scenarios.complaint(known, "6.12.117"), "")
        self.assertEqual(scenarios.complaint(known, "7.3.4"), known)
        self.assertEqual(scenarios.complaint(f"{known}\n{other}", "6.12.117"), other)


class EmulatorsFault(unittest.TestCase):
    class Machine:
        """Dies in its first scenario, as often as it is told to."""

        deaths = 0
        console = pathlib.Path("console.log")
        shape = "two CPUs"
        early = False
        oops = "[   60.7] Oops: int3: 0000 [#1] SMP NOPTI"

        def __init__(self, kernel, accel, folder, *shape):
            self.folder = folder

        def start(self, command):
            self.names = [line.split()[0] for line in (self.folder / "jobs").read_text().splitlines()]
            self.dies = EmulatorsFault.Machine.deaths > 0
            EmulatorsFault.Machine.deaths -= 1
            if self.dies and self.early:
                return
            events = ["boot x"]
            for name in self.names[:1] if self.dies else self.names:
                events += [f"start {name}"] if self.dies else [f"start {name}", f"end {name} 0 1"]
            (self.folder / "events").write_text("\n".join(events) + "\n")

        def alive(self):
            return not self.dies

        def stop(self, patience_s=0):
            pass

        def console_text(self):
            return self.oops

    def run_all(self, deaths: int, kvm: bool = False, early: str = "") -> list[Result]:
        self.Machine.deaths = deaths
        machine = type("Machine", (self.Machine,), {"early": True, "oops": early}) if early else self.Machine
        accel = Accel(kvm, "", sure=True)
        chooser = type("Chooser", (), {"choose": lambda self: accel})()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            path = pathlib.Path(folder)
            two = [Scenario("a", arguments=("run", "a")), Scenario("b", arguments=("run", "b"))]
            return scenarios.run_all(Kernel("7.3.4", path), chooser, two, path, path, lambda result: None, machine=machine)

    def test_what_the_emulator_killed_is_run_once_more(self):
        self.assertEqual([result.status for result in self.run_all(deaths=1)], ["ok", "ok"])

    def test_but_not_twice(self):
        self.assertEqual([result.status for result in self.run_all(deaths=2)], ["FAIL", "ok"])

    def test_a_boot_that_the_emulator_killed_is_repeated(self):
        failed = "[    1.2] mtrr: x\nqemu-system-x86_64: system/physmem.c:2678: iotlb_to_section: Assertion `a < b' failed.\n"
        self.assertEqual([result.status for result in self.run_all(deaths=3, early=failed)], ["ok", "ok"])
        self.assertEqual([result.status for result in self.run_all(deaths=2, early="no root\n")], ["FAIL", "FAIL"])

    def test_on_real_cpus_it_is_the_kernels_fault(self):
        self.assertEqual([result.status for result in self.run_all(deaths=1, kvm=True)], ["FAIL", "ok"])


class Report(unittest.TestCase):
    def test_count_and_table(self):
        results = [Result("6.16.12", "a", "ok", 1.25), Result("7.3.4", "a", "FAIL", 2), Result("7.3.4", "b", "skip")]
        self.assertEqual(report.count(results), "1 passed, 1 failed, 1 skipped")
        self.assertEqual(report.count(results[:1]), "1 passed, 0 failed")
        self.assertEqual(
            report.table(results).splitlines(),
            ["scenario  6.16.12   7.3.4", "a         ok 1.2 s  FAIL 2.0 s", "b         -         skip 0.0 s"],
        )

    def test_failures_are_told_with_their_first_error(self):
        log = "   1.000 fine\n   2.000 FAILED at a.go:7: 3 lost\n   3.000 FAILED at a.go:9: more\n"
        results = [
            Result("6.16.12", "a", "ok", log=log),
            Result("7.3.4", "a", "FAIL", 2, "exit status 1", log),
            Result("7.3.4", "b", "FAIL", 3, "the machine ended by itself"),
        ]
        self.assertEqual(
            report.failures(results).splitlines(),
            ["FAIL 7.3.4 a  2.0 s  exit status 1  FAILED at a.go:7: 3 lost", "FAIL 7.3.4 b  3.0 s  the machine ended by itself"],
        )

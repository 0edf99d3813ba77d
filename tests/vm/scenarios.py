"""The scenarios, their boots, and following a boot while it runs."""

from __future__ import annotations

import dataclasses
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import time
from collections.abc import Callable, Collection, Iterator

from accel import Accel, AccelChooser
from kernels import Kernel
from machine import Machine
from shape import Shape
from util import Failure, number, say

GUEST_SCRIPT = pathlib.Path(__file__).parent / "guest/run.sh"
SKIPPED = 77
TIMED_OUT = (124, 137)
# The guest enforces the scenario's own limit; this is what a healthy guest on a busy host needs on top, to
# end a scenario, clean up after it, and write its files.
MARGIN_S = 60
BOOT_LIMIT_S = {"KVM": 60, "TCG": 240}
POLL_S = 0.2
# Messages that no scenario may provoke. sched_ext's own are left to the scenarios: some expect them.
# "WARNING: CPU: 1 PID: 2 at kernel/sched/ext.c:1" is the old form; newer kernels write "WARNING: kernel/…".
KERNEL_BUG = re.compile(
    r"^.*(?:BUG: (?!soft lockup|workqueue)|kernel BUG at|Oops:|general protection fault|WARNING: .*kernel/(?:sched|bpf)/).*$",
    re.M,
)
# Harmless bugs of the kernel itself, by the prefix of its version. Any scheduler provokes them.
# 6.12: a CPU that goes stops its fair server a second time, if only tasks of a sched_ext scheduler ran there. The
# server's share of the CPU is then taken away twice, at once or by a timer.
KNOWN_BUGS = (("6.12.", re.compile(r"WARNING: .*kernel/sched/deadline\.c:\d+ (?:task_non_contending|inactive_task_timer)\+")),)


def complaint(dmesg: str, kernel: str) -> str:
    """The first line in which a kernel reports a bug that is not among its known ones."""
    known = [pattern for series, pattern in KNOWN_BUGS if kernel.startswith(series)]
    for match in KERNEL_BUG.finditer(dmesg):
        if not any(pattern.search(match[0]) for pattern in known):
            return match[0].strip()
    return ""


# The same as everyKernel and bothEnds in Go.
EVERY_KERNEL = "every"
BOTH_ENDS = "ends"

# Bugs of the emulator, seen rarely, even with QEMU 10. With several CPUs it sometimes runs a half-patched instruction, and
# the guest dies of the breakpoint that the kernel sets while it patches its code. Or QEMU itself fails, as CPUs start.
EMULATOR_FAULT = re.compile(r"Oops: int3|^qemu-system-.*: Assertion .* failed", re.M)
# So often a boot may fail for that before any scenario has run.
EMULATOR_MAY_FAIL = 3


def emulators_fault(accel: Accel, console: str) -> bool:
    """Whether a machine died of a bug of the emulator, not of what it ran."""
    return not accel.kvm and EMULATOR_FAULT.search(console) is not None


# Arguments of Machine, in its order.
MachineKey = tuple[Shape, bool]
# Machine, or another factory with the same arguments.
MachineType = Callable[..., Machine]


@dataclasses.dataclass(frozen=True)
class Scenario:
    """As `scenarios list` describes it."""

    name: str
    doc: str = ""
    timeout_s: float = 120
    last: bool = False
    shape: Shape = Shape()
    icount: bool = False
    tags: tuple[str, ...] = ()
    # "every": on each of the default kernels; "ends": on the oldest and the newest; otherwise only on the newest.
    kernels: str = ""
    arguments: tuple[str, ...] = ()
    program: str = "scenarios"

    @property
    def machine(self) -> MachineKey:
        return self.shape, self.icount


@dataclasses.dataclass
class Result:
    kernel: str
    name: str
    status: str  # ok, FAIL or skip
    seconds: float = 0.0
    reason: str = ""
    log: str = ""
    dmesg: str = ""
    console: str = ""
    folder: str = ""


def load(program: pathlib.Path, default_cpus: int, timeout_factor: float, emulator: tuple[str, ...] = ()) -> list[Scenario]:
    """Asks the scenarios' program what it holds; one of another architecture needs an emulator."""
    if not program.exists():
        raise Failure(f"{program} is missing. Run `make` first: it builds the scenarios.")
    environment = os.environ | {"LD_LIBRARY_PATH": f"{program.parent}:{os.environ.get('LD_LIBRARY_PATH', '')}"}
    done = subprocess.run([*emulator, program, "list"], capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise Failure(f"`{program} list` failed with {done.returncode}:\n{done.stderr.strip()}")
    return parse(done.stdout, default_cpus, timeout_factor)


def parse(text: str, default_cpus: int, timeout_factor: float) -> list[Scenario]:
    known = {field.name for field in dataclasses.fields(Scenario)}
    found = []
    for entry in json.loads(text) or []:
        values = {key: value for key, value in entry.items() if key in known and value is not None}
        # Unlike other fields, an unknown field of the machine must not be ignored.
        values["shape"] = Shape(**({"cpus": default_cpus} | values.get("shape", {})))
        # In Go's JSON, zero means that the number was not set.
        values["timeout_s"] = (values.get("timeout_s") or Scenario.timeout_s) * timeout_factor
        values["tags"] = tuple(values.get("tags", ()))
        if values.get("kernels", "") not in ("", EVERY_KERNEL, BOTH_ENDS):
            raise Failure(
                f"scenario {values['name']}: kernels is {values['kernels']!r}: "
                f"must be {EVERY_KERNEL!r}, {BOTH_ENDS!r} or left out."
            )
        if not re.fullmatch(r"[A-Za-z0-9_.@-]+", values["name"]):
            raise Failure(f"scenario {values['name']!r}: a name is made of letters, digits, _ . @ and - only.")
        found.append(Scenario(**values, arguments=("run", values["name"])))
    return found


def select(scenarios: list[Scenario], globs: str) -> list[Scenario]:
    """CASE=GLOB[,GLOB]; a glob that matches nothing is an error, not an empty run."""
    patterns = [pattern for pattern in re.split(r"[,\s]+", globs) if pattern] or ["*"]
    for pattern in patterns:
        if not fnmatch.filter((scenario.name for scenario in scenarios), pattern):
            names = ", ".join(scenario.name for scenario in scenarios) or "none"
            raise Failure(f"CASE={pattern}: no such scenario. There are: {names}.")
    return [scenario for scenario in scenarios if any(fnmatch.fnmatch(scenario.name, pattern) for pattern in patterns)]


def share(kernels: list[Kernel], wanted: list[Scenario], named: bool) -> list[tuple[Kernel, list[Scenario]]]:
    """What runs on which kernel. If the user named kernels or scenarios, all run on each. Otherwise the last kernel,
    the newest, runs all, and the others run those that depend on the kernel: the first, the oldest, more of them."""

    def run_on(kernel: Kernel) -> list[Scenario]:
        if named or kernel is kernels[-1]:
            return wanted
        fitting = (EVERY_KERNEL, BOTH_ENDS) if kernel is kernels[0] else (EVERY_KERNEL,)
        return [scenario for scenario in wanted if scenario.kernels in fitting]

    return [(kernel, run_on(kernel)) for kernel in kernels]


def plan(scenarios: list[Scenario]) -> list[list[Scenario]]:
    """The boots: scenarios for the same machine share one. One that leaves it unusable for others comes last."""
    boots: dict[MachineKey, list[list[Scenario]]] = {}
    for scenario in sorted(scenarios, key=lambda scenario: scenario.last):
        of_machine = boots.setdefault(scenario.machine, [[]])
        if of_machine[-1] and of_machine[-1][-1].last:
            of_machine.append([])
        of_machine[-1].append(scenario)
    return [boot for of_machine in boots.values() for boot in of_machine]


class Events:
    """Reads the guest's event file as it grows; a half-written line waits for its rest."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        self.offset = 0

    def __iter__(self) -> Iterator[list[str]]:
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                text = file.read()
        except FileNotFoundError:
            return
        end = text.rfind(b"\n") + 1
        self.offset += end
        for line in text[:end].decode(errors="replace").splitlines():
            yield line.split()


class Boot:
    """One boot with a list of scenarios, followed until it ends, however that happens."""

    def __init__(
        self,
        kernel: Kernel,
        accel: Accel,
        folder: pathlib.Path,
        scenarios: list[Scenario],
        machine: MachineType = Machine,
        excused: Collection[str] = (),
    ):
        self.kernel = kernel
        self.accel = accel
        self.folder = folder
        self.scenarios = {scenario.name: scenario for scenario in scenarios}
        self.results: list[Result] = []
        self.booted = False
        self.unusable = ""
        # The scenario in which the emulator failed, and which has no result; not one in which it failed before.
        self.died: Scenario | None = None
        self.excused = excused
        self.current: Scenario | None = None
        self.current_began = 0.0
        self.machine = machine(kernel, accel, folder, *scenarios[0].machine)

    def run(self, vm_dir: pathlib.Path, report: Callable[[Result], None], follow: Callable[[], None] = lambda: None) -> None:
        """Boots and runs them. `report` gets each result at once; `follow` is called at every poll."""
        self._write_jobs()
        events = Events(self.folder / "events")
        self.report = report
        say(f"booting {self.kernel.label} ({self.accel.name}, {self.machine.shape}) … ", end="")
        self.began = time.monotonic()
        factor = number("VM_TIMEOUT_FACTOR", 1)
        limit_s = BOOT_LIMIT_S[self.accel.name] * factor
        deadline = self.began + limit_s
        finished = False
        try:
            self.machine.start(f"{GUEST_SCRIPT} {self.folder} {vm_dir}")
            while not finished:
                # In this order, so that a dying machine's last output is still read.
                alive = self.machine.alive()
                for event in events:
                    finished |= self._take(event)
                    limit_s = MARGIN_S * factor + (self.current.timeout_s if self.current else 0)
                    deadline = time.monotonic() + limit_s
                follow()
                if finished:
                    break
                if not alive:
                    self._broken("the machine ended by itself (crash or panic)")
                    break
                if time.monotonic() > deadline:
                    self._broken(f"the machine gave no sign of life for {limit_s:.0f} s")
                    break
                time.sleep(POLL_S)
        finally:
            self.machine.stop(patience_s=3 if finished else 0)

    def _write_jobs(self) -> None:
        self.folder.mkdir(parents=True)
        jobs = [f"{s.name} {s.timeout_s:g} {s.program} {' '.join(s.arguments)}\n" for s in self.scenarios.values()]
        (self.folder / "jobs").write_text("".join(jobs))
        factor = os.environ.get("VM_TIMEOUT_FACTOR", "1")
        (self.folder / "env").write_text(f"SCXB_ACCEL={self.accel.name.lower()}\nVM_TIMEOUT_FACTOR={factor}\n")

    def _take(self, event: list[str]) -> bool:
        """One event of the guest; True when there is nothing more to wait for."""
        kind, rest = event[0], event[1:]
        if kind == "boot":
            self.booted = True
            say(f"{time.monotonic() - self.began:.0f} s")
        elif kind == "start":
            self.current = self.scenarios[rest[0]]
            self.current_began = time.monotonic()
        elif kind == "end":
            self._add(self._result(rest[0], int(rest[1]), float(rest[2])))
            self.current = None
            return len(self.results) == len(self.scenarios)
        elif kind == "unclean":
            say(f"     {self.kernel.label}: {' '.join(rest)}; the rest gets a new boot")
        elif kind == "unusable":
            self.unusable = " ".join(rest)
            return True
        return kind == "done"

    def _result(self, name: str, status: int, seconds: float) -> Result:
        result = self._files(name)
        result.seconds = seconds
        bug = complaint(result.dmesg, self.kernel.label)
        limit_s = self.scenarios[name].timeout_s
        if status in TIMED_OUT and seconds >= limit_s:
            result.reason = f"not done after {limit_s:g} s: ended"
        elif bug:
            result.reason = f"the kernel complained: {bug}"
        elif status == SKIPPED:
            lines = result.log.strip().splitlines()
            result.status, result.reason = "skip", lines[-1] if lines else "no reason given"
        elif status == 0:
            result.status = "ok"
        else:
            result.reason = f"exit status {status}"
        return result

    def _files(self, name: str) -> Result:
        def text(file: str) -> str:
            try:
                return (self.folder / name / file).read_text(errors="replace")
            except OSError:
                return ""

        return Result(self.kernel.label, name, "FAIL", log=text("log"), dmesg=text("dmesg"), folder=str(self.folder / name))

    def _broken(self, why: str) -> None:
        if not self.booted:
            say(f"failed: {why}")
        if self.current:
            result = self._files(self.current.name)
            result.seconds = time.monotonic() - self.current_began
            result.reason = why
            self.machine.stop()
            # What it died of may be far above the end: a long trace follows.
            result.console = self.machine.console_text()
            if self.current.name not in self.excused and emulators_fault(self.accel, result.console):
                self.died = self.current
                say(f"     {self.kernel.label}: the emulator failed in {self.current.name}; once more in a new boot")
                return
            self._add(result)

    def _add(self, result: Result) -> None:
        self.results.append(result)
        self.report(result)


def run_all(
    kernel: Kernel,
    chooser: AccelChooser,
    scenarios: list[Scenario],
    vm_dir: pathlib.Path,
    logs: pathlib.Path,
    report: Callable[[Result], None],
    follow: Callable[[], None] = lambda: None,
    machine: MachineType = Machine,
) -> list[Result]:
    """All scenarios on one kernel, with new boots for those that a broken machine did not run."""
    results: list[Result] = []
    accel = chooser.choose()
    boots = plan(scenarios)
    number = 0
    failed_boots = emulator_failed = 0
    excused: set[str] = set()
    while boots:
        pending = boots.pop(0)
        number += 1
        boot = Boot(kernel, accel, logs / f"boot{number}", pending, machine, excused)
        boot.run(vm_dir, report, follow)
        results += boot.results
        done = {result.name for result in boot.results}
        rest = [scenario for scenario in pending if scenario.name not in done]
        if not rest:
            continue
        if boot.died:
            excused.add(boot.died.name)
            boots.insert(0, rest)
            continue
        if not boot.booted and emulator_failed < EMULATOR_MAY_FAIL and emulators_fault(accel, boot.machine.console_text()):
            emulator_failed += 1
            boots.insert(0, rest)
            continue
        if boot.unusable or (not boot.results and failed_boots > 0):
            reason = boot.unusable or f"the machine did not start: see {boot.machine.console}"
            for scenario in [*rest, *(s for later in boots for s in later)]:
                result = Result(kernel.label, scenario.name, "FAIL", reason=reason)
                if scenario is rest[0] and not boot.unusable:
                    result.console = boot.machine.console_text()
                results.append(result)
                report(result)
            break
        if not boot.results:
            failed_boots += 1
            if accel.kvm and not accel.sure:
                accel = chooser.reject_kvm("/dev/kvm started a guest, but this one did not get far")
                say(f"falling back to {accel.name}: {accel.why}")
        boots.insert(0, rest)
    return results

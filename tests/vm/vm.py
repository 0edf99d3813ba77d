#!/usr/bin/env python3
"""Runs scxbridge on a kernel with sched_ext, in a virtual machine: `vm.py --help`.

Reading order: this file, scenarios.py (what runs), matrix.py (what loads), machine.py, accel.py and shape.py (where), kernels.py,
kernel_build.py and apt.py (on what).
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Callable

import kernel_build
import matrix as verifier_matrix
import report
import scenarios
from accel import Accel, AccelChooser
from kernels import WORDS, Store, parse_version
from machine import Machine
from shape import Shape
from util import Failure, locked, number, say

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The kernels that `test` runs on.
DEFAULT_KERNELS = "oldest lts newest"
DEMO_LIMIT_S = 900
# After the soak itself, for loads that still run then.
SOAK_END_LIMIT_S = 600
# For the system benchmarks, on a slow host: they end by themselves.
BENCH_LIMIT_S = 4 * 3600


def show_accel(accel: Accel) -> None:
    say(f"virtual CPUs: {accel.name} ({accel.why})")


def test(args: argparse.Namespace) -> int:
    """The scenarios: all on the newest kernel, some on others too; all on kernels that are named."""
    factor = number("VM_TIMEOUT_FACTOR", 1)
    wanted = scenarios.load(args.dir / "scenarios", int(number("VM_CPUS", 2)), factor)
    wanted = scenarios.select(wanted, args.case)
    kernels = Store().select(args.kernel or DEFAULT_KERNELS)
    results: list[scenarios.Result] = []
    try:
        for kernel, fitting in scenarios.share(kernels, wanted, named=bool(args.kernel or args.case)):
            chooser = AccelChooser(kernel)
            if kernel is kernels[0]:
                show_accel(chooser.choose())
            results += scenarios.run_all(kernel, chooser, fitting, args.dir, fresh_logs(args, kernel.label), report.show)
    finally:
        report.write(results, args.dir / "results.json")
    say(f"\n{report.table(results)}\n\n{report.failures(results)}{report.count(results)}")
    if not results:
        raise Failure("no scenario was run: there are none, or no kernel was named.")
    return int(any(result.status == "FAIL" for result in results))


def demo(args: argparse.Namespace) -> int:
    """`scenarios demo`, its output shown while it runs."""
    if args.host:
        return demo_on_host(args)
    return show_while_it_runs(args, "demo", ("demo",), DEMO_LIMIT_S)


def program(args: argparse.Namespace) -> int:
    """`scenarios program`: a scheduler of the user's own, whose command is in CMD, under a load."""
    command = os.environ.get("CMD", "").strip()
    if not command:
        raise Failure("CMD is missing: the command that starts your scheduler, as in make vm-run CMD='./mypolicy --flag'.")
    words = (args.load, str(args.seconds), urllib.parse.quote(program_script(command, args.folder), safe="/"))
    return show_while_it_runs(args, "program", ("program", *words), DEMO_LIMIT_S + 2 * args.seconds)


def program_script(command: str, folder: pathlib.Path) -> str:
    """What the guest's shell runs: the command, in the folder where the user typed it, as the user's shell would find it.

    The guest has the library, and the Python package is that of the repository, unless the user's Python has its own.
    """
    path, python = shlex.quote(os.environ.get("PATH", "")), shlex.quote(str(ROOT / "packaging/python"))
    # exec, so that the program itself gets the signal; env, for what is assigned before the command.
    return f'export PATH="$PATH":{path} PYTHONPATH={python}\ncd {shlex.quote(str(folder))} || exit 127\nexec env {command}'


def soak(args: argparse.Namespace) -> int:
    """`scenarios soak`: loads and faults at random, its output shown while it runs."""
    arguments = ("soak", f"{args.minutes:g}", *([args.seed] if args.seed else []))
    return show_while_it_runs(args, "soak", arguments, args.minutes * 60 + SOAK_END_LIMIT_S)


def grace(args: argparse.Namespace) -> int:
    """`scenarios grace`: measures what the option grace costs and gives."""
    return show_while_it_runs(args, "grace", ("grace",), DEMO_LIMIT_S)


def contention(args: argparse.Namespace) -> int:
    """`scenarios contention`: counts waits for the locks of dispatch queues."""
    return show_while_it_runs(args, "contention", ("contention",), DEMO_LIMIT_S)


def bench(args: argparse.Namespace) -> int:
    """`scenarios bench`: the benchmarks in the machine, for tests/bench/system.py and topology.py."""
    arguments = ["bench", "-rounds", str(args.rounds), "-profile", str(args.profile), "-impls", args.impls, "-suite", args.suite]
    if args.loads:
        arguments += ["-loads", args.loads]
    if args.waits:
        arguments += ["-waits", args.waits]
    if args.icount:
        arguments.append("-icount")
        # KVM has no -icount.
        os.environ["VM_ACCEL"] = "tcg"
    try:
        shape = Shape(cpus=args.cpus or int(number("VM_CPUS", 2)), llcs=args.llcs, nodes=args.nodes)
    except ValueError as wrong:
        raise Failure(str(wrong)) from None
    return show_while_it_runs(args, "bench", tuple(arguments), BENCH_LIMIT_S, args.icount, shape)


def show_while_it_runs(
    args: argparse.Namespace,
    name: str,
    arguments: tuple[str, ...],
    limit_s: float,
    icount: bool = False,
    shape: Shape | None = None,
) -> int:
    """One run of the scenarios' program in the machine, its output copied to ours."""
    kernel = Store().get(args.kernel)
    chooser = AccelChooser(kernel)
    accel = chooser.choose()
    show_accel(accel)
    scenario = scenarios.Scenario(
        name,
        timeout_s=limit_s * number("VM_TIMEOUT_FACTOR", 1),
        shape=shape or Shape(cpus=int(number("VM_CPUS", 2))),
        icount=icount,
        arguments=arguments,
    )
    if not (args.dir / "scenarios").exists():
        raise Failure(f"{args.dir}/scenarios is missing. Run `make scenarios`, which builds it.")
    logs = fresh_logs(args, f"{name}-{kernel.label}")
    stream = Stream()

    def follow() -> None:
        # The boot's number grows if the machine has to be started again.
        boots = sorted(logs.glob(f"boot*/{name}/log"))
        if boots:
            stream.copy(boots[-1])

    results = scenarios.run_all(kernel, chooser, [scenario], args.dir, logs, lambda result: None, follow)
    follow()
    failed = [result for result in results if result.status == "FAIL"]
    for result in failed:
        result.log = ""  # already shown
        report.show(result)
    return int(bool(failed))


class Stream:
    """Copies what is appended to a file to our output."""

    def __init__(self) -> None:
        self.path: pathlib.Path | None = None
        self.offset = 0

    def copy(self, path: pathlib.Path) -> None:
        if path != self.path:
            self.path, self.offset = path, 0
        with open(path, "rb") as file:
            file.seek(self.offset)
            new = file.read()
        self.offset += len(new)
        sys.stdout.buffer.write(new)
        sys.stdout.buffer.flush()


def demo_on_host(args: argparse.Namespace) -> int:
    """On the running kernel: for machines that have sched_ext themselves."""
    state = pathlib.Path("/sys/kernel/sched_ext/state")
    release = os.uname().release
    if not state.exists():
        raise Failure(f"HOST=1: this kernel ({release}) has no sched_ext. Without HOST=1 the demo boots one that has.")
    if os.geteuid() != 0:
        raise Failure("HOST=1 attaches a scheduler to this very machine, which needs root: `sudo env \"PATH=$PATH\" make demo HOST=1`.")
    if state.read_text().strip() != "disabled":
        raise Failure(f"HOST=1: a sched_ext scheduler is {state.read_text().strip()} on this machine already. End it first.")
    say(f"running on this machine's own kernel {release}")
    environment = os.environ | {
        "SCXB_BIN": str(args.dir),
        "SCXB_OUT": str(fresh_logs(args, "demo-host")),
        "SCXB_ACCEL": "host",
        "PATH": f"{args.dir}:{os.environ.get('PATH', '')}",
        "LD_LIBRARY_PATH": str(args.dir),
    }
    demo = subprocess.Popen([args.dir / "scenarios", "demo"], env=environment)
    try:
        return demo.wait()
    finally:
        # If we are asked to end, the demo detaches the scheduler before it ends.
        if demo.poll() is None:
            demo.terminate()
            demo.wait()


def matrix(args: argparse.Namespace) -> int:
    """Loads the BPF programs of each clang on each kernel."""
    clangs = args.clang.split() or verifier_matrix.installed_clangs()
    if not clangs:
        raise Failure("matrix: no clang-14 or later is in PATH under a name with its version. Run `make setup-matrix`.")
    if not (args.dir / "scenarios").exists():
        raise Failure(f"{args.dir}/scenarios is missing. Run `make matrix`, which builds it.")
    [machine_of] = scenarios.select(scenarios.load(args.dir / "scenarios", 2, 1), verifier_matrix.MACHINE_OF)
    jobs = verifier_matrix.jobs(verifier_matrix.build(clangs, ROOT, args.dir / "matrix"), machine_of.shape)
    results: list[scenarios.Result] = []
    for kernel in Store().select(args.kernel):
        logs = fresh_logs(args, f"matrix-{kernel.label}")
        results += scenarios.run_all(kernel, AccelChooser(kernel), jobs, args.dir, logs, report.show)
    text = verifier_matrix.table(verifier_matrix.verified(results))
    say(f"\n{text}\n{report.failures(results)}{report.count(results)}")
    if any(result.status != "ok" for result in results):
        return 1
    if args.write:
        args.write.write_text(verifier_matrix.put_into(args.write.read_text(), text))
    return 0


def kernels(args: argparse.Namespace) -> int:
    """What the mirror offers and what is cached."""
    store = Store()
    cached = store.cached()
    offers = {offer.version: offer for offer in store.offers(fresh=args.refresh)}
    for version in sorted(cached.keys() | offers.keys(), key=parse_version):
        offer = offers.get(version)
        if version in cached:
            note = "cached"
        elif offer.bootable:
            note = f"{offer.size / 1e6:.0f} MB to download"
        else:
            note = f"the mirror lacks {', '.join(offer.missing)}"
        say(f"{version:<10} {note}")
    if not any(map(kernel_build.wanted, cached)):
        say(f"{'6.12':<10} to be built from Debian's source, about 7 minutes on two CPUs")
    return 0


def shell(args: argparse.Namespace) -> int:
    """A root shell in the machine, with target/vm as the current folder."""
    kernel = Store().get(args.kernel)
    accel = AccelChooser(kernel).choose()
    folder = fresh_logs(args, "shell")
    folder.mkdir(parents=True)
    machine = Machine(kernel, accel, folder, Shape(cpus=int(number("VM_CPUS", 2))))
    say(f"booting {kernel.label} ({accel.name}); the machine ends with the shell; only {folder} is written through")
    return subprocess.run(
        [*machine.command(), "--rwdir", str(folder), "--cwd", str(args.dir)], env=machine.environment(), check=False
    ).returncode


def fresh_logs(args: argparse.Namespace, name: str) -> pathlib.Path:
    """An empty place for the logs of a run; those of the last one are kept until then."""
    folder = args.dir / "logs" / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dir", type=pathlib.Path, default=ROOT / "target/vm", help="where the executables are and logs go")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for function in (test, demo, program, grace, contention, soak, bench, matrix, kernels, shell):
        command = commands.add_parser(function.__name__, help=function.__doc__)
        command.set_defaults(function=function)
        if function is test:
            command.add_argument("--case", default=os.environ.get("CASE", ""), metavar="GLOB[,GLOB]")
        if function is demo:
            command.add_argument("--host", action="store_true", help="use this machine's kernel, not a virtual machine")
        if function is program:
            command.add_argument("--load", default="all", metavar="NAME[,NAME]", help="messages, hogs, sleeper (default: all)")
            command.add_argument("--seconds", type=int, default=5, help="of the load, under the kernel's scheduler and under yours")
            command.add_argument("--folder", type=pathlib.Path, default=pathlib.Path.cwd(), help="where the command runs")
        if function is soak:
            command.add_argument("--minutes", type=float, default=10)
            command.add_argument("--seed", default="", help="that of an earlier run, to do the same")
        if function is bench:
            command.add_argument("--suite", choices=("system", "topology"), default="system", help="which loads")
            command.add_argument("--rounds", type=int, default=5)
            command.add_argument("--profile", type=int, default=3, help="rounds in which BPF programs are timed")
            command.add_argument("--impls", default="default,goland,rustland", help="options of an agent follow it, each after a colon")
            command.add_argument("--loads", default="", metavar="GLOB[,GLOB]")
            command.add_argument("--waits", default="", metavar="IMPLS", help="schedulers whose waits for locks are counted")
            command.add_argument("--icount", action="store_true", help="guest time is a count of instructions")
            command.add_argument("--cpus", type=int, default=0, help="of the machine (default: VM_CPUS)")
            command.add_argument("--llcs", type=int, default=0, help="last-level caches, among which the CPUs are divided")
            command.add_argument("--nodes", type=int, default=0, help="NUMA nodes, likewise")
        if function is matrix:
            command.add_argument("--clang", default="", help="such as 'clang-14 clang-19' (default: all that are installed)")
            command.add_argument("--write", type=pathlib.Path, metavar="DOCUMENT", help="put the table between its marks, if all loads")
        if function is kernels:
            command.add_argument("--refresh", action="store_true", help="ask the mirror even if asked today")
        else:
            default = {test: "", matrix: "all"}.get(function, "newest")
            words = f"version prefix, path, {', '.join(WORDS)}; several, or all, for test and matrix"
            command.add_argument("--kernel", default=default, help=f"{words} (default: {default or DEFAULT_KERNELS})")
    args = parser.parse_args()
    args.dir = args.dir.resolve()
    args.dir.mkdir(parents=True, exist_ok=True)
    # Listing kernels needs no machine.
    return guarded(functools.partial(args.function, args), None if args.function is kernels else args.dir)


def guarded(run: Callable[[], int], folder: pathlib.Path | None) -> int:
    """Runs a command while nobody else uses the machine of that folder, and tells the person what is wrong."""
    # A killed driver must not leave a machine behind, so let `finally` run.
    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, lambda number, frame: sys.exit(128 + number))
    try:
        with locked(folder / ".lock", f"the machine of {folder}") if folder else contextlib.nullcontext():
            return run()
    except Failure as failure:
        say()
        print(f"error: {failure}", file=sys.stderr, flush=True)
        return 2
    except KeyboardInterrupt:
        say("\ninterrupted")
        return 130


if __name__ == "__main__":
    sys.exit(main())

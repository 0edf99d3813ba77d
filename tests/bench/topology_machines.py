"""The machines of the topology benchmarks, and what is measured on each."""

from __future__ import annotations

from dataclasses import dataclass

# How schedulers are named to `vm.py bench`: options of an agent follow it, each after a colon.
# "earlier" is scx_goland before there were domains.
IMPLS = ("default", "goland", "goland:--one-domain", "earlier", "rustland", "bpfland", "rusty")
# With these options each wake-up is parked and has a decision, so that the locks are in use.
ALL_DECIDED = "--no-builtin-idle:--lease=0"
WAITERS = ("default", f"goland:{ALL_DECIDED}", f"goland:{ALL_DECIDED}:--one-domain", f"earlier:{ALL_DECIDED}")


def impl_name(spec: str) -> str:
    """The name in the results."""
    return spec.replace(":", " ")


@dataclass(frozen=True)
class Machine:
    title: str
    cpus: int
    llcs: int = 0
    nodes: int = 0
    impls: tuple[str, ...] = IMPLS
    waits: tuple[str, ...] = ()
    # All loads, if empty.
    loads: str = ""
    icount: bool = False

    def options(self) -> list[str]:
        """Those of `vm.py bench`."""
        options = ["--cpus", str(self.cpus), "--llcs", str(self.llcs), "--nodes", str(self.nodes)]
        options += ["--impls", ",".join(self.impls), "--waits", ",".join(self.waits), "--loads", self.loads]
        return [*options, "--icount"] if self.icount else options


MACHINES = {
    # With sched_ext without a program, since times are those of the emulator more than of a scheduler.
    "2x2": Machine("2 × 2", cpus=4, llcs=2, nodes=2, impls=(*IMPLS, "bare")),
    "4x2": Machine("4 × 2", cpus=8, llcs=4, nodes=2),
    "8in2": Machine("8 CPUs in 2 caches", cpus=8, llcs=2, waits=WAITERS),
    # Without a topology, where nothing may get worse.
    "icount": Machine("4 CPUs in one cache", cpus=4, loads="wakers", icount=True, impls=("default", "goland", "earlier", "rustland", "bare")),
}
# Those on which tasks can change caches.
SEVERAL_CACHES = [name for name, machine in MACHINES.items() if machine.llcs > 1]

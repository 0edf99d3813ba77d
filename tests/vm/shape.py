"""The shape of a virtual machine: how many CPUs, which of them belong together, and what they are told at boot."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Shape:
    """As a scenario describes it; 0 means that a number is not set.

    The CPUs are divided evenly among sockets, each of which has a last-level cache of its own (`llcs`), and those of
    a socket among cores of `threads` each. Of `max_cpus`, the kernel starts the first `cpus`. The others are present,
    since Linux counts CPUs that QEMU reports as absent only under a hypervisor that it knows.
    """

    name: str = ""
    cpus: int = 2
    memory_mb: int = 2048
    llcs: int = 0
    threads: int = 0
    max_cpus: int = 0
    nodes: int = 0
    append: str = ""

    def __post_init__(self) -> None:
        possible = self.possible_cpus
        if possible < self.cpus or possible % ((self.llcs or 1) * (self.threads or 1)) or possible % (self.nodes or 1):
            raise ValueError(f"no machine has this shape: {self}")

    @property
    def possible_cpus(self) -> int:
        return self.max_cpus or self.cpus

    @property
    def plain(self) -> bool:
        """Whether its CPUs are alike, all online, and near to each other."""
        return not (self.llcs or self.threads or self.max_cpus or self.nodes)

    def qemu_options(self) -> str:
        """QEMU's options besides the number of CPUs; empty for a machine of equal CPUs."""
        if not (self.llcs or self.threads):
            return ""
        sockets, threads = self.llcs or 1, self.threads or 1
        cores = self.possible_cpus // (sockets * threads)
        return f"-smp {self.possible_cpus},sockets={sockets},cores={cores},threads={threads}"

    def kernel_options(self) -> str:
        """The kernel's options."""
        started = f"maxcpus={self.cpus}" if self.max_cpus else ""
        return f"{started} {self.append}".strip()

    def nodes_of_memory(self) -> list[str]:
        """For virtme-ng's --numa: the memory and the CPUs of each node."""
        if not self.nodes:
            return []
        of_node = self.possible_cpus // self.nodes
        return [
            f"{self.memory_mb // self.nodes}M,cpus={node * of_node}-{(node + 1) * of_node - 1}" for node in range(self.nodes)
        ]

    def __str__(self) -> str:
        text = "1 CPU" if self.cpus == 1 else f"{self.cpus} CPUs"
        return f"{text}, {self.name}" if self.name else text

# SPDX-License-Identifier: Apache-2.0
"""Domains: which CPUs are near each other."""

from __future__ import annotations

import ctypes
from typing import NamedTuple

from . import _abi


class Domains(NamedTuple):
    """Which CPUs are near each other. Each CPU is in one domain, and a task stays in the domain where it last ran,
    unless CPUs would be idle or order would be lost. By default each last-level cache is a domain."""

    #: The domain of each CPU, by the CPU's id. Domains have numbers from 0 on, without gaps.
    of_cpu: list[int]
    #: Which domains are closed, by their numbers; those beyond its end are not. As long as a CPU of a closed domain
    #: runs tasks, tasks come and go only by decisions that name a CPU or a domain.
    closed: list[bool] = []


def domain(n: int) -> int:
    """The `cpu` of a decision that names a domain: its shared queue, and if a CPU of it is idle, that is woken."""
    return _abi.CPU_DOMAIN - n


def from_native(native: _abi.Domains) -> Domains:
    """The domains that the library says there are."""
    return Domains(list(native.of_cpu[: native.cpus]), [closed != 0 for closed in native.closed[: native.domains]])


def empty() -> _abi.Domains:
    """For the library to fill."""
    return _abi.Domains(size=ctypes.sizeof(_abi.Domains))


def to_native(domains: Domains) -> _abi.Domains:
    """The domains as the library has them. It checks the rest."""
    native = empty()
    count = max(domains.of_cpu, default=0) + 1
    if len(domains.of_cpu) > _abi.MAX_CPUS or min(domains.of_cpu, default=0) < 0 or count > _abi.MAX_DOMAINS:
        raise ValueError(
            f"set the domains: of at most {_abi.MAX_CPUS} CPUs, each is in a domain from 0 to {_abi.MAX_DOMAINS - 1}"
        )
    if len(domains.closed) > count:
        raise ValueError(f"set the domains: {len(domains.closed)} are closed or not, but there are {count}")
    native.cpus, native.domains = len(domains.of_cpu), count
    for cpu, number in enumerate(domains.of_cpu):
        native.of_cpu[cpu] = number
    for number, closed in enumerate(domains.closed):
        native.closed[number] = closed
    return native

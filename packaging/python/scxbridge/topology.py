# SPDX-License-Identifier: Apache-2.0
"""The CPUs of this machine."""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import NamedTuple

from . import _abi
from ._library import call_with_text

Cpu = _abi.Cpu


class Topology(NamedTuple):
    """The machine's CPUs at one moment."""

    #: All that the machine can have, in the order of ids, which may have gaps.
    cpus: list[Cpu]
    #: What `topology_generation` was then.
    generation: int


def read_topology() -> Topology:
    """Reads from sysfs which CPUs this machine has, and which of them belong together. It needs no privilege."""
    count, generation = ctypes.c_uint32(), ctypes.c_uint64()
    cpus = (Cpu * 0)()
    while True:
        call_with_text("topology_read", cpus, len(cpus), byref(count), byref(generation))
        if count.value <= len(cpus):
            return Topology(list(cpus[: count.value]), generation.value)
        cpus = (Cpu * count.value)()


def topology_generation() -> int:
    """A number that differs from the one before whenever a CPU has come or gone: then read the topology anew."""
    generation = ctypes.c_uint64()
    call_with_text("topology_generation", byref(generation))
    return generation.value

# SPDX-License-Identifier: Apache-2.0
"""Linux schedulers written in Python.

A policy is a function: it gets a batch of records, one for each task that wants a CPU, and returns decisions.

    import itertools
    import scxbridge

    arrival = itertools.count()

    def first_come(tasks):
        return [task.decide(scxbridge.CPU_PICK_IDLE, vtime=next(arrival)) for task in tasks]

    scxbridge.run(first_come)

It needs root and a kernel with sched_ext. Ctrl-C ends it.
"""

from . import _abi
from ._abi import *
from ._library import check_options, version
from ._options import Options
from .batch import Decision, Decisions, Task, Tasks
from .domains import Domains, domain
from .errors import (
    Broken,
    Busy,
    Closed,
    Ended,
    Error,
    ExitInfo,
    Invalid,
    NoSuchCgroup,
    NoSuchTask,
    NotPermitted,
    NotPinned,
    NotSupported,
    TimedOut,
    TooLarge,
    Woken,
    WrongPhase,
)
from .scheduler import CgroupInfo, CpuRequest, Policy, Scheduler, Stats, detach_pinned, run
from .topology import Cpu, Topology, read_topology, topology_generation

__all__ = [
    "Broken",
    "Busy",
    "Closed",
    "CgroupInfo",
    "Cpu",
    "CpuRequest",
    "Decision",
    "Decisions",
    "Domains",
    "Ended",
    "Error",
    "ExitInfo",
    "Invalid",
    "NoSuchCgroup",
    "NoSuchTask",
    "NotPermitted",
    "NotPinned",
    "NotSupported",
    "Options",
    "Policy",
    "Scheduler",
    "Stats",
    "Task",
    "Tasks",
    "TimedOut",
    "TooLarge",
    "Topology",
    "Woken",
    "WrongPhase",
    "check_options",
    "detach_pinned",
    "domain",
    "read_topology",
    "run",
    "topology_generation",
    "version",
]
__all__ += _abi.__all__

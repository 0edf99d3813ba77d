# SPDX-License-Identifier: Apache-2.0
# Generated from rust/options.toml by `make generate`; do not edit.
"""The options of a scheduler."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """Options of a scheduler. None is the library's default. The library checks the ranges."""

    name: str | None = None
    """Name of the scheduler, as /sys/kernel/sched_ext/root/ops shows it: 1 to 127 of letters, digits,
    '_' and '.'. Default: "scxbridge".
    """

    timeout_ms: int | None = None
    """The kernel's watchdog: it ends a scheduler that leaves a runnable task waiting for this long.
    With thousands of runnable tasks a turn takes seconds. Range: 1 to 30000 ms. Default: 30000.
    """

    grace_us: int | None = None
    """How long a parked task waits for its decision before the kernel side runs it; 0: not at all,
    where a CPU is free for it. Range: 0 to 1000000 µs. Default: 10000.
    """

    slice_ns: int | None = None
    """Time slice where the kernel side decides alone, and of a decision that gives 0. Range: 100000 to
    1000000000 ns. Default: 5000000.
    """

    slice_max_ns: int | None = None
    """Upper bound of a decision's slice. Range: slice_ns to 1000000000 ns. Default: 100000000."""

    queued_bytes: int | None = None
    """Size of the ring of records: a power of two, one page to 64 MiB. The default has room for about
    8000. With several last-level caches, or eight CPUs and more, there are several rings, at most
    8, which share it equally; each has 64 KiB at least, so there may be fewer. Default: 1048576.
    """

    decisions_bytes: int | None = None
    """Size of the ring of decisions, likewise. The default has room for about 4000. Default: 262144."""

    exit_dump_bytes: int | None = None
    """Room for the kernel's debug dump after an error. Range: 0 to 1048576 bytes. Default: 32768."""

    batch_us: int | None = None
    """How long the agent may sleep on while all CPUs are busy, to decide about many tasks at once; 0:
    it is woken at once. It is woken before when a CPU runs out of decided tasks. Range: 0 to 10000
    µs. Default: 0.
    """

    builtin_idle: bool | None = None
    """A task that wakes up and finds an idle CPU runs there at once, without a record. Default: True."""

    partial: bool | None = None
    """Schedule only tasks of policy SCHED_EXT, and leave all others to the kernel. Default: False."""

    lock_memory: bool | None = None
    """Lock the rings into memory; needs a large enough RLIMIT_MEMLOCK. Default: False."""

    debug: bool | None = None
    """Let libbpf write its debug messages to standard error. Default: False."""

    pin: bool | None = None
    """Pin the scheduler in bpffs, so that it outlives its agent: the kernel side then runs all tasks
    by itself, until another process adopts it. Default: False.
    """

    direct_bound: bool | None = None
    """The kernel side alone schedules tasks that may run on one CPU only, fairly by weight, without a
    record. Default: False.
    """

    direct_sync: bool | None = None
    """A task whose waker is about to sleep (a synchronous wake-up) runs next on the waker's CPU,
    without a record, unless others wait there. Default: False.
    """

    kernel_mode: bool | None = None
    """The kernel side decides about every task by itself, in fair order (kernel mode), and no record
    is sent; tasks can be given a priority. Default: False.
    """

    ignore_cgroup_limits: bool | None = None
    """Leave limits of cgroups (cpu.max) to nobody: a task runs although its group's quota is used up.
    Default: False.
    """

    ignore_cgroup_weights: bool | None = None
    """Leave weights of cgroups (cpu.weight, cpu.idle) to nobody: a task counts by its own weight only.
    Default: False.
    """

    one_domain: bool | None = None
    """Treat all CPUs alike: one shared queue for all, whichever caches they share. Default: False."""

    own_domains: bool | None = None
    """The program may set the domains, before it attaches and while the scheduler runs. Until then
    they are as without. Default: False.
    """

    ends: bool | None = None
    """When a task ends that had a record, a last record says so. It wakes nobody: it comes with those
    of others. Default: False.
    """

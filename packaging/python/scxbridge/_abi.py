# SPDX-License-Identifier: Apache-2.0
# Generated from include/scxbridge.h by `make generate`; do not edit.
"""The C ABI, as ctypes sees it."""

import ctypes
from typing import Any, Final

from ._struct import Struct


#: The scheduler has not ended.
EXIT_NONE: Final = 0

#: It ended and everything is cleaned up.
EXIT_DONE: Final = 1

#: It was detached by user space.
EXIT_UNREG: Final = 64

#: It was detached by BPF.
EXIT_UNREG_BPF: Final = 65

#: It was ended by the kernel without an error, for example for CPU hotplug.
EXIT_UNREG_KERN: Final = 66

#: It was ended by SysRq-S.
EXIT_SYSRQ: Final = 67

#: It was ended for an error that the kernel found.
EXIT_ERROR: Final = 1024

#: It was ended for an error that BPF reported.
EXIT_ERROR_BPF: Final = 1025

#: It was ended by the watchdog: a task was not run in time.
EXIT_ERROR_STALL: Final = 1026

#: Bit of the exit code: the kernel asks for the scheduler to be started again.
ECODE_ACT_RESTART: Final = 281474976710656

#: Major version of this ABI: also that of the soname. Another major is not compatible.
ABI_MAJOR: Final = 0

#: Minor version of this ABI: grows with every addition.
ABI_MINOR: Final = 2

#: A task that wakes up and finds an idle CPU runs there at once, without a record.
OPTION_BUILTIN_IDLE: Final = 1

#: Schedule only tasks of policy SCHED_EXT, and leave all others to the kernel.
OPTION_PARTIAL: Final = 2

#: Lock the rings into memory; needs a large enough RLIMIT_MEMLOCK.
OPTION_LOCK_MEMORY: Final = 4

#: Let libbpf write its debug messages to standard error.
OPTION_DEBUG: Final = 8

#: Pin the scheduler in bpffs, so that it outlives its agent: the kernel side then runs all tasks by
#: itself, until another process adopts it.
OPTION_PIN: Final = 16

#: The kernel side alone schedules tasks that may run on one CPU only, fairly by weight, without a
#: record.
OPTION_DIRECT_BOUND: Final = 32

#: A task whose waker is about to sleep (a synchronous wake-up) runs next on the waker's CPU, without a
#: record, unless others wait there.
OPTION_DIRECT_SYNC: Final = 64

#: The kernel side decides about every task by itself, in fair order (kernel mode), and no record is
#: sent; tasks can be given a priority.
OPTION_KERNEL_MODE: Final = 128

#: Leave limits of cgroups (cpu.max) to nobody: a task runs although its group's quota is used up.
OPTION_IGNORE_CGROUP_LIMITS: Final = 256

#: Leave weights of cgroups (cpu.weight, cpu.idle) to nobody: a task counts by its own weight only.
OPTION_IGNORE_CGROUP_WEIGHTS: Final = 512

#: Treat all CPUs alike: one shared queue for all, whichever caches they share.
OPTION_ONE_DOMAIN: Final = 1024

#: The program may set the domains, before it attaches and while the scheduler runs. Until then they
#: are as without.
OPTION_OWN_DOMAINS: Final = 2048

#: When a task ends that had a record, a last record says so. It wakes nobody: it comes with those of
#: others.
OPTION_ENDS: Final = 4096

#: Room for a thread's name, with its NUL.
COMM_LEN: Final = 16

#: Room for the reason of an end, with its NUL.
REASON_LEN: Final = 128

#: Room for the message of an end, with its NUL.
MESSAGE_LEN: Final = 1024

#: How many requests cross in one system call; a longer batch takes several.
MAX_CPU_REQUESTS: Final = 512

#: Shared queue: the first CPU that is free takes the task, in the order of vtime.
CPU_ANY: Final = -1

#: The kernel side picks an idle CPU while it moves the task; none idle: shared queue.
CPU_PICK_IDLE: Final = -2

#: Domain 0: its queue, and an idle CPU of it is woken. Domain n is CPU_DOMAIN - n. A decision that
#: names a domain may have no flags.
CPU_DOMAIN: Final = -256

#: Run now, preempting what runs on the CPU (with CPU_ANY: where the task last ran).
DECISION_PREEMPT: Final = 1

#: As DECISION_PREEMPT, but only if what runs there comes later in order: if its vtime, with its CPU
#: time since then × 100 / weight added, is greater than this one's, by 1 ms at least. Vtimes must be
#: ns for that. The CPU of the flush is about to be free, and so needs no preemption.
DECISION_PREEMPT_LATER: Final = 2

#: No lease lasts longer, ns.
LEASE_MAX_NS: Final = 1000000000

#: The task is waking up (else it ran out of its slice, was preempted, or its properties changed).
ENQ_WAKEUP: Final = 1

#: The kernel asked for the task to be queued again.
ENQ_REENQ: Final = 2

#: The task has ended, and this is its last record: it wants no decision. It comes only with the option
#: ends.
TASK_ENDED: Final = 4

#: The last level that preempts; 0 is the highest.
PRIORITY_URGENT_MAX: Final = 9

#: The last level.
PRIORITY_MAX: Final = 20

#: How many threads can have a priority, and how many processes besides.
MAX_PRIORITIES: Final = 8192

#: No machine has more domains; a power of two.
MAX_DOMAINS: Final = 128

#: CPUs beyond these count to the domains of the first ones; a power of two.
MAX_CPUS: Final = 2048

#: The capacity of the machine's fastest CPUs.
CPU_CAPACITY_MAX: Final = 1024

# The constants are public; structs and functions have a wrapper.
__all__ = [
    "EXIT_NONE",
    "EXIT_DONE",
    "EXIT_UNREG",
    "EXIT_UNREG_BPF",
    "EXIT_UNREG_KERN",
    "EXIT_SYSRQ",
    "EXIT_ERROR",
    "EXIT_ERROR_BPF",
    "EXIT_ERROR_STALL",
    "ECODE_ACT_RESTART",
    "ABI_MAJOR",
    "ABI_MINOR",
    "OPTION_BUILTIN_IDLE",
    "OPTION_PARTIAL",
    "OPTION_LOCK_MEMORY",
    "OPTION_DEBUG",
    "OPTION_PIN",
    "OPTION_DIRECT_BOUND",
    "OPTION_DIRECT_SYNC",
    "OPTION_KERNEL_MODE",
    "OPTION_IGNORE_CGROUP_LIMITS",
    "OPTION_IGNORE_CGROUP_WEIGHTS",
    "OPTION_ONE_DOMAIN",
    "OPTION_OWN_DOMAINS",
    "OPTION_ENDS",
    "COMM_LEN",
    "REASON_LEN",
    "MESSAGE_LEN",
    "MAX_CPU_REQUESTS",
    "CPU_ANY",
    "CPU_PICK_IDLE",
    "CPU_DOMAIN",
    "DECISION_PREEMPT",
    "DECISION_PREEMPT_LATER",
    "LEASE_MAX_NS",
    "ENQ_WAKEUP",
    "ENQ_REENQ",
    "TASK_ENDED",
    "PRIORITY_URGENT_MAX",
    "PRIORITY_MAX",
    "MAX_PRIORITIES",
    "MAX_DOMAINS",
    "MAX_CPUS",
    "CPU_CAPACITY_MAX",
]


class Options(Struct):
    """Options of a scheduler. Fill them with scxb_options_init(), then change some."""

    size: int
    """Size of this struct in bytes, as the caller was compiled."""

    flags: int
    """Bits OPTION_*; default OPTION_BUILTIN_IDLE."""

    name: bytes | None
    """Name of the scheduler, as /sys/kernel/sched_ext/root/ops shows it: 1 to 127 of letters, digits,
    '_' and '.'. Default: scxbridge. NULL: the default. Read during the call only.
    """

    timeout_ms: int
    """The kernel's watchdog: it ends a scheduler that leaves a runnable task waiting for this long.
    With thousands of runnable tasks a turn takes seconds. Range: 1 to 30000 ms. Default: 30000.
    """

    grace_us: int
    """How long a parked task waits for its decision before the kernel side runs it; 0: not at all,
    where a CPU is free for it. Range: 0 to 1000000 µs. Default: 10000.
    """

    slice_ns: int
    """Time slice where the kernel side decides alone, and of a decision that gives 0. Range: 100000 to
    1000000000 ns. Default: 5000000.
    """

    slice_max_ns: int
    """Upper bound of a decision's slice. Range: slice_ns to 1000000000 ns. Default: 100000000."""

    queued_bytes: int
    """Size of the ring of records: a power of two, one page to 64 MiB. The default has room for about
    8000. With several last-level caches, or eight CPUs and more, there are several rings, at most
    8, which share it equally; each has 64 KiB at least, so there may be fewer. Default: 1048576.
    """

    decisions_bytes: int
    """Size of the ring of decisions, likewise. The default has room for about 4000. Default: 262144."""

    exit_dump_bytes: int
    """Room for the kernel's debug dump after an error. Range: 0 to 1048576 bytes. Default: 32768."""

    batch_us: int
    """How long the agent may sleep on while all CPUs are busy, to decide about many tasks at once; 0:
    it is woken at once. It is woken before when a CPU runs out of decided tasks. Range: 0 to 10000
    µs. Default: 0.
    """

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("name", ctypes.c_char_p),
        ("timeout_ms", ctypes.c_uint32),
        ("grace_us", ctypes.c_uint32),
        ("slice_ns", ctypes.c_uint64),
        ("slice_max_ns", ctypes.c_uint64),
        ("queued_bytes", ctypes.c_uint32),
        ("decisions_bytes", ctypes.c_uint32),
        ("exit_dump_bytes", ctypes.c_uint32),
        ("batch_us", ctypes.c_uint32),
    ]


class Task(Struct):
    """A task that wants to run: one record of the ring buffer.

    The task is parked until a decision that carries its pid and seq moves it, or until its grace
    has passed and the kernel side runs it without one.
    """

    pid: int
    """Thread id, in the initial PID namespace."""

    tgid: int
    """Process id (thread group), in the initial PID namespace."""

    cpu: int
    """The CPU that it last ran on."""

    nr_cpus_allowed: int
    """On how many CPUs it may run."""

    ready_ts: int
    """When it was queued, and so since when it waits for its decision, ns of CLOCK_MONOTONIC."""

    start_ts: int
    """When it last started to run, ns of CLOCK_MONOTONIC; 0: not yet under this scheduler."""

    stop_ts: int
    """When it last stopped running, ns of CLOCK_MONOTONIC; 0: not yet under this scheduler."""

    exec_runtime: int
    """CPU time since it last slept, ns."""

    weight: int
    """What it is worth now among all that want a CPU, 1 to 10000; 100 is nice 0 in the root group. It
    is own_weight, scaled by what its cgroups are worth (cpu.weight) and by how many share that.
    """

    vtime: int
    """The vtime of its last decision, given back; 0 at first. Each use of a lease moved it on by the
    weighted CPU time since: see weighted_ns.
    """

    cgroup_id: int
    """Id of its cgroup (v2)."""

    seq: int
    """Names this parking; its decision must carry it. Never 0. With TASK_ENDED it is that of the
    record before: a task that has the same pid, but a greater seq, is another one.
    """

    run_ns: int
    """CPU time since its last record, ns, including runs without a record: under a lease, or placed
    directly on an idle CPU.
    """

    weighted_ns: int
    """CPU time since its last record, ns, times 100 / weight, each piece by the weight as it ran: by
    so much the task moves on in virtual time. Finer than weight, which is rounded.
    """

    leased: int
    """How often its lease was used since its last record."""

    own_weight: int
    """Its weight by its nice value alone, 1 to 10000; 100 is nice 0."""

    flags: int
    """Why it is queued: bits such as ENQ_WAKEUP; or TASK_ENDED."""

    comm: bytes
    """Name of the thread, NUL-terminated."""

    _fields_ = [
        ("pid", ctypes.c_int32),
        ("tgid", ctypes.c_int32),
        ("cpu", ctypes.c_int32),
        ("nr_cpus_allowed", ctypes.c_uint32),
        ("ready_ts", ctypes.c_uint64),
        ("start_ts", ctypes.c_uint64),
        ("stop_ts", ctypes.c_uint64),
        ("exec_runtime", ctypes.c_uint64),
        ("weight", ctypes.c_uint64),
        ("vtime", ctypes.c_uint64),
        ("cgroup_id", ctypes.c_uint64),
        ("seq", ctypes.c_uint64),
        ("run_ns", ctypes.c_uint64),
        ("weighted_ns", ctypes.c_uint64),
        ("leased", ctypes.c_uint32),
        ("own_weight", ctypes.c_uint16),
        ("flags", ctypes.c_uint16),
        ("comm", ctypes.c_char * COMM_LEN),
    ]


class Decision(Struct):
    """What to do with a parked task.

    A decision for a task that slept, died or was run by the kernel side in the meantime does
    nothing, and is counted as stale.
    """

    pid: int
    """Thread id of the record."""

    cpu: int
    """A CPU id, one of the codes CPU_ANY and CPU_PICK_IDLE, or a domain: see CPU_DOMAIN. A CPU or
    domain that the task may not use is replaced by the shared queue, and counted as bounced.
    """

    slice_ns: int
    """Time slice, ns; 0: the default. Cut to the maximum of the options."""

    vtime: int
    """Its place on the queue: smallest first (compared as a difference, so it may wrap)."""

    flags: int
    """Bits such as DECISION_PREEMPT; an unknown one makes the decision refused."""

    seq: int
    """The seq of the record. A decision for an older parking is stale: counted, harmless."""

    lease_ns: int
    """A lease: for this long the kernel side repeats this decision whenever the task wants to run,
    without a record; ns, at most LEASE_MAX_NS (1 s). 0: no limit of its own, if lease_count is set.
    """

    lease_count: int
    """How often it is repeated at most; 0: no limit of its own, if lease_ns is set. Both 0: no lease."""

    reserved: int
    """0, or the decision is refused."""

    _fields_ = [
        ("pid", ctypes.c_int32),
        ("cpu", ctypes.c_int32),
        ("slice_ns", ctypes.c_uint64),
        ("vtime", ctypes.c_uint64),
        ("flags", ctypes.c_uint64),
        ("seq", ctypes.c_uint64),
        ("lease_ns", ctypes.c_uint64),
        ("lease_count", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
    ]


class CpuRequest(Struct):
    """A question for an idle CPU, and its answer."""

    pid: int
    """Thread id, in the initial PID namespace."""

    prev_cpu: int
    """The CPU to prefer; -1: the one that the task last ran on."""

    cpu: int
    """The answer: a CPU id, or -EBUSY (no allowed CPU is idle), -ESRCH (no such task), -EINVAL (bad
    request).
    """

    flags: int
    """Always 0, or the answer is -EINVAL."""

    _fields_ = [
        ("pid", ctypes.c_int32),
        ("prev_cpu", ctypes.c_int32),
        ("cpu", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
    ]


class CgroupInfo(Struct):
    """A cgroup as the kernel side keeps it: its limit, and how its tasks waited for quota. A wait
    counts in the group whose quota is used up, not in those below it.
    """

    size: int
    """Size of this struct in bytes, as its user was compiled."""

    throttled_now: int
    """Tasks that wait for its quota now."""

    id: int
    """Its id, as in records."""

    quota_ns: int
    """What cpu.max gives it for each period, ns; 0: it has no limit of its own."""

    period_ns: int
    """Its period, ns."""

    burst_ns: int
    """How much of the quota it may save up, ns."""

    throttled: int
    """Times that a task began to wait for its quota."""

    throttled_ns: int
    """How long those waits were that have ended, summed up over tasks, ns."""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("throttled_now", ctypes.c_uint32),
        ("id", ctypes.c_uint64),
        ("quota_ns", ctypes.c_uint64),
        ("period_ns", ctypes.c_uint64),
        ("burst_ns", ctypes.c_uint64),
        ("throttled", ctypes.c_uint64),
        ("throttled_ns", ctypes.c_uint64),
    ]


class Stats(Struct):
    """Counters of a scheduler since it was loaded, and a few values of this moment.

    Three sums are exact whenever nothing is in motion, always after detach: queued = dispatched +
    rescued + gone + in_flight, decisions = dispatched + stale + refused and throttled = unthrottled
    + throttled_left + throttled_now.
    """

    size: int
    """Size of this struct in bytes, as its user was compiled."""

    nr_cpus: int
    """CPUs that this machine can have."""

    in_flight: int
    """Tasks that are parked now."""

    throttled_now: int
    """Tasks that wait for the quota of their cgroup now."""

    shared_waiting: int
    """Tasks on the shared queue now."""

    local_waiting: int
    """Tasks on the queues of single CPUs now."""

    heartbeat_age_ns: int
    """Time since the agent last received or dispatched, ns."""

    received: int
    """Records handed to the agent."""

    decisions: int
    """Decisions written."""

    queued: int
    """Tasks parked, each with a record."""

    congested: int
    """Tasks that found the ring of records full, and were queued by BPF alone, without a record."""

    dispatched: int
    """Parked tasks moved by their decision."""

    rescued: int
    """Parked tasks run by the kernel side since their decision was late."""

    gone: int
    """Parked tasks that left by themselves: affinity, class or cgroup changed, or killed."""

    stale: int
    """Decisions whose parking was already over, or whose task does not exist."""

    refused: int
    """Decisions that were malformed: bad pid, CPU code, flags or sequence."""

    bounced: int
    """Decisions for a CPU that the task may not use: the shared queue instead (part of dispatched)."""

    idle_direct: int
    """Tasks that found an idle CPU when they woke up, and ran there without a record."""

    agent_direct: int
    """Times that a thread of the agent, or one that traces it, was scheduled by BPF alone."""

    kthread_direct: int
    """Times that a kernel thread was scheduled by BPF alone."""

    kernel_direct: int
    """Times that any other task was queued by BPF alone, in kernel mode."""

    kicks: int
    """Idle CPUs that were kicked."""

    preempts: int
    """Times that a task preempted what ran on its CPU, by a decision or a lease."""

    flushes: int
    """Batches of decisions drained by a system call of the agent."""

    drains: int
    """Batches of decisions drained by a CPU that looked for work (ops.dispatch)."""

    move_retries: int
    """Moves that needed a second try, with a fresh iterator."""

    agent_wakeups: int
    """Times that the agent was woken from its wait, by a record or the end of the batching window."""

    late_episodes: int
    """Times that rescue began after decisions had flowed: the agent fell behind."""

    starved: int
    """Decided tasks that waited for half of the watchdog's time, and went ahead of their order."""

    leases_granted: int
    """Decisions with a lease that were carried out (part of dispatched)."""

    lease_uses: int
    """Times that a task was queued by its lease, without a record."""

    revoked: int
    """Leases that ended before their time: revoked, or the task's affinity or weight changed."""

    bound_direct: int
    """Times that a task of one CPU was scheduled by BPF alone (option)."""

    sync_direct: int
    """Synchronous wake-ups that BPF alone sent to the waker's CPU (option)."""

    wakeups_deferred: int
    """Records for which the agent was left asleep, for the batching window (option)."""

    resumed: int
    """Times that a task which gave way to the agent, or to a higher class, went back to its place,
    without a record.
    """

    sync_spared: int
    """Times that a waker which was about to sleep was not preempted for the task that it woke."""

    throttled: int
    """Times that a task began to wait for the quota of its cgroup (cpu.max)."""

    unthrottled: int
    """Of these: waits that ended since there was quota again, or the task could not wait on."""

    touched: int
    """Of these: waits that were so long that the task ran for a moment without quota (part of
    unthrottled).
    """

    throttled_left: int
    """Waits for quota that a task left by itself: affinity, class or cgroup changed, or killed."""

    throttle_cuts: int
    """Times that a task was stopped as it started to run, since its cgroup's quota was used up
    meanwhile.
    """

    cgroups_untracked: int
    """Cgroups for which there was no room: they count as parts of their parents."""

    stolen: int
    """Tasks that a CPU of another domain took, since it was idle or they came much earlier in order."""

    left_crowded: int
    """Tasks that woke up on an idle CPU of another domain: their own was full at several wake-ups in a
    row.
    """

    ends_told: int
    """Records that said that a task has ended (option); no part of queued."""

    ends_lost: int
    """Tasks whose end was not told, since the ring of records was full."""

    agent_moved: int
    """Times that the thread of the rounds began to run in another domain than before."""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("nr_cpus", ctypes.c_uint32),
        ("in_flight", ctypes.c_uint64),
        ("throttled_now", ctypes.c_uint64),
        ("shared_waiting", ctypes.c_uint64),
        ("local_waiting", ctypes.c_uint64),
        ("heartbeat_age_ns", ctypes.c_uint64),
        ("received", ctypes.c_uint64),
        ("decisions", ctypes.c_uint64),
        ("queued", ctypes.c_uint64),
        ("congested", ctypes.c_uint64),
        ("dispatched", ctypes.c_uint64),
        ("rescued", ctypes.c_uint64),
        ("gone", ctypes.c_uint64),
        ("stale", ctypes.c_uint64),
        ("refused", ctypes.c_uint64),
        ("bounced", ctypes.c_uint64),
        ("idle_direct", ctypes.c_uint64),
        ("agent_direct", ctypes.c_uint64),
        ("kthread_direct", ctypes.c_uint64),
        ("kernel_direct", ctypes.c_uint64),
        ("kicks", ctypes.c_uint64),
        ("preempts", ctypes.c_uint64),
        ("flushes", ctypes.c_uint64),
        ("drains", ctypes.c_uint64),
        ("move_retries", ctypes.c_uint64),
        ("agent_wakeups", ctypes.c_uint64),
        ("late_episodes", ctypes.c_uint64),
        ("starved", ctypes.c_uint64),
        ("leases_granted", ctypes.c_uint64),
        ("lease_uses", ctypes.c_uint64),
        ("revoked", ctypes.c_uint64),
        ("bound_direct", ctypes.c_uint64),
        ("sync_direct", ctypes.c_uint64),
        ("wakeups_deferred", ctypes.c_uint64),
        ("resumed", ctypes.c_uint64),
        ("sync_spared", ctypes.c_uint64),
        ("throttled", ctypes.c_uint64),
        ("unthrottled", ctypes.c_uint64),
        ("touched", ctypes.c_uint64),
        ("throttled_left", ctypes.c_uint64),
        ("throttle_cuts", ctypes.c_uint64),
        ("cgroups_untracked", ctypes.c_uint64),
        ("stolen", ctypes.c_uint64),
        ("left_crowded", ctypes.c_uint64),
        ("ends_told", ctypes.c_uint64),
        ("ends_lost", ctypes.c_uint64),
        ("agent_moved", ctypes.c_uint64),
    ]


class ExitInfo(Struct):
    """Why a scheduler ended."""

    size: int
    """Size of this struct in bytes, as the caller was compiled."""

    kind: int
    """EXIT_*; EXIT_NONE while it runs."""

    code: int
    """The kernel's exit code; see ECODE_ACT_RESTART."""

    reason: bytes
    """The kernel's word for the kind."""

    message: bytes
    """Details; often empty."""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("kind", ctypes.c_int32),
        ("code", ctypes.c_int64),
        ("reason", ctypes.c_char * REASON_LEN),
        ("message", ctypes.c_char * MESSAGE_LEN),
    ]


class Domains(Struct):
    """Which CPUs are near each other: each CPU is in one domain, and each domain has a CPU."""

    size: int
    """Size of this struct in bytes."""

    cpus: int
    """How many CPU ids this machine can have, at most MAX_CPUS."""

    domains: int
    """How many domains there are, from 1 to MAX_DOMAINS. Their numbers begin at 0."""

    reserved: int
    """0."""

    of_cpu: ctypes.Array[ctypes.c_uint8]
    """The number of each CPU's domain, by the CPU's id."""

    closed: ctypes.Array[ctypes.c_uint8]
    """For each domain 1 if it is closed: as long as a CPU of it runs tasks, tasks come and go only by
    decisions that name a CPU or a domain.
    """

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("cpus", ctypes.c_uint32),
        ("domains", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
        ("of_cpu", ctypes.c_uint8 * MAX_CPUS),
        ("closed", ctypes.c_uint8 * MAX_DOMAINS),
    ]


class Cpu(Struct):
    """A CPU that the machine can have, and where it is. Of an offline one only its node is known."""

    id: int
    """Its id."""

    online: int
    """1 if it is online, else 0."""

    core: int
    """Its core, by the lowest id of the online CPUs that share it; -1: unknown."""

    cache: int
    """Its last-level cache, by the lowest id of the online CPUs that share it; -1: unknown."""

    node: int
    """Its NUMA node, as the kernel numbers it; -1: unknown."""

    socket: int
    """Its socket (physical package), as the kernel numbers it; -1: unknown."""

    capacity: int
    """How fast it is, beside the machine's fastest CPUs: 1 to CPU_CAPACITY_MAX; of an offline one 0."""

    reserved: int
    """0."""

    _fields_ = [
        ("id", ctypes.c_int32),
        ("online", ctypes.c_uint32),
        ("core", ctypes.c_int32),
        ("cache", ctypes.c_int32),
        ("node", ctypes.c_int32),
        ("socket", ctypes.c_int32),
        ("capacity", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
    ]


#: The functions: what each returns, and its arguments.
FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "abi_version": (
        ctypes.c_uint32,
        (),
    ),
    "version": (
        ctypes.c_char_p,
        (),
    ),
    "strerror": (
        ctypes.c_char_p,
        (ctypes.c_int32,),
    ),
    "options_init": (
        None,
        (ctypes.POINTER(Options), ctypes.c_uint32),
    ),
    "options_check": (
        ctypes.c_int32,
        (ctypes.POINTER(Options), ctypes.c_void_p, ctypes.c_size_t),
    ),
    "open": (
        ctypes.c_int32,
        (ctypes.POINTER(Options), ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, ctypes.c_size_t),
    ),
    "load": (
        ctypes.c_int32,
        (ctypes.c_void_p,),
    ),
    "attach": (
        ctypes.c_int32,
        (ctypes.c_void_p,),
    ),
    "detach": (
        ctypes.c_int32,
        (ctypes.c_void_p,),
    ),
    "adopt": (
        ctypes.c_int32,
        (ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p, ctypes.c_size_t),
    ),
    "detach_pinned": (
        ctypes.c_int32,
        (ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t),
    ),
    "close": (
        None,
        (ctypes.c_void_p,),
    ),
    "error_text": (
        ctypes.c_size_t,
        (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t),
    ),
    "wait": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.c_int64),
    ),
    "wake": (
        ctypes.c_int32,
        (ctypes.c_void_p,),
    ),
    "receive": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.POINTER(Task), ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32)),
    ),
    "receive_wait": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.POINTER(Task), ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32), ctypes.c_int64),
    ),
    "dispatch": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.POINTER(Decision), ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32)),
    ),
    "select_cpu": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.c_int32, ctypes.c_int32, ctypes.POINTER(ctypes.c_int32)),
    ),
    "select_cpus": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.POINTER(CpuRequest), ctypes.c_uint32),
    ),
    "lease_revoke": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.c_int32),
    ),
    "priority_set": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.c_int32, ctypes.c_uint32, ctypes.c_uint64),
    ),
    "priority_remove": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.c_int32),
    ),
    "priority_set_process": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.c_int32, ctypes.c_uint32, ctypes.c_uint64),
    ),
    "priority_remove_process": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.c_int32),
    ),
    "preempt_cpu": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.c_int32),
    ),
    "cgroup_read": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.c_uint64, ctypes.POINTER(CgroupInfo)),
    ),
    "stats_read": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.POINTER(Stats)),
    ),
    "exit_info_read": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.POINTER(ExitInfo)),
    ),
    "exit_dump_read": (
        ctypes.c_int64,
        (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t),
    ),
    "domains_read": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.POINTER(Domains)),
    ),
    "domains_set": (
        ctypes.c_int32,
        (ctypes.c_void_p, ctypes.POINTER(Domains)),
    ),
    "topology_read": (
        ctypes.c_int32,
        (ctypes.POINTER(Cpu), ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32), ctypes.POINTER(ctypes.c_uint64), ctypes.c_void_p, ctypes.c_size_t),
    ),
    "topology_generation": (
        ctypes.c_int32,
        (ctypes.POINTER(ctypes.c_uint64), ctypes.c_void_p, ctypes.c_size_t),
    ),
}

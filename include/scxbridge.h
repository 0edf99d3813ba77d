/* Generated from the Rust sources by `make generate`; do not edit. */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scxbridge: Linux schedulers written in user space. The C ABI.
 *
 * Every function returns 0 or a negative errno unless it says otherwise; on
 * failure its outputs are untouched and scxb_error_text() has the reason in
 * words. A handle may be used from any thread. A scheduler goes through phases:
 * scxb_open() -> scxb_load() -> scxb_attach(); then one thread repeats rounds of
 * scxb_receive_wait(), its policy, scxb_dispatch(). A call in the wrong phase
 * returns -ENOTCONN. Structs that may grow begin with their size, so that
 * programs and libraries of different minor versions understand each other.
 */

#ifndef SCXBRIDGE_H
#define SCXBRIDGE_H

#include <stddef.h>
#include <stdint.h>

// The scheduler has not ended.
#define SCXB_EXIT_NONE 0

// It ended and everything is cleaned up.
#define SCXB_EXIT_DONE 1

// It was detached by user space.
#define SCXB_EXIT_UNREG 64

// It was detached by BPF.
#define SCXB_EXIT_UNREG_BPF 65

// It was ended by the kernel without an error, for example for CPU hotplug.
#define SCXB_EXIT_UNREG_KERN 66

// It was ended by SysRq-S.
#define SCXB_EXIT_SYSRQ 67

// It was ended for an error that the kernel found.
#define SCXB_EXIT_ERROR 1024

// It was ended for an error that BPF reported.
#define SCXB_EXIT_ERROR_BPF 1025

// It was ended by the watchdog: a task was not run in time.
#define SCXB_EXIT_ERROR_STALL 1026

// Bit of the exit code: the kernel asks for the scheduler to be started again.
#define SCXB_ECODE_ACT_RESTART 281474976710656

// Major version of this ABI: also that of the soname. Another major is not compatible.
#define SCXB_ABI_MAJOR 0

// Minor version of this ABI: grows with every addition.
#define SCXB_ABI_MINOR 2

// A task that wakes up and finds an idle CPU runs there at once, without a record.
#define SCXB_OPTION_BUILTIN_IDLE 1

// Schedule only tasks of policy SCHED_EXT, and leave all others to the kernel.
#define SCXB_OPTION_PARTIAL 2

// Lock the rings into memory; needs a large enough RLIMIT_MEMLOCK.
#define SCXB_OPTION_LOCK_MEMORY 4

// Let libbpf write its debug messages to standard error.
#define SCXB_OPTION_DEBUG 8

// Pin the scheduler in bpffs, so that it outlives its agent: the kernel side then runs all
// tasks by itself, until another process adopts it.
#define SCXB_OPTION_PIN 16

// The kernel side alone schedules tasks that may run on one CPU only, fairly by weight,
// without a record.
#define SCXB_OPTION_DIRECT_BOUND 32

// A task whose waker is about to sleep (a synchronous wake-up) runs next on the waker's CPU,
// without a record, unless others wait there.
#define SCXB_OPTION_DIRECT_SYNC 64

// The kernel side decides about every task by itself, in fair order (kernel mode), and no
// record is sent; tasks can be given a priority.
#define SCXB_OPTION_KERNEL_MODE 128

// Leave limits of cgroups (cpu.max) to nobody: a task runs although its group's quota is used
// up.
#define SCXB_OPTION_IGNORE_CGROUP_LIMITS 256

// Leave weights of cgroups (cpu.weight, cpu.idle) to nobody: a task counts by its own weight
// only.
#define SCXB_OPTION_IGNORE_CGROUP_WEIGHTS 512

// Treat all CPUs alike: one shared queue for all, whichever caches they share.
#define SCXB_OPTION_ONE_DOMAIN 1024

// The program may set the domains, before it attaches and while the scheduler runs. Until then
// they are as without.
#define SCXB_OPTION_OWN_DOMAINS 2048

// When a task ends that had a record, a last record says so. It wakes nobody: it comes with
// those of others.
#define SCXB_OPTION_ENDS 4096

// Room for a thread's name, with its NUL.
#define SCXB_COMM_LEN 16

// Room for the reason of an end, with its NUL.
#define SCXB_REASON_LEN 128

// Room for the message of an end, with its NUL.
#define SCXB_MESSAGE_LEN 1024

// How many requests cross in one system call; a longer batch takes several.
#define SCXB_MAX_CPU_REQUESTS 512

// Shared queue: the first CPU that is free takes the task, in the order of vtime.
#define SCXB_CPU_ANY -1

// The kernel side picks an idle CPU while it moves the task; none idle: shared queue.
#define SCXB_CPU_PICK_IDLE -2

// Domain 0: its queue, and an idle CPU of it is woken. Domain n is CPU_DOMAIN - n. A decision that names
// a domain may have no flags.
#define SCXB_CPU_DOMAIN -256

// Run now, preempting what runs on the CPU (with SCXB_CPU_ANY: where the task last ran).
#define SCXB_DECISION_PREEMPT 1

// As SCXB_DECISION_PREEMPT, but only if what runs there comes later in order: if its vtime, with its
// CPU time since then × 100 / weight added, is greater than this one's, by 1 ms at least. Vtimes
// must be ns for that. The CPU of the flush is about to be free, and so needs no preemption.
#define SCXB_DECISION_PREEMPT_LATER 2

// No lease lasts longer, ns.
#define SCXB_LEASE_MAX_NS 1000000000

// The task is waking up (else it ran out of its slice, was preempted, or its properties changed).
#define SCXB_ENQ_WAKEUP 1

// The kernel asked for the task to be queued again.
#define SCXB_ENQ_REENQ 2

// The task has ended, and this is its last record: it wants no decision. It comes only with the option ends.
#define SCXB_TASK_ENDED 4

// The last level that preempts; 0 is the highest.
#define SCXB_PRIORITY_URGENT_MAX 9

// The last level.
#define SCXB_PRIORITY_MAX 20

// How many threads can have a priority, and how many processes besides.
#define SCXB_MAX_PRIORITIES 8192

// No machine has more domains; a power of two.
#define SCXB_MAX_DOMAINS 128

// CPUs beyond these count to the domains of the first ones; a power of two.
#define SCXB_MAX_CPUS 2048

// The capacity of the machine's fastest CPUs.
#define SCXB_CPU_CAPACITY_MAX 1024

// A scheduler in one of its phases. Made by scxb_open(), ended by scxb_close().
//
// Closing releases all that it holds, but not its own few hundred bytes: so a call
// on a closed handle finds out, instead of reading memory that is somebody else's.
struct scxb;

// Options of a scheduler. Fill them with scxb_options_init(), then change some.
struct scxb_options {
        // Size of this struct in bytes, as the caller was compiled.
        uint32_t size;
        // Bits SCXB_OPTION_*; default SCXB_OPTION_BUILTIN_IDLE.
        uint32_t flags;
        // Name of the scheduler, as /sys/kernel/sched_ext/root/ops shows it: 1 to 127 of letters,
        // digits, '_' and '.'. Default: scxbridge. NULL: the default. Read during the call only.
        const char *name;
        // The kernel's watchdog: it ends a scheduler that leaves a runnable task waiting for this
        // long. With thousands of runnable tasks a turn takes seconds. Range: 1 to 30000 ms. Default:
        // 30000.
        uint32_t timeout_ms;
        // How long a parked task waits for its decision before the kernel side runs it; 0: not at all,
        // where a CPU is free for it. Range: 0 to 1000000 µs. Default: 10000.
        uint32_t grace_us;
        // Time slice where the kernel side decides alone, and of a decision that gives 0. Range:
        // 100000 to 1000000000 ns. Default: 5000000.
        uint64_t slice_ns;
        // Upper bound of a decision's slice. Range: slice_ns to 1000000000 ns. Default: 100000000.
        uint64_t slice_max_ns;
        // Size of the ring of records: a power of two, one page to 64 MiB. The default has room for
        // about 8000. With several last-level caches, or eight CPUs and more, there are several rings,
        // at most 8, which share it equally; each has 64 KiB at least, so there may be fewer. Default:
        // 1048576.
        uint32_t queued_bytes;
        // Size of the ring of decisions, likewise. The default has room for about 4000. Default:
        // 262144.
        uint32_t decisions_bytes;
        // Room for the kernel's debug dump after an error. Range: 0 to 1048576 bytes. Default: 32768.
        uint32_t exit_dump_bytes;
        // How long the agent may sleep on while all CPUs are busy, to decide about many tasks at once;
        // 0: it is woken at once. It is woken before when a CPU runs out of decided tasks. Range: 0 to
        // 10000 µs. Default: 0.
        uint32_t batch_us;
};

// A task that wants to run: one record of the ring buffer.
//
// The task is parked until a decision that carries its pid and seq moves it, or
// until its grace has passed and the kernel side runs it without one.
struct scxb_task {
        // Thread id, in the initial PID namespace.
        int32_t pid;
        // Process id (thread group), in the initial PID namespace.
        int32_t tgid;
        // The CPU that it last ran on.
        int32_t cpu;
        // On how many CPUs it may run.
        uint32_t nr_cpus_allowed;
        // When it was queued, and so since when it waits for its decision, ns of CLOCK_MONOTONIC.
        uint64_t ready_ts;
        // When it last started to run, ns of CLOCK_MONOTONIC; 0: not yet under this scheduler.
        uint64_t start_ts;
        // When it last stopped running, ns of CLOCK_MONOTONIC; 0: not yet under this scheduler.
        uint64_t stop_ts;
        // CPU time since it last slept, ns.
        uint64_t exec_runtime;
        // What it is worth now among all that want a CPU, 1 to 10000; 100 is nice 0 in the root group. It is
        // own_weight, scaled by what its cgroups are worth (cpu.weight) and by how many share that.
        uint64_t weight;
        // The vtime of its last decision, given back; 0 at first. Each use of a lease moved it on by the
        // weighted CPU time since: see weighted_ns.
        uint64_t vtime;
        // Id of its cgroup (v2).
        uint64_t cgroup_id;
        // Names this parking; its decision must carry it. Never 0. With SCXB_TASK_ENDED it is that of the record before: a
        // task that has the same pid, but a greater seq, is another one.
        uint64_t seq;
        // CPU time since its last record, ns, including runs without a record: under a lease, or placed
        // directly on an idle CPU.
        uint64_t run_ns;
        // CPU time since its last record, ns, times 100 / weight, each piece by the weight as it ran: by so much
        // the task moves on in virtual time. Finer than weight, which is rounded.
        uint64_t weighted_ns;
        // How often its lease was used since its last record.
        uint32_t leased;
        // Its weight by its nice value alone, 1 to 10000; 100 is nice 0.
        uint16_t own_weight;
        // Why it is queued: bits such as SCXB_ENQ_WAKEUP; or SCXB_TASK_ENDED.
        uint16_t flags;
        // Name of the thread, NUL-terminated.
        uint8_t comm[SCXB_COMM_LEN];
};

// What to do with a parked task.
//
// A decision for a task that slept, died or was run by the kernel side in the meantime does
// nothing, and is counted as stale.
struct scxb_decision {
        // Thread id of the record.
        int32_t pid;
        // A CPU id, one of the codes SCXB_CPU_ANY and SCXB_CPU_PICK_IDLE, or a domain: see SCXB_CPU_DOMAIN. A CPU or
        // domain that the task may not use is replaced by the shared queue, and counted as bounced.
        int32_t cpu;
        // Time slice, ns; 0: the default. Cut to the maximum of the options.
        uint64_t slice_ns;
        // Its place on the queue: smallest first (compared as a difference, so it may wrap).
        uint64_t vtime;
        // Bits such as SCXB_DECISION_PREEMPT; an unknown one makes the decision refused.
        uint64_t flags;
        // The seq of the record. A decision for an older parking is stale: counted, harmless.
        uint64_t seq;
        // A lease: for this long the kernel side repeats this decision whenever the task wants to run,
        // without a record; ns, at most SCXB_LEASE_MAX_NS (1 s). 0: no limit of its own, if lease_count is set.
        uint64_t lease_ns;
        // How often it is repeated at most; 0: no limit of its own, if lease_ns is set. Both 0: no lease.
        uint32_t lease_count;
        // 0, or the decision is refused.
        uint32_t reserved;
};

// A question for an idle CPU, and its answer.
struct scxb_cpu_request {
        // Thread id, in the initial PID namespace.
        int32_t pid;
        // The CPU to prefer; -1: the one that the task last ran on.
        int32_t prev_cpu;
        // The answer: a CPU id, or -EBUSY (no allowed CPU is idle), -ESRCH (no such
        // task), -EINVAL (bad request).
        int32_t cpu;
        // Always 0, or the answer is -EINVAL.
        uint32_t flags;
};

// A cgroup as the kernel side keeps it: its limit, and how its tasks waited for quota. A wait counts
// in the group whose quota is used up, not in those below it.
struct scxb_cgroup_info {
        // Size of this struct in bytes, as its user was compiled.
        uint32_t size;
        // Tasks that wait for its quota now.
        uint32_t throttled_now;
        // Its id, as in records.
        uint64_t id;
        // What cpu.max gives it for each period, ns; 0: it has no limit of its own.
        uint64_t quota_ns;
        // Its period, ns.
        uint64_t period_ns;
        // How much of the quota it may save up, ns.
        uint64_t burst_ns;
        // Times that a task began to wait for its quota.
        uint64_t throttled;
        // How long those waits were that have ended, summed up over tasks, ns.
        uint64_t throttled_ns;
};

// Counters of a scheduler since it was loaded, and a few values of this moment.
//
// Three sums are exact whenever nothing is in motion, always after detach:
// queued = dispatched + rescued + gone + in_flight,
// decisions = dispatched + stale + refused and
// throttled = unthrottled + throttled_left + throttled_now.
struct scxb_stats {
        // Size of this struct in bytes, as its user was compiled.
        uint32_t size;
        // CPUs that this machine can have.
        uint32_t nr_cpus;
        // Tasks that are parked now.
        uint64_t in_flight;
        // Tasks that wait for the quota of their cgroup now.
        uint64_t throttled_now;
        // Tasks on the shared queue now.
        uint64_t shared_waiting;
        // Tasks on the queues of single CPUs now.
        uint64_t local_waiting;
        // Time since the agent last received or dispatched, ns.
        uint64_t heartbeat_age_ns;
        // Records handed to the agent.
        uint64_t received;
        // Decisions written.
        uint64_t decisions;
        // Tasks parked, each with a record.
        uint64_t queued;
        // Tasks that found the ring of records full, and were queued by BPF alone, without a record.
        uint64_t congested;
        // Parked tasks moved by their decision.
        uint64_t dispatched;
        // Parked tasks run by the kernel side since their decision was late.
        uint64_t rescued;
        // Parked tasks that left by themselves: affinity, class or cgroup changed, or killed.
        uint64_t gone;
        // Decisions whose parking was already over, or whose task does not exist.
        uint64_t stale;
        // Decisions that were malformed: bad pid, CPU code, flags or sequence.
        uint64_t refused;
        // Decisions for a CPU that the task may not use: the shared queue instead (part of dispatched).
        uint64_t bounced;
        // Tasks that found an idle CPU when they woke up, and ran there without a record.
        uint64_t idle_direct;
        // Times that a thread of the agent, or one that traces it, was scheduled by BPF alone.
        uint64_t agent_direct;
        // Times that a kernel thread was scheduled by BPF alone.
        uint64_t kthread_direct;
        // Times that any other task was queued by BPF alone, in kernel mode.
        uint64_t kernel_direct;
        // Idle CPUs that were kicked.
        uint64_t kicks;
        // Times that a task preempted what ran on its CPU, by a decision or a lease.
        uint64_t preempts;
        // Batches of decisions drained by a system call of the agent.
        uint64_t flushes;
        // Batches of decisions drained by a CPU that looked for work (ops.dispatch).
        uint64_t drains;
        // Moves that needed a second try, with a fresh iterator.
        uint64_t move_retries;
        // Times that the agent was woken from its wait, by a record or the end of the batching window.
        uint64_t agent_wakeups;
        // Times that rescue began after decisions had flowed: the agent fell behind.
        uint64_t late_episodes;
        // Decided tasks that waited for half of the watchdog's time, and went ahead of their order.
        uint64_t starved;
        // Decisions with a lease that were carried out (part of dispatched).
        uint64_t leases_granted;
        // Times that a task was queued by its lease, without a record.
        uint64_t lease_uses;
        // Leases that ended before their time: revoked, or the task's affinity or weight changed.
        uint64_t revoked;
        // Times that a task of one CPU was scheduled by BPF alone (option).
        uint64_t bound_direct;
        // Synchronous wake-ups that BPF alone sent to the waker's CPU (option).
        uint64_t sync_direct;
        // Records for which the agent was left asleep, for the batching window (option).
        uint64_t wakeups_deferred;
        // Times that a task which gave way to the agent, or to a higher class, went back to its place,
        // without a record.
        uint64_t resumed;
        // Times that a waker which was about to sleep was not preempted for the task that it woke.
        uint64_t sync_spared;
        // Times that a task began to wait for the quota of its cgroup (cpu.max).
        uint64_t throttled;
        // Of these: waits that ended since there was quota again, or the task could not wait on.
        uint64_t unthrottled;
        // Of these: waits that were so long that the task ran for a moment without quota (part of unthrottled).
        uint64_t touched;
        // Waits for quota that a task left by itself: affinity, class or cgroup changed, or killed.
        uint64_t throttled_left;
        // Times that a task was stopped as it started to run, since its cgroup's quota was used up meanwhile.
        uint64_t throttle_cuts;
        // Cgroups for which there was no room: they count as parts of their parents.
        uint64_t cgroups_untracked;
        // Tasks that a CPU of another domain took, since it was idle or they came much earlier in order.
        uint64_t stolen;
        // Tasks that woke up on an idle CPU of another domain: their own was full at several wake-ups in a row.
        uint64_t left_crowded;
        // Records that said that a task has ended (option); no part of queued.
        uint64_t ends_told;
        // Tasks whose end was not told, since the ring of records was full.
        uint64_t ends_lost;
        // Times that the thread of the rounds began to run in another domain than before.
        uint64_t agent_moved;
};

// Why a scheduler ended.
struct scxb_exit_info {
        // Size of this struct in bytes, as the caller was compiled.
        uint32_t size;
        // SCXB_EXIT_*; SCXB_EXIT_NONE while it runs.
        int32_t kind;
        // The kernel's exit code; see SCXB_ECODE_ACT_RESTART.
        int64_t code;
        // The kernel's word for the kind.
        char reason[SCXB_REASON_LEN];
        // Details; often empty.
        char message[SCXB_MESSAGE_LEN];
};

// Which CPUs are near each other: each CPU is in one domain, and each domain has a CPU.
struct scxb_domains {
        // Size of this struct in bytes.
        uint32_t size;
        // How many CPU ids this machine can have, at most SCXB_MAX_CPUS.
        uint32_t cpus;
        // How many domains there are, from 1 to SCXB_MAX_DOMAINS. Their numbers begin at 0.
        uint32_t domains;
        // 0.
        uint32_t reserved;
        // The number of each CPU's domain, by the CPU's id.
        uint8_t of_cpu[SCXB_MAX_CPUS];
        // For each domain 1 if it is closed: as long as a CPU of it runs tasks, tasks come and go only by
        // decisions that name a CPU or a domain.
        uint8_t closed[SCXB_MAX_DOMAINS];
};

// A CPU that the machine can have, and where it is. Of an offline one only its node is known.
struct scxb_cpu {
        // Its id.
        int32_t id;
        // 1 if it is online, else 0.
        uint32_t online;
        // Its core, by the lowest id of the online CPUs that share it; -1: unknown.
        int32_t core;
        // Its last-level cache, by the lowest id of the online CPUs that share it; -1: unknown.
        int32_t cache;
        // Its NUMA node, as the kernel numbers it; -1: unknown.
        int32_t node;
        // Its socket (physical package), as the kernel numbers it; -1: unknown.
        int32_t socket;
        // How fast it is, beside the machine's fastest CPUs: 1 to SCXB_CPU_CAPACITY_MAX; of an offline one 0.
        uint32_t capacity;
        // 0.
        uint32_t reserved;
};

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The library's ABI version: major << 16 | minor. Compare the major with
// SCXB_ABI_MAJOR. Any thread, before anything else.
uint32_t scxb_abi_version(void);

// The library's version, for people. The text is static.
const char *scxb_version(void);

// What a status means, in a few words. The text is static.
const char *scxb_strerror(int32_t status);

// Fills the options with the defaults. size is sizeof(struct scxb_options)
// of the caller: at most that many bytes are written. NULL is a no-op.
void scxb_options_init(struct scxb_options *options, uint32_t size);

// Checks options as scxb_open() does, and nothing else: no handle is made, and the machine is
// not looked at. On failure the reason in words goes to error (may be NULL), cut to
// error_len bytes with its NUL. options NULL: all defaults. Any thread, before anything else.
//
// Errors: -EINVAL (an option), -E2BIG (options of a newer header that are in use).
int32_t scxb_options_check(const struct scxb_options *options, char *error, size_t error_len);

// Checks options and machine, and makes a handle in *out, to be ended with
// scxb_close(). Nothing is changed on the system yet. On failure there is no
// handle, so the reason in words goes to error (may be NULL), cut to
// error_len bytes with its NUL. options NULL: all defaults.
//
// Errors: -EINVAL (an option), -EPERM (capabilities), -EOPNOTSUPP (the kernel has
// no BTF or no sched_ext), -E2BIG (options of a newer header that are in use).
int32_t scxb_open(const struct scxb_options *options,
                  struct scxb **out,
                  char *error,
                  size_t error_len);

// Loads the BPF programs into the kernel and maps the rings.
//
// Errors: -ENOTCONN (not freshly opened), or the kernel's. After a failure the
// handle can only be closed.
int32_t scxb_load(struct scxb *handle);

// Makes the calling process the agent, and lets the machine be scheduled.
//
// Errors: -ENOTCONN (not loaded, or attached already), -EBUSY (another scheduler
// is active), or the kernel's. After a failure the handle stays loaded.
int32_t scxb_attach(struct scxb *handle);

// Gives the machine back to the kernel's own scheduler, and returns when that is
// done. The handle is loaded then: statistics and exit information can be read,
// and it can be attached again. Removes the pins. Ends another thread's scxb_wait() and
// scxb_receive_wait().
//
// Errors: -ENOTCONN (not attached).
int32_t scxb_detach(struct scxb *handle);

// Takes over the pinned scheduler called name, which has no agent: it was killed,
// or left for an upgrade. The calling process becomes the agent; the handle, in
// *out, is attached. On failure there is none, as for scxb_open().
//
// Errors: -EINVAL (NULL), -ENOENT (none is pinned under this name), -EBUSY (its agent
// is alive), -ESHUTDOWN (the kernel has ended it), -EOPNOTSUPP (a library of another
// layout made it), -EPERM.
int32_t scxb_adopt(const char *name, struct scxb **out, char *error, size_t error_len);

// Detaches the pinned scheduler called name, which has no agent, and removes its
// pins; also one that the kernel has ended. Else as scxb_adopt().
int32_t scxb_detach_pinned(const char *name, char *error, size_t error_len);

// Detaches (a pinned scheduler stays and can be adopted), ends other threads'
// scxb_wait() and scxb_receive_wait() with -ECANCELED, waits for calls under way and
// releases all descriptors and memory mappings. NULL is a no-op. A second close waits
// for the first one, and does nothing else.
//
// Every other call on a closed handle fails with -ECANCELED, but for
// scxb_error_text(). So that they can, a few hundred bytes of the handle are never freed.
void scxb_close(struct scxb *handle);

// Copies the reason of the handle's last failed call, in words, into buf, cut
// to len bytes with its NUL, and returns its whole length without the NUL.
// buf NULL: only the length. Empty before the first failure.
size_t scxb_error_text(struct scxb *handle, char *buf, size_t len);

// Blocks until records wait (0), or: -ETIMEDOUT after timeout_ns (negative: no
// limit), -EINTR after scxb_wake(), -ESHUTDOWN when the scheduler has ended,
// -ECANCELED in scxb_close(). Signals don't end it. A wake that came before the
// call ends it at once, even if records wait. One thread at a time (-EBUSY).
// -ENOTCONN: not attached.
int32_t scxb_wait(struct scxb *handle, int64_t timeout_ns);

// Ends the scxb_wait() or scxb_receive_wait() that is under way, or else the next one,
// with -EINTR. Any thread, but not from within a signal handler; never blocks. Does
// nothing when not attached.
int32_t scxb_wake(struct scxb *handle);

// Copies records that wait into tasks, at most capacity, and their number
// into *received: 0 when none waits. Never blocks, makes no system call. One
// thread at a time.
//
// Errors: -ENOTCONN (not attached), -ESHUTDOWN (the scheduler has ended, see
// scxb_exit_info_read), -EBUSY (another thread receives), -EINVAL (NULL).
int32_t scxb_receive(struct scxb *handle,
                     struct scxb_task *tasks,
                     uint32_t capacity,
                     uint32_t *received);

// As scxb_receive(), but blocks until there is a record, so that *received is 1 at least:
// scxb_wait() and scxb_receive() in one. If records wait, it makes no system call.
//
// Errors: those of scxb_wait(); -EBUSY also if another thread receives; -EINVAL (NULL, or a
// capacity of 0).
int32_t scxb_receive_wait(struct scxb *handle,
                          struct scxb_task *tasks,
                          uint32_t capacity,
                          uint32_t *received,
                          int64_t timeout_ns);

// Writes count decisions and has the kernel carry them out in one call (in
// several when they do not fit the ring); their number goes to *accepted (may be
// NULL). Whether each was carried out, the statistics tell. One thread at a time.
//
// Errors: -ENOTCONN, -ESHUTDOWN, -EBUSY as in scxb_receive(), -EINVAL (NULL).
int32_t scxb_dispatch(struct scxb *handle,
                      const struct scxb_decision *decisions,
                      uint32_t count,
                      uint32_t *accepted);

// Finds an idle CPU that the task may use, and counts it as taken: send the task
// there. prev_cpu is preferred; -1: the one that the task last ran on. The CPU
// id goes to *cpu. One system call.
//
// Errors: -EBUSY (no allowed CPU is idle), -ESRCH (no such task), -EINVAL (pid
// not positive, no such CPU, NULL), -ENOTCONN, -ESHUTDOWN.
int32_t scxb_select_cpu(struct scxb *handle, int32_t pid, int32_t prev_cpu, int32_t *cpu);

// As scxb_select_cpu() for count requests, with one system call for each 512;
// each request's cpu has its own result.
//
// Errors: -ENOTCONN, -ESHUTDOWN, -EINVAL (NULL).
int32_t scxb_select_cpus(struct scxb *handle, struct scxb_cpu_request *requests, uint32_t count);

// Ends the lease of the task pid, or all leases with 0, at once: the next time that
// the task wants to run there is a record. A task without a lease is no error. One
// system call; any thread.
//
// Errors: -ESRCH (no such task), -EINVAL (negative pid, NULL), -ENOTCONN, -ESHUTDOWN.
int32_t scxb_lease_revoke(struct scxb *handle, int32_t pid);

// Makes a thread a priority task, or changes it, in kernel mode
// (SCXB_OPTION_KERNEL_MODE). A level from 0 to SCXB_PRIORITY_URGENT_MAX preempts what
// is less urgent; one up to SCXB_PRIORITY_MAX is charged for a part of its time only.
// slice_ns of 0 is the default, and one above slice_max_ns is cut. pid is the id of a
// thread, in the first pid namespace, as in records. The priority holds until it is removed
// or the thread ends, and never passes to another with the same id. Any thread; never
// blocks; one system call.
//
// Errors: -ESRCH (no such thread), -EINVAL (pid not positive, level too large, NULL),
// -EOPNOTSUPP (not in kernel mode), -E2BIG (more than SCXB_MAX_PRIORITIES), -ENOTCONN.
int32_t scxb_priority_set(struct scxb *handle, int32_t pid, uint32_t level, uint64_t slice_ns);

// Makes a priority task an ordinary one, but for the priority of its process. Any thread;
// never blocks; one system call.
//
// Errors: -ESRCH (it has none), -EINVAL (pid not positive, NULL), -EOPNOTSUPP (not in
// kernel mode), -ENOTCONN.
int32_t scxb_priority_remove(struct scxb *handle, int32_t pid);

// As scxb_priority_set(), for all threads of a process, those included that it makes
// later. A thread with a priority of its own keeps that. pid is the id of the process. The
// priority holds until it is removed or the process ends.
//
// Errors: as scxb_priority_set(); -ESRCH for the id of another thread than the first, too.
int32_t scxb_priority_set_process(struct scxb *handle,
                                  int32_t pid,
                                  uint32_t level,
                                  uint64_t slice_ns);

// Takes from a process the priority that scxb_priority_set_process() gave it.
//
// Errors: as scxb_priority_remove().
int32_t scxb_priority_remove_process(struct scxb *handle, int32_t pid);

// Interrupts what runs on a CPU, which then has to choose a task anew. Any thread; one
// system call.
//
// Errors: -EINVAL (no such CPU, or offline; NULL), -ENOTCONN, -ESHUTDOWN.
int32_t scxb_preempt_cpu(struct scxb *handle, int32_t cpu);

// Reads the limit of the cgroup id, as in records, and how its tasks waited for quota, into *info.
// info->size says how large the caller's struct is; so much is written, at most. Any thread;
// one system call.
//
// Errors: -ENODATA (nothing is kept of a cgroup with this id: there is none, it has no cpu
// controller, it is the root, or cgroups are ignored), -EINVAL (NULL, or a size
// under 16), -ENOTCONN, -ESHUTDOWN.
int32_t scxb_cgroup_read(struct scxb *handle,
                         uint64_t id,
                         struct scxb_cgroup_info *info);

// Reads the counters. stats->size says how large the caller's struct is; so much
// is written, at most. Any thread, when loaded or attached; final after detach.
//
// Errors: -EINVAL (NULL, or a size under 8), -ENOTCONN (not loaded).
int32_t scxb_stats_read(struct scxb *handle, struct scxb_stats *stats);

// Reads why the scheduler ended. info->size must be sizeof(struct scxb_exit_info).
// Any thread, when loaded or attached.
//
// Errors: -EINVAL (NULL, or a smaller size), -ENOTCONN (not loaded).
int32_t scxb_exit_info_read(struct scxb *handle, struct scxb_exit_info *info);

// Copies the debug dump that the kernel made when it ended the scheduler with an
// error into buf, cut to len bytes with its NUL, and returns its whole length
// without the NUL, or a negative errno. buf NULL: only the length.
//
// Errors: -EINVAL (NULL handle), -ENOTCONN (not loaded).
int64_t scxb_exit_dump_read(struct scxb *handle, char *buf, size_t len);

// Reads into *domains which domain each CPU is in. domains->size must be set to sizeof. Any thread, when loaded or
// attached; no system call.
//
// Errors: -EINVAL (NULL, another size), -ENOTCONN (not loaded).
int32_t scxb_domains_read(struct scxb *handle,
                          struct scxb_domains *domains);

// Sets the domains; the scheduler must have been opened with SCXB_OPTION_OWN_DOMAINS. Tasks that wait go to the
// queues of their new domains; those that run go on. They hold until they are set anew, also for another agent that
// adopts the scheduler. Any thread, when loaded or attached; a system call, and some files of sysfs.
//
// Errors, after which nothing has changed: -EINVAL (NULL, another size; a domain without a CPU, a CPU without a
// domain, not this machine's CPUs), -EOPNOTSUPP (opened without the option), -ENOTCONN (not loaded), -ESHUTDOWN.
int32_t scxb_domains_set(struct scxb *handle,
                         const struct scxb_domains *domains);

// Reads from sysfs which CPUs this machine can have, whether each is online, and where it is, in the
// order of ids. Writes capacity of them at most into cpus (NULL only with a capacity of 0), how many
// there are into *count, and the generation, as scxb_topology_generation() has it, into *generation (may
// be NULL). A change meanwhile makes this generation an old one. On failure the reason in words goes to
// error (may be NULL), cut to error_len bytes with its NUL. Any thread, at any time; allocates.
//
// Errors: -EINVAL (NULL), or what the kernel says if sysfs is not there.
int32_t scxb_topology_read(struct scxb_cpu *cpus,
                           uint32_t capacity,
                           uint32_t *count,
                           uint64_t *generation,
                           char *error,
                           size_t error_len);

// Writes a number into *generation that differs from the one before whenever a CPU has come or gone:
// then call scxb_topology_read() anew. It means nothing else, and nothing to another process. Reads two
// files of sysfs. error as there. Any thread, at any time.
//
// Errors: those of scxb_topology_read().
int32_t scxb_topology_generation(uint64_t *generation,
                                 char *error,
                                 size_t error_len);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SCXBRIDGE_H */

#!/bin/bash
# Runs inside the guest, as root: the scenarios of one boot, one after the other.
#
#   run.sh SHARE VMDIR
#
# SHARE is the only folder that the host sees while we run, and all that survives a crash, so every
# result goes there at once. VMDIR holds the executables. Before the boot, the host writes:
#   SHARE/jobs      one line per scenario: NAME TIMEOUT PROGRAM ARGUMENT...
#   SHARE/env       variables for the scenarios
# and reads, while we run:
#   SHARE/events    "boot RELEASE", "start NAME", "end NAME STATUS SECONDS", "done", or "unclean WHY"
#                   when this boot cannot run another scenario, "unusable WHY" when no boot could
#   SHARE/NAME/     log, dmesg, out/ (artefacts)
# virtme-ng does not return the guest's exit status reliably; hence the files.
set -u
share=$1 vmdir=$2
ext=/sys/kernel/sched_ext
group=/sys/fs/cgroup/scenario
# Groups that scenarios make for themselves: kit_cgroups.go.
groups=/sys/fs/cgroup/groups

event() { echo "$*" >>"$share/events"; }

# Root is a read-only 9p file system, and slow: programs must be in memory.
bin=/run/scxbridge/bin
mkdir -p "$bin"
# Others are copied when a scenario asks for them.
for program in "$vmdir"/{scenarios,scxload,scx_goland} "$vmdir"/libscxbridge.so*; do
    [ ! -e "$program" ] || cp -a "$program" "$bin"
done
# The Python package, which the example imports from its own folder.
[ ! -d "$vmdir/scxbridge" ] || ln -s "$vmdir/scxbridge" "$bin"

set -a
. "$share/env"
SCXB_BIN=$bin SCXB_VM=$vmdir PATH=$bin:$PATH LD_LIBRARY_PATH=$bin HOME=/root
set +a
cd "$bin" || exit 1
ulimit -c 0
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup
mountpoint -q /sys/fs/bpf || mount -t bpf none /sys/fs/bpf
mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing
# The kernel must name a hung task in its log before the scenario's time is up.
echo 20 >/proc/sys/kernel/hung_task_timeout_secs

# In a group of its own, so that nothing outlives its scenario, whatever it daemonizes.
scenario() {
    local name=$1 limit=$2 program=$3
    shift 3
    mkdir -p "$group"
    (
        echo "$BASHPID" >"$group/cgroup.procs"
        # As a group leader, timeout signals the whole process group: first to end, then to die.
        exec timeout --kill-after=10 "$limit" "./$program" "$@"
    ) >"$share/$name/log" 2>&1 </dev/null
}

# Ends what the scenario left behind. Fails if this machine cannot be used for another one.
clean_up() {
    local i
    if [ -d "$group" ] && grep -q 'populated 1' "$group/cgroup.events"; then
        echo 1 >"$group/cgroup.kill"
    fi
    if [ -d "$groups" ]; then
        echo 1 >"$groups/cgroup.kill"
    fi
    for ((i = 0; i < 50; i++)); do
        [ ! -d "$groups" ] || find "$groups" -depth -type d -exec rmdir {} + 2>/dev/null
        rmdir "$group"/*/ 2>/dev/null
        rmdir "$group" 2>/dev/null
        [ -d "$group" ] || [ -d "$groups" ] || [ "$(cat $ext/state)" != disabled ] || return 0
        # A pinned scheduler outlives its processes; SysRq-S makes the kernel end it.
        [ $i -ne 25 ] || echo S >/proc/sysrq-trigger
        sleep 0.2
    done
    [ -d "$group" ] && event "unclean processes that cannot be killed: $(cat "$group/cgroup.procs" | tr '\n' ' ')"
    [ -d "$groups" ] && event "unclean cgroups that cannot be removed: $(find "$groups" -type d | tr '\n' ' ')"
    [ "$(cat $ext/state)" = disabled ] || event "unclean the scheduler $(cat $ext/root/ops 2>/dev/null) is still $(cat $ext/state)"
    return 1
}

if [ ! -r $ext/state ]; then
    event "unusable this kernel has no sched_ext: CONFIG_SCHED_CLASS_EXT is off"
    exit 1
fi
event "boot $(uname -r)"
while read -r name limit program arguments; do
    mkdir -p "$share/$name/out"
    dmesg --clear
    export SCXB_OUT=$share/$name/out
    event "start $name"
    began=${EPOCHREALTIME/./}
    # shellcheck disable=SC2086 # arguments are words
    scenario "$name" "$limit" "$program" $arguments
    status=$?
    took=$((${EPOCHREALTIME/./} - began))
    # Detaching is asynchronous: a scheduler that is still attached after a moment was left behind.
    for wait in 1 2 3 4 5 6 7 8 9 10; do
        attached=$(cat $ext/state)
        [ "$attached" != disabled ] || break
        sleep 0.2
    done
    # If it hung: the stacks of all CPUs and blocked tasks, and the armed timers.
    if [ $status -ge 124 ]; then
        for key in l w q; do echo $key >/proc/sysrq-trigger; done
        grep -E 'LOC|RES|CAL' /proc/interrupts >/dev/kmsg
    fi
    dmesg >"$share/$name/dmesg"
    if [ "$attached" != disabled ] && [ $status -eq 0 ]; then
        echo "scenario ended with sched_ext $attached: $(cat $ext/root/ops 2>/dev/null)" >>"$share/$name/log"
        status=1
    fi
    usable=yes
    clean_up || usable=no
    event "end $name $status $((took / 1000000)).$(printf %03d $((took / 1000 % 1000)))"
    [ $usable = yes ] || exit 0
done <"$share/jobs"
event "done"

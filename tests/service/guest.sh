#!/bin/bash
# Drives scx_goland.service under a real systemd, in the guest, as root. The host reads results, one line per step:
# "ok NAME SECONDS" or "FAIL NAME SECONDS WHY"; "done" is the last one. What a step says goes to "said".
#
# Steps follow each other on one machine. After one that failed, the next ones still say what else is wrong.
set -u
share=/mnt/share
unit=scx_goland.service
ext=/sys/kernel/sched_ext
conf=/etc/scx_goland/scx_goland.yaml
good='verbose: true
slice: 7ms'
export LANG=C.UTF-8 SYSTEMD_PAGER= SYSTEMD_COLORS=0 DEBIAN_FRONTEND=noninteractive
# For one condition. The steps take seconds each; this is for a host that is busy with other things.
patience=${PATIENCE:-90}

show() { systemctl show "$unit" --property="$1" --value; }
state() { cat $ext/state; }
# number of schedulers since boot: a gap, with a scheduler detached and attached anew, raises it.
seq() { cat $ext/enable_seq; }
journal() { journalctl --quiet --unit "$unit" --output cat "$@"; }
# A time, and no cursor: after a cursor, systemd 252 leaves out the first entry that matches, unless the cursor's does.
mark() { journalctl --sync 2>/dev/null; echo "@$EPOCHREALTIME"; }
# since MARK TEXT [OPTION...]: whether the journal of the unit has the text, after the mark.
since() {
    local after=$1 text=$2
    shift 2
    journal --since="$after" "$@" | grep -qF -- "$text"
}
toldsince() { journalctl --quiet --identifier scx_goland --output cat --since="$1" | grep -qF -- "$2"; }

# must COMMAND...: it succeeds. await COMMAND...: it succeeds before long. Else the step ends, and says so.
die() { echo "$*" >/run/why; exit 1; }
must() { "$@" || die "failed: $*"; }
refuse() { ! "$@" || die "should have failed: $*"; }
await() {
    local end=$((SECONDS + patience))
    until "$@" 2>/dev/null; do
        [ $SECONDS -lt $end ] || die "waited in vain for: $*"
        sleep 0.1
    done
}
same() { [ "$2" = "$3" ] || die "$1 is '$2', not '$3'"; }

# agent: its process id. Fails if it does not run.
agent() {
    local pid
    pid=$(show MainPID)
    [ "$pid" != 0 ] && echo "$pid"
}
is() { [ "$(show "$1")" = "$2" ]; }
attached() { [ "$(state)" = enabled ] && [ "$(cat $ext/root/ops)" = goland ]; }
detached() { [ "$(state)" = disabled ]; }
# another PID: the unit runs, as another process than this one.
another() { is ActiveState active && is SubState running && ! is MainPID "$1" && ! is MainPID 0; }

step() {
    local began=${EPOCHREALTIME/./} status took
    echo "== $1"
    rm -f /run/why
    ("$1")
    status=$?
    took=$(((${EPOCHREALTIME/./} - began) / 100000))
    [ $status = 0 ] && echo "ok $1 $((took / 10)).$((took % 10))" >>$share/results && return
    echo "FAIL $1 $((took / 10)).$((took % 10)) $(cat /run/why 2>/dev/null || echo "exit status $status")" >>$share/results
    journalctl --sync
    journalctl --boot --output short-monotonic >"$share/journal.$1"
    systemctl status "$unit" --no-pager --lines 0
    # So that one fault does not look like many.
    [ ! -d "${conf%/*}" ] || echo "$good" >$conf
    rm -f /etc/systemd/system/$unit.d/without.conf
    systemctl daemon-reload
    systemctl reset-failed "$unit"
    systemctl start "$unit"
}

installed_it_is_off() {
    must detached
    must dpkg --install $share/*.deb
    same "is-enabled" "$(systemctl is-enabled $unit)" disabled
    same "the state" "$(show ActiveState)" inactive
    must test -e $conf
    must detached
}

enabled_it_runs_confined() {
    # The same unit, less patient.
    mkdir -p /etc/systemd/system/$unit.d
    printf '[Service]\nWatchdogSec=6s\nRestartSec=200ms\nRestartSteps=1\nRestartMaxDelaySec=400ms\n' >/etc/systemd/system/$unit.d/test.conf
    must systemctl daemon-reload
    echo 'verbose: true' >$conf
    must systemctl enable --now $unit
    must attached
    same "is-enabled" "$(systemctl is-enabled $unit)" enabled
    same "what systemd was told" "$(show StatusText)" '"goland" is attached, policy vruntime'
    must scx_goland status
    # What its confinement forbids would be told: as a warning, or, of Go's monitor thread, as a note. (On a busy host, that thread
    # may not be found in time. systemd 252 tells which lines of the unit are for newer ones.)
    same "warnings" "$(journal --priority warning | grep -v 'Unknown key')" ""
    same "Go's monitor thread" "$(journal | grep 'monitor thread stays' | grep -v 'was not found')" ""
    await journal --grep '^attached name=goland adopted=false$'
    same "its folder's mode" "$(stat -c %a /run/scx_goland)" 750
    refuse journal --grep 'time='
}

reloaded_it_changes_without_a_gap() {
    local pid number before
    pid=$(agent) || die "no agent runs"
    number=$(seq) before=$(mark)
    echo "$good" >$conf
    must systemctl reload $unit
    await since "$before" 'reloaded: slice is "7ms", was "20ms"'
    await is StatusText 'reloaded: slice is "7ms", was "20ms"'
    same "the state" "$(show ActiveState)" active
    same "the process" "$(show MainPID)" "$pid"
    same "the number of the scheduler" "$(seq)" "$number"
}

an_invalid_reload_is_refused() {
    local pid number before
    pid=$(agent) || die "no agent runs"
    number=$(seq) before=$(mark)
    echo 'slice: 7' >$conf
    refuse systemctl reload $unit
    # By its name: an older journal may not know the unit of a process that has ended already.
    await toldsince "$before" 'slice: "7" has no unit'
    # Sent by someone else than systemd.
    must kill -HUP "$pid"
    await since "$before" 'reload refused, the old configuration goes on' --priority err
    await is ActiveState active
    same "the process" "$(show MainPID)" "$pid"
    same "the number of the scheduler" "$(seq)" "$number"
    echo "$good" >$conf
}

killed_it_is_adopted() {
    local pid number before
    pid=$(agent) || die "no agent runs"
    number=$(seq) before=$(mark)
    must kill -KILL "$pid"
    await another "$pid"
    await since "$before" '"goland" is adopted, policy vruntime'
    must attached
    same "the number of the scheduler" "$(seq)" "$number"
}

restarted_and_upgraded_it_is_adopted() {
    local pid number before
    pid=$(agent) || die "no agent runs"
    number=$(seq) before=$(mark)
    must dpkg --install $share/*.deb
    await another "$pid"
    await since "$before" '"goland" is adopted, policy vruntime'
    same "the number of the scheduler" "$(seq)" "$number"
    same "the edited configuration" "$(cat $conf)" "$good"
    same "is-enabled" "$(systemctl is-enabled $unit)" enabled
}

without_rounds_the_watchdog_restarts_it() {
    local pid number before
    pid=$(agent) || die "no agent runs"
    number=$(seq) before=$(mark)
    must kill -STOP "$pid"
    await since "$before" 'Watchdog timeout'
    await another "$pid"
    await since "$before" '"goland" is adopted, policy vruntime'
    same "the number of the scheduler" "$(seq)" "$number"
}

stopped_the_kernel_has_the_machine() {
    must systemctl stop $unit
    same "the state" "$(show ActiveState)" inactive
    must detached
    refuse ls /sys/fs/bpf/scxbridge/goland/link
    refuse test -e /run/scx_goland
}

ejected_five_times_it_stays_off() {
    local i pid before
    before=$(mark)
    must systemctl start $unit
    for i in 1 2 3 4; do
        must attached
        pid=$(agent) || die "no agent runs"
        echo S >/proc/sysrq-trigger
        await another "$pid"
    done
    refuse since "$before" 'not started again'
    must attached
    echo S >/proc/sysrq-trigger
    await is SubState failed
    same "its exit code" "$(show ExecMainStatus)" 6
    await since "$before" 'ejected 5 times in 5 minutes: not started again' --priority err
    must detached
    # Whoever starts it has seen to it.
    must systemctl start $unit
    must attached
}

without_sched_ext_it_is_not_restarted() {
    local before
    before=$(mark)
    must systemctl stop $unit
    printf '[Service]\nTemporaryFileSystem=/sys/kernel\nBindReadOnlyPaths=/sys/kernel/btf\n' >/etc/systemd/system/$unit.d/without.conf
    must systemctl daemon-reload
    refuse systemctl start $unit
    await is SubState failed
    same "its exit code" "$(show ExecMainStatus)" 78
    same "restarts" "$(show NRestarts)" 0
    await since "$before" 'has no sched_ext' --priority err
    rm /etc/systemd/system/$unit.d/without.conf
    must systemctl daemon-reload
}

purged_nothing_is_left() {
    must systemctl start $unit
    must attached
    must dpkg --purge scx-goland
    must detached
    refuse ls /sys/fs/bpf/scxbridge/goland/link
    refuse test -e /etc/scx_goland
    refuse test -e /etc/systemd/system/multi-user.target.wants/$unit
    rm -r /etc/systemd/system/$unit.d
    systemctl daemon-reload
    systemctl reset-failed $unit 2>/dev/null
    same "what systemd knows of it" "$(show LoadState)" not-found
}

if [ ! -r $ext/state ]; then
    echo "FAIL kernel 0 this kernel has no sched_ext" >>$share/results
else
    for name in $(sed -n 's/^\([a-z_]*\)() {$/\1/p' "$0" | grep _); do
        step "$name"
    done
fi
journalctl --sync
journalctl --boot --output short-monotonic >$share/journal
echo done >>$share/results
sync
systemctl poweroff --force --force

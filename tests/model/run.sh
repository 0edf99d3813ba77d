#!/bin/bash
# Checks the models of the protocol with spin: each as it is must hold, and with each of its faults
# (-D...) must not. One line for each as it ends, and the sum. As many run at a time as there are CPUs, at most 4.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
most=$(nproc) running=0 started=0
[ "$most" -le 4 ] || most=4

# result NAME ok|FAIL [FILE]: the file tells why.
result() {
	local text="$2 $1"
	[ "$2" = ok ] || text+=$'\n'$(sed 's/^/  | /' "$3")
	echo "$text"
	echo "$2" >"$work/$1.result"
}

# start ARGUMENT...: a check of its own, in a folder of its own.
start() {
	if [ $running -ge "$most" ]; then
		wait -n
		running=$((running - 1))
	fi
	(mkdir "$1" && cd "$1" && check "$@") &
	running=$((running + 1)) started=$((started + 1))
}

# check NAME holds|fails MODEL FAIRNESS [-D...]: FAIRNESS is "fair" where a model has an LTL property.
check() {
	local name=$1 want=$2 model=$3 fairness=$4 compile=-DSAFETY run= found
	shift 4
	if [ "$fairness" = fair ]; then
		compile=-DNFAIR=3 run="-a -f"
	fi
	if ! { spin "$@" -a "$here/$model.pml" && gcc -O2 -w -DCOLLAPSE -DMEMLIM=6000 $compile -o pan pan.c; } >log 2>&1; then
		result "$name" FAIL log
		return
	fi
	# shellcheck disable=SC2086 # options are words
	timeout 300 ./pan $run -m1000000 >log 2>&1
	if grep -q 'errors: 0' log && ! grep -q 'max search depth too small\|out of memory' log; then
		found=holds
	elif grep -q 'errors: [1-9]' log; then
		found=fails
	else
		found=unknown
	fi
	[ $found = "$want" ] && result "$name" ok || result "$name" FAIL log
}

start park holds park safety -DPARKINGS=2
for fault in NO_RETRY GONE_BLIND NO_CLAIM NO_UNCLAIM; do
	start "park-$fault-is-found" fails park safety -DPARKINGS=2 -D$fault
done
start late holds late fair
for fault in HEARTBEAT NO_OVERDUE ONE_LOOK; do
	start "late-$fault-is-found" fails late fair -D$fault
done
start wake holds wake fair
for fault in WAKE_RECORD LATE_WAITING NO_FENCE; do
	start "wake-$fault-is-found" fails wake fair -D$fault
done
wait
# One that left no result failed as well.
passed=$(cat ./*.result | grep -c ok)
failed=$((started - passed))
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]

#!/bin/bash
# Checks the models of the protocol with spin: each as it is must hold, and with each of its faults
# (-D...) must not. One line for each as it ends, and the sum. As many run at a time as there are CPUs, at most 4.
#
#   run.sh               all of them
#   run.sh NAME ...      one, as in the list below
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

# result NAME ok|FAIL: the log tells why.
result() {
	if [ "$2" = ok ]; then
		echo "ok $1"
	else
		printf 'FAIL %s\n%s\n' "$1" "$(sed 's/^/  | /' log)"
	fi
}

# check NAME holds|fails MODEL FAIRNESS [-D...]: FAIRNESS is "fair" where a model has an LTL property.
check() {
	local name=$1 want=$2 model=$3 fairness=$4 compile=-DSAFETY run= found
	shift 4
	if [ "$fairness" = fair ]; then
		compile=-DNFAIR=3 run="-a -f"
	fi
	if ! { spin "$@" -a "$here/$model.pml" && gcc -O2 -w -DCOLLAPSE -DMEMLIM=6000 $compile -o pan pan.c; } >log 2>&1; then
		result "$name" FAIL
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
	[ $found = "$want" ] && result "$name" ok || result "$name" FAIL
}

if [ $# -gt 0 ]; then
	check "$@"
	exit
fi

{
	echo park holds park safety -DPARKINGS=2
	for fault in NO_RETRY GONE_BLIND NO_CLAIM NO_UNCLAIM; do
		echo "park-$fault-is-found" fails park safety -DPARKINGS=2 -D$fault
	done
	echo late holds late fair
	for fault in HEARTBEAT NO_OVERDUE ONE_LOOK; do
		echo "late-$fault-is-found" fails late fair -D$fault
	done
	echo wake holds wake fair
	for fault in WAKE_RECORD LATE_WAITING NO_FENCE; do
		echo "wake-$fault-is-found" fails wake fair -D$fault
	done
	echo wake-rings holds wake fair -DRINGS=2
	for fault in ONE_RING NO_FENCE; do
		echo "wake-rings-$fault-is-found" fails wake fair -DRINGS=2 -D$fault
	done
} >list
cpus=$(nproc)
xargs -P $((cpus < 4 ? cpus : 4)) -L 1 "$here/run.sh" <list | tee results
# One that left no result failed as well.
passed=$(grep -c '^ok ' results)
failed=$(($(wc -l <list) - passed))
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]

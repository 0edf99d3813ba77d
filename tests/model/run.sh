#!/bin/bash
# Checks the models of the protocol with spin: each as it is must hold, and with each of its faults
# (-D...) must not. One line for each, and the sum.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0

# result NAME ok|FAIL [FILE]: the file tells why.
result() {
	echo "$2 $1"
	if [ "$2" = ok ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		sed 's/^/  | /' "$3"
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

check park holds park safety -DPARKINGS=2
for fault in NO_RETRY GONE_BLIND NO_CLAIM NO_UNCLAIM; do
	check "park-$fault-is-found" fails park safety -DPARKINGS=2 -D$fault
done
check late holds late fair
for fault in HEARTBEAT NO_OVERDUE ONE_LOOK; do
	check "late-$fault-is-found" fails late fair -D$fault
done
check wake holds wake fair
for fault in WAKE_RECORD LATE_WAITING NO_FENCE; do
	check "wake-$fault-is-found" fails wake fair -D$fault
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]

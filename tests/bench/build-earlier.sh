#!/bin/bash
# Builds scx_goland of an earlier revision, for the benchmarks in the virtual machine:
#
#   build-earlier.sh [REVISION]
#
# The default is the last revision before there were domains, where all CPUs shared one queue, one PARK and one ring. It is linked
# statically, so that both agents run in one machine. If it cannot be built, the benchmarks run without it, and their report says why.
set -euo pipefail

revision=${1:-4327eab}
cd "$(dirname "$0")/../.."
CARGO=${CARGO:-cargo} GO=${GO:-go}
build=$PWD/target/bench/earlier-$revision peers=$PWD/target/vm/peers
mkdir -p "$build" "$peers"
rm -f "$peers/scx_goland_earlier.why"

missing() {
    echo "$1" >"$peers/scx_goland_earlier.why"
    rm -f "$peers/scx_goland_earlier"
    echo "bench: without the earlier scx_goland: $1"
    exit 0
}

agent=$build/scx_goland

if [ ! -e "$agent" ]; then
    if ! git rev-parse --quiet --verify "$revision^{commit}" >/dev/null; then
        missing "this clone has no revision $revision; git fetch --unshallow"
    fi
    echo "building scx_goland of $revision; the log is $build/log"
    source=$build/source
    rm -rf "$source" && mkdir "$source"
    git archive "$revision" | tar -x -C "$source"
    (
        set -e
        cd "$source"
        "$CARGO" build --release --lib --locked
        CGO_CFLAGS="-I$source/include" \
            CGO_LDFLAGS="$source/target/release/libscxbridge.a -lelf -lz -lzstd -lpthread -lm -ldl" \
            "$GO" build -C go -tags scxbridge_flags,netgo,osusergo -ldflags="-s -w '-extldflags=-static -Wl,--no-warnings'" \
            -o "$agent" ./cmd/scx_goland
    ) >"$build/log" 2>&1 &
    wait $! || missing "revision $revision could not be built: $(tail -1 "$build/log")"
fi
ln -f "$agent" "$peers/scx_goland_earlier"

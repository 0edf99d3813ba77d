#!/bin/bash
# Builds scx_rustland, the published crate, for the system benchmarks: `make bench SUITE=system` calls this.
# None of its code is here. If it cannot be built, the benchmarks run without it, and their report says why.
set -euo pipefail

RUSTLAND=1.1.4

cd "$(dirname "$0")/../.."
CARGO=${CARGO:-cargo}
. tests/bench/clang.sh
build=$PWD/target/bench/rustland-$RUSTLAND
# The driver of the virtual machine copies this folder's parent into the guest, but not this folder.
peers=$PWD/target/vm/peers
why=$peers/scx_rustland.why
mkdir -p "$peers" "$build"
rm -f "$why"

missing() {
    echo "$*" >"$why"
    rm -f "$peers/scx_rustland"
    echo "bench: without scx_rustland: $*"
    exit 0
}

if [ ! -e "$build/bin/scx_rustland" ]; then
    clang=$(rustland_clang) || missing "no clang ≥ $RUSTLAND_CLANG_NEEDED is installed, which compiles its BPF programs"
    echo "building scx_rustland $RUSTLAND from crates.io with $clang; the log is $build/log"
    # bindgen loads libclang, which may be where the linker does not look; it can't handle a path with "..".
    export BPF_CLANG=$clang LIBCLANG_PATH=${LIBCLANG_PATH:-$(realpath "$("$clang" -print-resource-dir)/../..")}
    "$CARGO" install scx_rustland --version "=$RUSTLAND" --locked --root "$build" --target-dir "$build/cargo" >"$build/log" 2>&1 ||
        missing "the crate scx_rustland $RUSTLAND could not be built: $(grep -m 1 '^error' "$build/log" || tail -1 "$build/log")"
fi
ln -f "$build/bin/scx_rustland" "$peers/scx_rustland"

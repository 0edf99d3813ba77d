#!/bin/bash
# Builds other projects' schedulers, published crates, for the benchmarks in the virtual machine:
#
#   build-peers.sh scx_rustland...
#
# None of their code is here. If one cannot be built, the benchmarks run without it, and their report says why.
set -euo pipefail

# They are released together.
SCX=1.1.4

cd "$(dirname "$0")/../.."
CARGO=${CARGO:-cargo}
. tests/bench/clang.sh
build=$PWD/target/bench/peers-$SCX
# The driver of the virtual machine copies this folder's parent into the guest, but not this folder.
peers=$PWD/target/vm/peers
mkdir -p "$peers" "$build"

build() {
    local name=$1 clang log=$build/$1.log
    clang=$(rustland_clang) || {
        missing "$name" "no clang ≥ $RUSTLAND_CLANG_NEEDED is installed, which compiles its BPF programs"
        return 1
    }
    echo "building $name $SCX from crates.io with $clang; the log is $log"
    # bindgen loads libclang, which may be where the linker does not look; it can't handle a path with "..".
    BPF_CLANG=$clang LIBCLANG_PATH=${LIBCLANG_PATH:-$(realpath "$("$clang" -print-resource-dir)/../..")} \
        "$CARGO" install "$name" --version "=$SCX" --locked --root "$build" --target-dir "$build/cargo" >"$log" 2>&1 || {
        missing "$name" "the crate $name $SCX could not be built: $(grep -m 1 '^error' "$log" || tail -1 "$log")"
        return 1
    }
}

missing() {
    echo "$2" >"$peers/$1.why"
    rm -f "$peers/$1"
    echo "bench: without $1: $2"
}

for name; do
    rm -f "$peers/$name.why"
    if [ -e "$build/bin/$name" ] || build "$name"; then
        ln -f "$build/bin/$name" "$peers/$name"
    fi
done

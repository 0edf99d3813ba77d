#!/bin/bash
# Builds scx_bare, the floor of the benchmarks in the virtual machine, with the libbpf of libbpf-sys.
set -euo pipefail

cd "$(dirname "$0")/../.."
build=$PWD/target/bench peers=$PWD/target/vm/peers
libbpf=$(ls -td target/release/build/libbpf-sys-*/out/libbpf.a | head -1)
libbpf=${libbpf%/*}
mkdir -p "$build" "$peers"
rm -f "$peers/scx_bare.why"

"${CLANG:-clang}" -O2 -g -Wall -target bpf -c tests/bench/bare.bpf.c -o "$build/bare.bpf.o"
"${CC:-cc}" -std=gnu11 -O2 -g -Wall -Wextra -Werror -DOBJECT="\"$build/bare.bpf.o\"" -I"$libbpf/include" tests/bench/bare.c \
    "$libbpf/libbpf.a" -lelf -lz -o "$peers/scx_bare"

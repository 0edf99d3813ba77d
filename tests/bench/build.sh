#!/bin/bash
# Builds the workers of the boundary benchmarks into target/bench: `make bench` and `make test-bench` call this.
# It uses a cargo target folder of its own, so that the shipped library never has the feature `boundary`.
set -euo pipefail

cd "$(dirname "$0")/../.."
CARGO=${CARGO:-cargo} GO=${GO:-go} CC=${CC:-cc}
bench=$PWD/target/bench
lib=$bench/lib
mkdir -p "$lib"

newest() { ls -td "$@" | head -1; }
warnings=(-std=gnu11 -O2 -g -Wall -Wextra -Werror)

# Built first, since the workers link with it: it replaces the C library's malloc, to count allocations.
"$CC" "${warnings[@]}" -fPIC -shared -fno-builtin tests/bench/aid.c -o "$lib/libbenchaid.so"

LIBRARY_PATH=$lib "$CARGO" build --release --features boundary --lib --example bench_rust --target-dir "$bench/cargo"
release=$bench/cargo/release
ln -f "$release/examples/bench_rust" "$bench/rust"
ln -f "$release/libscxbridge.so" "$lib/libscxbridge.so"
soname=$(readelf -d "$lib/libscxbridge.so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
ln -sf libscxbridge.so "$lib/$soname"
# All load the same object that the library has built in, and all use the libbpf of libbpf-sys.
ln -f "$(newest "$release"/build/scxbridge-*/out/boundary.bpf.o)" "$bench/boundary.bpf.o"
libbpf=$(newest "$release"/build/libbpf-sys-*/out/libbpf.a)
libbpf=${libbpf%/*}

worker=(tests/bench/worker.c -Iinclude -L"$lib" -lbenchaid)
"$CC" "${warnings[@]}" -I"$libbpf/include" tests/bench/floor.c "${worker[@]}" "$libbpf/libbpf.a" -lelf -lz -o "$bench/c"
"$CC" "${warnings[@]}" tests/bench/capi.c "${worker[@]}" -lscxbridge -o "$bench/capi"
"$CC" "${warnings[@]}" tests/bench/count.c -o "$bench/count"

export CGO_ENABLED=1
export CGO_CFLAGS="-O2 -g -I$PWD/include -I$libbpf/include"
export CGO_LDFLAGS="-L$lib"
# With the library built here, not one that pkg-config finds.
(cd tests/bench && "$GO" build -tags scxbridge_flags -o "$bench/go" ./ours)
(cd tests/bench && "$GO" build -tags scxbridge_flags -o "$bench/qumun" ./compat)
CGO_LDFLAGS="-L$lib -L$libbpf -lbpf -lelf -lz"
(cd tests/bench && "$GO" build -o "$bench/libbpfgo" ./peers)

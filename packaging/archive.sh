#!/bin/bash
# Makes the distributed archive, OUT/libscxbridge.a, from the one that cargo built: with libelf and zlib in it.
#
#   archive.sh CARGOS_ARCHIVE OUT      CC= chooses the compiler, and with it the machine
#
# Why not the system's libelf.a: the other archives that it needs differ between distributions, and Debian 13 lacks
# some of them. Why not libbpf-sys's feature `vendored`: it takes autotools and a minute, and puts libelf into the shared
# library too. This compiles the same sources, which that crate contains.
set -euo pipefail
# So that the order of members is the same everywhere.
export LC_ALL=C

built=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
read -ra cc <<<"${CC:-cc}"
archive=$out/libscxbridge.a
objects=$out/objects

fail() { echo "archive: $*" >&2; exit 1; }
# The compiler knows the tools for its machine.
tool() { "${cc[@]}" -print-prog-name="$1"; }

[ -e "$built" ] || fail "$built is missing: it is made of what cargo built. Run 'make'"
cargo=${CARGO:-cargo}
host=$("$cargo" -vV | sed -n "s/^host: //p")
manifest=$(cd "$here/.." && "$cargo" metadata --format-version 1 --filter-platform "$host" |
    grep -o '"manifest_path":"[^"]*/libbpf-sys-[^"/]*/Cargo.toml"' | cut -d'"' -f4)
sources=$(dirname "$manifest")
[ -d "$sources/elfutils/libelf" ] && [ -d "$sources/zlib" ] ||
    fail "no sources of libelf and zlib in the crate libbpf-sys, in '$sources'. Has its layout changed?"

# What the objects depend on, as one word: other sources, another compiler or other options give others.
options=(-std=gnu11 -O2 -g1 -fPIC -ffunction-sections -w)
stamp=$({ echo "$sources" "${options[@]}" && "${cc[@]}" -v 2>&1 && cat "$0" "$here/static/config.h"; } | cksum | tr ' ' -)

# compile PREFIX FOLDER OPTION... : each C file of a folder into $objects.
compile() {
    local prefix=$1 folder=$2
    shift 2
    find "$folder" -maxdepth 1 -name '*.c' -printf '%f\0' |
        xargs -0 -P "$(nproc)" -I{} "${cc[@]}" "${options[@]}" "$@" -c "$folder/{}" -o "$objects/$prefix-{}.o"
}
if [ ! -e "$objects/$stamp" ]; then
    rm -rf "$objects"
    mkdir -p "$objects"
    compile libelf "$sources/elfutils/libelf" -D_GNU_SOURCE -DHAVE_CONFIG_H \
        -I"$here/static" -I"$sources/elfutils/lib" -I"$sources/elfutils/libelf" -I"$sources/zlib"
    compile zlib "$sources/zlib" -D_LARGEFILE64_SOURCE=1 -DHAVE_HIDDEN -DHAVE_UNISTD_H -I"$sources/zlib"
    touch "$objects/$stamp"
fi
if [ "$archive" -nt "$built" ] && [ "$archive" -nt "$objects/$stamp" ]; then
    exit 0
fi
# Rust's standard library contains bitcode; where LLVM's plugin is installed, ar would index only that.
"$(tool objcopy)" --remove-section=.llvmbc --remove-section=.llvmcmd "$built" "$archive.new"
# q, not r: members of libbpf and libelf with the same name must not replace each other.
"$(tool ar)" qs "$archive.new" "$objects"/*.o
mv "$archive.new" "$archive"

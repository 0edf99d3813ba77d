#!/bin/bash
# Builds what a release has for one architecture, amd64 or arm64, against the C library of the oldest Debian that is
# supported: what is linked with a newer one does not run there. Nothing of where it was built gets in, so that the
# same commit gives the same bytes anywhere.
#
#   release-build.sh ARCHITECTURE OUT
#
# Below OUT/ARCHITECTURE:
#   built/                     as target/release: libscxbridge.so, lib/libscxbridge.a
#   go/libscxbridge.a          the archive of the Go module, see one-object.sh
#   scx_goland                 the agent for packages: with the shared library, which the loader finds by itself
#   scx_goland.static          the agent that needs nothing, for the image
#   scx_goland_kube            its companion on Kubernetes, for the image; no C is in it
set -euo pipefail

architecture=$1 out=$2
cd "$(dirname "$0")/.."
CARGO=${CARGO:-cargo} GO=${GO:-go}
case $architecture in
amd64) machine=x86_64 ;;
arm64) machine=aarch64 ;;
*) echo "release: there is no build for '$architecture', only for amd64 and arm64" >&2; exit 2 ;;
esac
export SUITE=bookworm
triple=$machine-linux-gnu
target=$machine-unknown-linux-gnu
cc=$triple-gcc
command -v "$cc" >/dev/null || { echo "release: $cc is missing: 'make setup-release' installs it" >&2; exit 1; }

mkdir -p "$out/$architecture/go"
out=$(cd "$out" && pwd)
sysroot=$out/sysroot/$architecture
packaging/cross-sysroot.sh "$architecture" "$sysroot" libelf-dev zlib1g-dev libc6-dev libgcc-s1

# Paths of this machine become names.
registry=${CARGO_HOME:-$HOME/.cargo}
in_c="--sysroot=$sysroot -ffile-prefix-map=$out=/out -ffile-prefix-map=$registry=/cargo -ffile-prefix-map=$PWD=/scxbridge"
in_rust="-C link-arg=--sysroot=$sysroot --remap-path-prefix=$PWD=/scxbridge --remap-path-prefix=$out=/out --remap-path-prefix=$registry=/cargo"
words=${target//-/_}
built=$out/cargo/$target/release
env PKG_CONFIG_ALLOW_CROSS=1 PKG_CONFIG_SYSROOT_DIR="$sysroot" \
    PKG_CONFIG_LIBDIR="$sysroot/usr/lib/$triple/pkgconfig" \
    "CC_$words=$cc" "CFLAGS_$words=$in_c" \
    "CARGO_TARGET_${words^^}_LINKER=$cc" "CARGO_TARGET_${words^^}_RUSTFLAGS=$in_rust" \
    "$CARGO" build --locked --release --target "$target" --target-dir "$out/cargo"
soname=$(readelf -d "$built/libscxbridge.so" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
ln -sf libscxbridge.so "$built/$soname"
ln -sfn "../cargo/$target/release" "$out/$architecture/built"
CC="$cc $in_c" packaging/archive.sh "$built/libscxbridge.a" "$built/lib"
CC=$cc packaging/one-object.sh "$built/lib/libscxbridge.a" "$built/libscxbridge.so" "$out/$architecture/go/libscxbridge.a"

# agent NAME CGO_LDFLAGS ARGUMENT... : -s leaves out the symbols, -buildid= what depends on the linker's path.
agent() {
    local name=$1 flags=$2
    shift 2
    env -u GOFLAGS CGO_ENABLED=1 GOOS=linux GOARCH="$architecture" CC="$cc" \
        CGO_CFLAGS="-O2 -g $in_c -I$PWD/include" CGO_LDFLAGS="--sysroot=$sysroot $flags" \
        "$GO" -C go/cmd/scx_goland build -trimpath -buildvcs=false "$@" -o "$out/$architecture/$name" .
}
agent scx_goland "-L$built -Wl,-rpath-link,$sysroot/usr/lib/$triple" -buildmode=pie -tags scxbridge_flags \
    -ldflags="-s -w -buildid="
agent scx_goland.static "-L$out/$architecture/go -lpthread -lm -ldl" -tags scxbridge_flags,netgo,osusergo \
    -ldflags="-s -w -buildid= -extldflags=-static"
env -u GOFLAGS CGO_ENABLED=0 GOOS=linux GOARCH="$architecture" \
    "$GO" -C go/cmd/scx_goland_kube build -trimpath -buildvcs=false -ldflags="-s -w -buildid=" -o "$out/$architecture/scx_goland_kube" .

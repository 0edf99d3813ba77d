#!/bin/bash
# Makes all that a release publishes, for amd64 and arm64, in OUT. `make release` calls this.
#
#   release.sh VERSION ABI_MAJOR OUT WORK
#
# WHEEL_PYTHON has the tools that build a wheel. WORK keeps what was built, so that a second call is quick. The same commit and tools give the same bytes, wherever
# they are made: `make test-release` compares.
set -euo pipefail
export LC_ALL=C
umask 022

version=$1 major=$2
cd "$(dirname "$0")/.."
mkdir -p "$3" "$4"
out=$(cd "$3" && pwd) work=$(cd "$4" && pwd)
export CARGO=${CARGO:-cargo} GO=${GO:-go} PYTHON=${PYTHON:-python3} MAKE=${MAKE:-make}
step() { printf '\n== %s\n' "$*"; }

git diff --quiet HEAD || { echo "release: there are changes that are not committed: a release is made of a commit" >&2; exit 1; }
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
rm -rf "${out:?}"/*

step "library and agent"
for architecture in amd64 arm64; do
    packaging/release-build.sh "$architecture" "$work"
done

step "source archive"
packaging/dist.sh "$version" "$out"

step "crate"
# Built once more by `make test-release`, as its users do.
"$CARGO" package --locked --no-verify --quiet -p scxbridge --target-dir "$work/crate"
cp "$work/crate/package/scxbridge-$version.crate" "$out/"

step "Go modules"
packaging/go-modules.sh "$version" "$work" "$out/goproxy"

step "Debian packages"
for architecture in amd64 arm64; do
    ARCH=$architecture BUILT=$work/$architecture/built AGENT=$work/$architecture/scx_goland \
        SYSROOT=$work/sysroot/$architecture packaging/deb.sh "$version" "$major" "$out"
done

step "Python wheels"
for architecture in amd64 arm64; do
    triple=$(dpkg-architecture -a"$architecture" -qDEB_HOST_MULTIARCH 2>/dev/null)
    CC="$triple-gcc --sysroot=$work/sysroot/$architecture" PYTHON=${WHEEL_PYTHON:-$PYTHON} \
        packaging/wheel.sh "$work/$architecture/built/lib/libscxbridge.a" "$version" "$work/$architecture/wheel"
    cp "$work/$architecture/wheel/"*.whl "$out/"
done

step "image"
"$PYTHON" packaging/oci_image.py "$out/scx_goland-$version.oci.tar" "$version" "$SOURCE_DATE_EPOCH" \
    "amd64=$work/amd64/scx_goland.static,$work/amd64/scx_goland_kube" "arm64=$work/arm64/scx_goland.static,$work/arm64/scx_goland_kube"

step "Helm chart"
"$PYTHON" packaging/helm_chart.py "$out/scx-goland-$version.tgz" "$SOURCE_DATE_EPOCH"

step "bill of materials and checksums"
"$PYTHON" packaging/sbom.py "$out/scxbridge-$version.cdx.json" "$version" "$SOURCE_DATE_EPOCH"
(cd "$out" && find . -type f ! -name SHA256SUMS -printf '%P\0' | sort -z | xargs -0 sha256sum >SHA256SUMS)
echo "$out:"
(cd "$out" && find . -type f -printf '%10s  %P\n' | sort -k2)

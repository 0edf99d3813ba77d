#!/bin/bash
# Puts the Go modules of a release into PROXY, a folder that is a module proxy. Module go has the header and, for each
# architecture, the archive that release-build.sh made.
#
#   go-modules.sh VERSION WORK PROXY
set -euo pipefail

version=v$1 work=$2 proxy=$3
cd "$(dirname "$0")/.."
GO=${GO:-go}
root=github.com/scxbridge/scxbridge
tree=$work/go-modules
committed=$(date -u -d "@$(git log -1 --format=%ct)" +%Y-%m-%dT%H:%M:%SZ)

rm -rf "$tree" "$proxy"
mkdir -p "$tree" "$proxy"
git archive HEAD go | tar -x -C "$tree"
git archive HEAD LICENSE-APACHE LICENSE-GPL-2.0 | tar -x -C "$tree/go"
cp packaging/debian/copyright "$tree/go/COPYRIGHT"
cp "$tree/go/"{LICENSE-APACHE,LICENSE-GPL-2.0,COPYRIGHT} "$tree/go/qumun/"
git show HEAD:include/scxbridge.h >"$tree/go/internal/capi/scxbridge.h"
for architecture in amd64 arm64; do
    cp "$work/$architecture/go/libscxbridge.a" "$tree/go/internal/capi/libscxbridge_linux_$architecture.a"
done

# In the repository, qumun takes its neighbour; those who use it take this release.
export GOFLAGS= GOWORK=off
(cd "$tree/go/qumun" && "$GO" mod edit -dropreplace "$root/go" -dropreplace github.com/Gthulhu/plugin \
    -require "$root/go@$version" && rm -rf pluginapi)

(cd "$tree/go/cmd/scx_goland" && "$GO" mod edit -dropreplace "$root/go" -require "$root/go@$version")
cp "$tree/go/"{LICENSE-APACHE,LICENSE-GPL-2.0,COPYRIGHT} "$tree/go/cmd/scx_goland/"

program=$work/goproxy
CGO_ENABLED=0 "$GO" -C packaging/goproxy build -trimpath -buildvcs=false -o "$program" .
for module in go go/cmd/scx_goland go/qumun; do
    "$program" "$proxy" "$root/$module" "$version" "$tree/$module" "$committed"
done

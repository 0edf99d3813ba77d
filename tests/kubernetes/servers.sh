#!/bin/bash
# Builds kube-apiserver and etcd, of the versions that servers/go.mod names, unless they are in the cache already, and
# prints the folder where they are.
set -euo pipefail
cd "$(dirname "$0")/servers"
GO=${GO:-go}
# The Makefile's flags are for cgo and for the library.
unset CGO_CFLAGS CGO_LDFLAGS
export GOFLAGS=-mod=readonly CGO_ENABLED=0

version=$("$GO" list -m -f '{{.Version}}' k8s.io/kubernetes)
cache=${SCXB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scxbridge}
# Built anew when a version changes, or Go.
key=$({ cat go.mod go.sum; "$GO" env GOVERSION; } | sha256sum | cut -c1-12)
folder=$cache/kubernetes/$version-$key
IFS=. read -r major minor _ <<<"${version#v}"

# Two at the same time would build it twice.
mkdir -p "$cache/kubernetes"
exec 9>"$cache/kubernetes/lock"
flock 9

build() {
    local name=$1 package=$2 began=$SECONDS
    shift 2
    [ ! -x "$folder/$name" ] || return 0
    mkdir -p "$folder"
    echo "building $name (once; of $version, kept in $folder)" >&2
    "$GO" build -v -trimpath "$@" -o "$folder/.$name" "$package" 2>&1 |
        awk -v name="$name" '/^go: downloading/ { next } /^[a-z][^ ]*$/ { if (++n % 100 == 0) print name ": " n " packages"; next } { print }' >&2
    mv "$folder/.$name" "$folder/$name"
    echo "built $name in $((SECONDS - began)) s" >&2
}
build etcd go.etcd.io/etcd/server/v3 -ldflags='-s -w'
# What the programs' own build sets: without it the server calls itself v0.0.0.
stamp=k8s.io/component-base/version
build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver \
    -ldflags="-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=$major -X $stamp.gitMinor=$minor"
echo "$folder"

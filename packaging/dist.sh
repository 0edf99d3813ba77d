#!/bin/bash
# Makes OUT/scxbridge-VERSION.tar.gz: the committed files, with all crates and Go modules, so that it builds
# without a network. `make dist` calls this.
#
#   dist.sh VERSION OUT
set -euo pipefail

version=$1 out=$2
cd "$(dirname "$0")/.."
CARGO=${CARGO:-cargo} GO=${GO:-go}
name=scxbridge-$version
tree=$out/$name

git diff --quiet HEAD || echo "dist: what is not committed is left out" >&2
rm -rf "$tree"
mkdir -p "$tree"
git archive HEAD | tar -x -C "$tree"

mkdir "$tree/.cargo"
# cargo prints the configuration that makes it use that folder.
(cd "$tree" && "$CARGO" vendor --locked --versioned-dirs vendor 2>"$out/vendor.log") >"$tree/.cargo/config.toml" ||
    { cat "$out/vendor.log" >&2; exit 1; }
rm "$out/vendor.log"
# Tests against Kubernetes are built from half of its source, and for those who have a network.
find "$tree" -name go.mod -not -path '*/vendor/*' -not -path '*/tests/kubernetes/*' -printf '%h\n' | while read -r module; do
    (cd "$module" && env -u GOFLAGS "$GO" mod vendor)
done

# The same commit gives the same archive.
tar --sort=name --mtime="@$(git log -1 --format=%ct)" --owner=0 --group=0 --numeric-owner \
    -C "$out" -c "$name" | gzip -n9 >"$out/$name.tar.gz"
rm -rf "$tree"
echo "$out/$name.tar.gz"

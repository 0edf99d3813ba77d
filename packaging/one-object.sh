#!/bin/bash
# Makes OUT, an archive of one object, from the distributed archive: only what the exported functions need, all other
# symbols local, no debug information. So it is small, and gets in no one's way: a program may have its own libelf.
#
#   one-object.sh ARCHIVE SHARED_LIBRARY OUT     CC= chooses the compiler, and with it the machine
#
# SHARED_LIBRARY tells what is exported. Unwinding stays as it is: a panic in the library is caught.
set -euo pipefail
export LC_ALL=C

archive=$1 shared=$2 out=$3
read -ra cc <<<"${CC:-cc}"
tool() { "${cc[@]}" -print-prog-name="$1"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$(tool nm)" -D --defined-only --format=just-symbols "$shared" | sed 's/@.*//' | grep '^scxb_' >"$work/exported" ||
    { echo "one-object: $shared exports no function scxb_…" >&2; exit 1; }
mapfile -t wanted < <(sed 's/^/--undefined=/' "$work/exported")
object=$work/scxbridge.o
"$(tool ld)" -r --gc-sections "${wanted[@]}" -o "$work/used.o" "$archive"
"$(tool ld)" -r -T "$(dirname "$0")/one-object.lds" -o "$object" "$work/used.o"
"$(tool objcopy)" --strip-debug --remove-section=.llvmbc --remove-section=.llvmcmd --remove-section=.comment \
    --keep-global-symbols="$work/exported" "$object"
"$(tool objcopy)" --strip-unneeded "$object"
missing=$("$(tool nm)" --defined-only --extern-only --format=just-symbols "$object" | comm -13 - "$work/exported")
[ -z "$missing" ] || { echo "one-object: $archive has no function $missing" >&2; exit 1; }
rm -f "$out"
"$(tool ar)" qcsD "$out" "$object"

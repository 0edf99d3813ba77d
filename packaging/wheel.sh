#!/bin/bash
# Makes the Python wheel in OUT: the module of packaging/python, and the shared library with libelf and zlib in it.
#
#   wheel.sh ARCHIVE VERSION OUT      CC= chooses the compiler, and with it the machine; PYTHON= has `build`
#
# ARCHIVE is the distributed one, of packaging/archive.sh. The library is linked anew from it, since cargo's needs
# the system's libelf, which a wheel may not count on. The same commit gives the same wheel.
set -euo pipefail
export LC_ALL=C
umask 022

archive=$(realpath -m "$1") version=$2 out=$(realpath -m "$3")
root=$(cd "$(dirname "$0")/.." && pwd)
read -ra cc <<<"${CC:-cc}"
stage=$out/stage

fail() { echo "wheel: $*" >&2; exit 1; }

[ -e "$archive" ] || fail "$archive is missing: the library is linked from it. Run 'make archive'"
major=$(sed -n 's/^.define SCXB_ABI_MAJOR //p' "$root/include/scxbridge.h")
soname=libscxbridge.so.$major

rm -rf "$stage" "$out"/*.whl
mkdir -p "$stage/scxbridge" "$stage/licences"
cd "$root/packaging/python"
install -m 644 -t "$stage" pyproject.toml setup.py README.md
install -m 644 -t "$stage/scxbridge" scxbridge/*.py scxbridge/py.typed
install -m 644 -t "$stage/licences" "$root"/LICENSE-* "$root/packaging/debian/copyright"
echo "$version" >"$stage/VERSION"

# All of the archive is there for the linker, and what no function of the header leads to is left out.
library=$stage/scxbridge/$soname
echo '{ global: scxb_*; local: *; };' >"$out/exports"
"${cc[@]}" -shared -s -o "$library" -Wl,-soname,"$soname" -Wl,--version-script="$out/exports" -Wl,--gc-sections -Wl,-z,relro,-z,now \
    -Wl,--whole-archive "$archive" -Wl,--no-whole-archive -lpthread -lm -ldl
chmod 755 "$library"

# A wheel may need these libraries alone (PEP 600), and its name says from which glibc on.
needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vxE 'libc\.so\.6|libm\.so\.6|libgcc_s\.so\.1|ld-linux-.*' || true)
[ -z "$needed" ] || fail "$library needs $needed, which a manylinux wheel may not"
glibc=$(readelf -V "$library" | grep -oE 'GLIBC_[0-9]+\.[0-9]+' | sort -uV | tail -1)
[ -n "$glibc" ] || fail "$library names no version of glibc: is it built for another C library?"
machine=$("${cc[@]}" -dumpmachine)
glibc=${glibc#GLIBC_}
export SCXB_WHEEL_PLATFORM=manylinux_${glibc/./_}_${machine%%-*}

export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}
"${PYTHON:-python3}" -m build --wheel --no-isolation --outdir "$out" "$stage" >"$out/build.log" 2>&1 ||
    { cat "$out/build.log" >&2; fail "building it from $stage failed"; }
ls "$out"/*.whl

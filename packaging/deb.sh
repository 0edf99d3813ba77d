#!/bin/bash
# Makes Debian packages from the build: libscxbridgeMAJOR, libscxbridge-dev and scx-goland. `make deb` calls this.
#
#   deb.sh VERSION ABI_MAJOR OUT
#
# DEBFULLNAME and DEBEMAIL name the maintainer, DEBREVISION the package's revision (1).
# Of a release, BUILT is the folder of the library, AGENT the program, ARCH their architecture, SYSROOT the Debian that
# they were linked with. It uses `make install`, so no list of files is repeated. It needs dpkg-dev, but no root.
set -euo pipefail

upstream=$1 version=$1-${DEBREVISION:-1} major=$2 out=$3
cd "$(dirname "$0")/.."
MAKE=${MAKE:-make} GO=${GO:-go}
arch=${ARCH:-$(dpkg-architecture -qDEB_HOST_ARCH)}
triple=$(dpkg-architecture -a"$arch" -qDEB_HOST_MULTIARCH 2>/dev/null)
libdir=usr/lib/$triple
built=${BUILT:-$PWD/target/release} agent=${AGENT:-} sysroot=${SYSROOT:-}
library=libscxbridge$major
work=$out/deb
maintainer="${DEBFULLNAME:-scxbridge developers} <${DEBEMAIL:-scxbridge@localhost.localdomain}>"
umask 022
mkdir -p "$out"
# Two suites that run side by side may each want the packages.
exec 9>"$out/deb.lock"
flock 9
rm -rf "$work"
mkdir -p "$work/all" "$work/debian"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y Cargo.toml)}

if [ -z "$agent" ]; then
    # Builds it again: without a library search path, as Debian requires, and position-independent.
    agent=$work/scx_goland
    CGO_CFLAGS="-O2 -g -I$PWD/include" CGO_LDFLAGS="-L$built" \
        "$GO" -C go/cmd/scx_goland build -tags scxbridge_flags -buildmode=pie -trimpath -o "$agent" .
fi
"$MAKE" --no-print-directory install BUILT="$built" AGENT="$agent" DESTDIR="$work/all" PREFIX=/usr LIBDIR="/$libdir" \
    ZSHDIR=/usr/share/zsh/vendor-completions DOCDIR=/usr/share/doc/scx-goland >/dev/null
gzip -n9 "$work/all/usr/share/man/man8/scx_goland.8"
"$triple-strip" --strip-unneeded "$work/all/$libdir/libscxbridge.so.$major".*.* "$work/all/usr/bin/scx_goland"
"$triple-strip" --strip-debug --enable-deterministic-archives "$work/all/$libdir/libscxbridge.a"

# take PACKAGE FILE...: moves installed files into a package's tree.
take() {
    local package=$1 file
    shift
    for file in "$@"; do
        mkdir -p "$work/$package/$(dirname "$file")"
        mv "$work/all/$file" "$work/$package/$file"
    done
}
cd "$work/all"
take "$library" "$libdir/libscxbridge.so.$major"*
take libscxbridge-dev "$libdir"/{libscxbridge.so,libscxbridge.a,pkgconfig/scxbridge.pc,pkgconfig/scxbridge-static.pc} \
    usr/include/scxbridge.h
take scx-goland etc/scx_goland/scx_goland.yaml $(find usr -type f -printf '%P\n' | sed 's|^|usr/|')
cd - >/dev/null
left=$(find "$work/all" ! -type d)
[ -z "$left" ] || { echo "deb: these belong to no package: $left" >&2; exit 1; }

# What the binaries depend on: the file shlibs.local describes our own library.
printf 'Source: scxbridge\n\nPackage: %s\nArchitecture: any\n' "$library" >"$work/debian/control"
echo "libscxbridge $major $library (>= $upstream)" >"$work/debian/shlibs.local"
needs() {
    local dir=$work/$library/$libdir
    (cd "$work" && export LD_LIBRARY_PATH=$dir DEB_HOST_ARCH=$arch &&
        dpkg-shlibdeps -O -l"$dir" ${sysroot:+"-S$sysroot" "-l$sysroot/usr/lib/$triple" "-l$sysroot/lib/$triple"} "$@" 2>/dev/null) |
        sed -n 's/^shlibs:Depends=//p'
}
library_needs=$(needs "$library/$libdir/libscxbridge.so.$major")
agent_needs=$(needs scx-goland/usr/bin/scx_goland)
[ -n "$library_needs" ] && [[ $agent_needs == *"$library"* ]] ||
    { echo "deb: dpkg-shlibdeps does not tell what the packages need: '$library_needs', '$agent_needs'" >&2; exit 1; }

# pack PACKAGE SECTION DEPENDS TITLE <DESCRIPTION: the control fields and documents, then the package itself.
pack() {
    local package=$1 section=$2 depends=$3 title=$4 root=$work/$1
    local doc=$root/usr/share/doc/$package
    mkdir -p "$doc" "$root/DEBIAN"
    install -m 644 packaging/debian/copyright "$doc/copyright"
    gzip -n9c CHANGELOG.md >"$doc/changelog.gz"
    printf 'scxbridge (%s) unstable; urgency=medium\n\n  * Version %s: see changelog.gz.\n\n -- %s  %s\n' \
        "$version" "$upstream" "$maintainer" "$(date -Rud "@$SOURCE_DATE_EPOCH")" | gzip -n9 >"$doc/changelog.Debian.gz"
    [ "$package" = "$library" ] && {
        echo "activate-noawait ldconfig" >"$root/DEBIAN/triggers"
        echo "libscxbridge $major $library (>= $upstream)" >"$root/DEBIAN/shlibs"
    }
    # Files in /etc are the operator's: dpkg keeps what was edited.
    local script
    for script in postinst prerm postrm; do
        [ ! -e "packaging/debian/$package.$script" ] || install -m 755 "packaging/debian/$package.$script" "$root/DEBIAN/$script"
    done
    [ ! -d "$root/etc" ] || (cd "$root" && find etc -type f -printf '/%p\n' >DEBIAN/conffiles)
    {
        printf '%s\n' "Package: $package" "Source: scxbridge" "Version: $version" "Architecture: $arch" \
            "Maintainer: $maintainer" \
            "Section: $section" "Priority: optional" "Depends: $depends" \
            "Installed-Size: $(du -sk --apparent-size --exclude DEBIAN "$root" | cut -f1)"
        [ "$section" = admin ] || echo "Multi-Arch: same"
        echo "Description: $title"
        sed 's/^$/./; s/^/ /'
    } >"$root/DEBIAN/control"
    (cd "$root" && find usr $([ ! -d etc ] || echo etc) -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    dpkg-deb --root-owner-group -Zxz --build "$root" "$work/package.deb"
    mv "$work/package.deb" "$out/${package}_${version}_$arch.deb"
}

about='sched_ext lets BPF code decide which task runs where. scxbridge owns that BPF
code and hands the decisions to an ordinary program. If that program is slow,
stopped or dead, the kernel side runs the tasks by itself, in fair order.'

pack "$library" libs "$library_needs" "Linux schedulers as ordinary programs - library" <<END
$about
END
pack libscxbridge-dev libdevel "$library (= $version)" \
    "Linux schedulers as ordinary programs - development" <<END
$about

This package has the header, the archive and the files for pkg-config.
END
pack scx-goland admin "$agent_needs" "Linux scheduler whose policy is written in Go" <<END
$about

This package has the scheduler scx_goland.
END
rm -rf "$work"

#!/bin/bash
# Makes FOLDER a Debian root file system for another architecture: the packages and all that they depend on.
# Only downloads and unpacks: nothing is installed, and apt's own lists and architectures stay as they are.
#
#   cross-sysroot.sh DEBIAN_ARCHITECTURE FOLDER PACKAGE...
#
# SUITE= names a release of Debian (bookworm); without it, they are this machine's.
set -euo pipefail

arch=$1 folder=$2
wanted=("${@:3}")
complete="${SUITE:+$SUITE: }${wanted[*]}"

for command in apt-get dpkg-deb; do
    command -v $command >/dev/null && continue
    echo "cross: $command is missing: the sysroot is made of Debian's packages" >&2
    exit 1
done
if [ "$(cat "$folder/.complete" 2>/dev/null)" = "$complete" ]; then
    exit 0
fi
rm -rf "$folder"
apt=$folder.apt
rm -rf "$apt"
mkdir -p "$folder" "$apt"/{lists/partial,cache/archives/partial}
touch "$apt/status"
# With no package installed and no other architecture, apt downloads all dependencies of the wanted packages.
options=(-qq -o "APT::Architecture=$arch" -o "APT::Architectures::=$arch" -o "Dir::State::lists=$apt/lists"
    -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt/cache"
    -o Acquire::Languages=none -o APT::Sandbox::User=root)
if [ -n "${SUITE:-}" ]; then
    line=$("${PYTHON:-python3}" "$(dirname "$0")/../tests/vm/apt.py" "$SUITE" "$arch")
    echo "$line" >"$apt/sources.list"
    options+=(-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=-)
fi
apt-get "${options[@]}" update
apt-get "${options[@]}" install -y --download-only --no-install-recommends "${wanted[@]}"
# In releases whose /lib is a link to usr/lib, packages may still name /lib.
for directory in lib bin sbin; do
    mkdir -p "$folder/usr/$directory"
    ln -s "usr/$directory" "$folder/$directory"
done
mkdir -p "$folder/DEBIAN"
for package in "$apt"/cache/archives/*.deb; do
    # What dpkg-shlibdeps looks for, in one file for all packages.
    for file in symbols shlibs; do
        dpkg-deb -I "$package" $file 2>/dev/null >>"$folder/DEBIAN/$file" || true
    done
    dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$folder"
done
# Absolute links would lead into this machine's own root.
find "$folder/usr/lib" -type l -lname '/*' | while read -r link; do
    ln -sfr "$folder$(readlink "$link")" "$link"
done
rm -rf "$apt"
echo "$complete" >"$folder/.complete"

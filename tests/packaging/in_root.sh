#!/bin/bash
# Runs a command with FOLDER as its root, as a container's runtime would: with the machine's processes and devices, and
# without its environment.   in_root.sh FOLDER COMMAND...
#
# Only to be run in a machine of its own (make vm-run): the mounts stay.
set -euo pipefail

root=$1
shift
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$root" "$@"
